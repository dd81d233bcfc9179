import { useTexts } from '../sidecar/protocol/translate.ts';

// The page loads `texts.LANGUAGE.js` before this one where there is a translation. Entries import this first.
const { devstralTexts } = globalThis as { devstralTexts?: Readonly<Record<string, string>> };
useTexts({ language: document.documentElement.lang || 'en', bundle: devstralTexts });

import { readFileSync } from 'node:fs';
import { useTexts } from './protocol/translate.ts';

/** The bundles lie beside `dist`, where this file is a part of each program. */
const folder = new URL('../l10n/', import.meta.url);

// What this process writes for people is in the language of the editor that started it. What a model reads, the log and
// the command line are English. Entries import this first.
const [language] = process.argv.flatMap((argument) => /^--language=([\w-]+)$/.exec(argument)?.[1] ?? []);
if (language !== undefined) useTexts({ language, bundle: bundleOf(language) });

function bundleOf(name: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(new URL(`bundle.l10n.${name}.json`, folder), 'utf8')) as Record<string, string>;
  } catch {
    return undefined;
  }
}

// The bundles of texts: which keys the sources have, what a translation lacks, and the panel's part of each.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFiles, sourceTexts } from './sourceTexts.mjs';

export const englishBundle = 'l10n/bundle.l10n.json';
const folders = ['extension', 'sidecar', 'webview'];

export const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

const formOfCount = / \((?:zero|one|two|few|many)\)$/;

/** The template of `other` that a form of a count belongs to, for `{count} files (few)`; of any other key, itself. */
export const templateOf = (key) => key.replace(formOfCount, '');

/** The texts of a translation for these templates, in their order, each followed by its further forms of a count. */
function textsFor(templates, translated) {
  const places = new Map([...templates].map((key, place) => [key, place]));
  const kept = Object.keys(translated).filter((key) => places.has(key) || places.has(templateOf(key)));
  const placeOf = (key) => places.get(key) ?? places.get(templateOf(key)) + 0.5;
  return Object.fromEntries(kept.sort((a, b) => placeOf(a) - placeOf(b)).map((key) => [key, translated[key]]));
}

/** Languages with a bundle of their own. */
export const languages = () =>
  readdirSync('l10n').flatMap((name) => /^bundle\.l10n\.([\w-]+)\.json$/.exec(name)?.[1] ?? []);

/** The English bundle as the sources have it now: each template is its own text. */
export async function bundleOf(files = sourceFiles(folders)) {
  const keys = new Set((await sourceTexts(files)).filter(({ kind }) => kind === 'template').map(({ text }) => text));
  return Object.fromEntries([...keys].sort((a, b) => (a < b ? -1 : 1)).map((key) => [key, key]));
}

export const bundleText = (bundle) => `${JSON.stringify(bundle, null, 2)}\n`;

/** Writes the English bundle, and brings the translations into its order without what is no longer asked for. */
export async function writeBundles() {
  const english = await bundleOf();
  mkdirSync('l10n', { recursive: true });
  writeFileSync(englishBundle, bundleText(english));
  for (const language of languages()) {
    const file = `l10n/bundle.l10n.${language}.json`;
    writeFileSync(file, bundleText(textsFor(Object.keys(english), readJson(file))));
  }
}

/** What the page loads before the panel's script: the texts that the panel's sources ask for. */
export const pageScript = (texts) => `globalThis.devstralTexts=${JSON.stringify(texts)};\n`;

/** Writes `texts.LANGUAGE.js` for each translation into a folder. `inputs`: the files that the panel is built of. */
export async function writePageTexts(inputs, folder) {
  const own = inputs.filter((file) => /^(webview|sidecar)\/.*\.tsx?$/.test(file) && existsSync(file));
  // Labels of a problem's buttons come as they are known, in English.
  const keys = Object.keys(await bundleOf([...new Set([...own, 'sidecar/protocol/problems.ts'])]));
  for (const language of languages()) {
    const texts = textsFor(keys, readJson(`l10n/bundle.l10n.${language}.json`));
    writeFileSync(join(folder, `texts.${language}.js`), pageScript(texts));
  }
}

// `npm run texts`: brings l10n/bundle.l10n.json up to date with the sources, and says what the translations lack.
import { bundleOf, englishBundle, languages, readJson, writeBundles } from './bundles.mjs';

await writeBundles();
const english = await bundleOf();
console.log(`${englishBundle}: ${Object.keys(english).length} texts`);
for (const language of languages()) {
  const translated = readJson(`l10n/bundle.l10n.${language}.json`);
  const missing = Object.keys(english).filter((key) => !Object.hasOwn(translated, key));
  if (missing.length > 0)
    console.log(`${language} lacks:\n${missing.map((key) => `  ${JSON.stringify(key)}`).join('\n')}`);
}

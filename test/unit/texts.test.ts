import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { bundleOf, englishBundle, languages, readJson, templateOf } from '../../scripts/texts/bundles.mjs';
import { sourceFiles, sourceTexts } from '../../scripts/texts/sourceTexts.mjs';
import { plural, t, useTexts } from '../../sidecar/protocol/translate.ts';
import { textsInCode } from './textsInCode.ts';

/** Texts that are the same in a language as in English: names, numbers, and words that it shares. */
const shared: Record<string, RegExp> = {
  de: /^(?:Docker|Markdown|Auto|Code|Details|Plan|Starter|Terminal|GPUs|Downloads|Engine: \{reason\}|in \{place\}|\{problems\} in \{files\}|in \.devstralignore|Chat|Agent|Sidecar|Devstral)$/,
  fr: /^(?:Docker|Markdown|Auto|Code|Actions|Plan|Question|Message|Sessions?|Starter|Terminal|terminal|Tokens|\{count\} tokens?|\{tokens\} tokens?|image|\{count\} versions?|\{count\} bits|Conversation|Chat|Agent|Sidecar|Devstral)$/,
};
/** Nothing but holes, units and names. */
const nothingToTranslate = (text: string) =>
  !/\p{L}{2}/u.test(text.replace(/\{\w+\}|\b(?:Devstral|GPU|RAM|tok\/s|min|GiB|GB|MB|KB)\b/g, ''));

const holesOf = (text: string) => [...text.matchAll(/\{\w+\}|`[^`]+`|\]\(command:[^)]+\)/g)].map(String).sort();

function faultsOf(language: string, english: Record<string, string>, translated: Record<string, string>): string[] {
  const faults: string[] = [];
  for (const [key, text] of Object.entries(english)) {
    const own = translated[key];
    if (own === undefined) faults.push(`${language} lacks ${key}`);
    else if (own === text && !shared[language]?.test(text) && !nothingToTranslate(text)) {
      faults.push(`${language} is English: ${text}`);
    } else if (String(holesOf(own)) !== String(holesOf(text))) faults.push(`${language} has other holes: ${own}`);
    if (language === 'fr' && own !== undefined && / [;:?!»]|« |[^\s\d/`{}"\]A-Za-z-][:;?!](?=\s|$)/.test(own))
      faults.push(`fr has no narrow space: ${own}`);
  }
  for (const key of Object.keys(translated)) {
    if (!(key in english) && !(templateOf(key) in english)) faults.push(`${language} has more: ${key}`);
  }
  return faults;
}

describe('texts', function () {
  this.timeout(60_000);
  afterEach(() => useTexts({ language: 'en' }));

  it('are in the English bundle as the sources have them (npm run texts)', async () => {
    assert.deepEqual(readJson(englishBundle), await bundleOf());
  });

  it('stand in no code', async () => {
    assert.deepEqual(textsInCode(await sourceTexts(sourceFiles(['extension', 'sidecar', 'webview']))), []);
  });

  it('are whole in French and German, with the same holes', () => {
    assert.deepEqual(languages(), ['de', 'fr']);
    const english = readJson(englishBundle);
    const manifest = readJson('package.nls.json');
    for (const language of languages()) {
      assert.deepEqual(faultsOf(language, english, readJson(`l10n/bundle.l10n.${language}.json`)), []);
      assert.deepEqual(faultsOf(language, manifest, readJson(`package.nls.${language}.json`)), []);
    }
  });

  it('of the manifest are all in package.nls.json, and no others', () => {
    const manifest = readFileSync('package.json', 'utf8');
    const used = [...manifest.matchAll(/"%([\w.]+)%"/g)].map(([, key = '']) => key);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(readJson('package.nls.json')).sort());
    const { contributes } = JSON.parse(manifest);
    const loose: string[] = [];
    const walk = (value: unknown, key: string): void => {
      if (typeof value === 'string') {
        const shown = /^(?:title|description|markdownDescription|label|name|displayName|altText|category)$/.test(key);
        if (shown && !/^(?:%[\w.]+%|Devstral)$/.test(value)) loose.push(`${key}: ${value}`);
      } else if (typeof value === 'object' && value !== null) {
        const list = Array.isArray(value);
        for (const [name, each] of Object.entries(value)) walk(each, list ? `${key}` : name);
      }
    };
    walk(contributes, '');
    assert.deepEqual(loose, []);
  });

  it('take the plural form of their language, and numbers as it writes them', () => {
    const forms = { one: '{count} file', other: '{count} files' } as const;
    assert.deepEqual(
      [0, 1, 2, 12_000].map((count) => plural(count, forms)),
      ['0 files', '1 file', '2 files', '12,000 files'],
    );
    useTexts({ language: 'fr', bundle: readJson('l10n/bundle.l10n.fr.json') });
    assert.deepEqual(
      [0, 1, 2].map((count) => plural(count, forms)),
      ['0 fichier', '1 fichier', '2 fichiers'],
    );
    assert.equal(plural(12_000, forms), '12\u202f000 fichiers');
    // English has one word for both.
    const passed = { one: '{count} passed', other: '{count} passed' } as const;
    assert.deepEqual(
      [1, 2].map((count) => plural(count, passed)),
      ['1 réussi', '2 réussis'],
    );
    useTexts({ language: 'ru', bundle: { '{count} file': '{count} файл', '{count} files (few)': '{count} файла' } });
    assert.deepEqual(
      [1, 3, 5].map((count) => plural(count, forms)),
      ['1 файл', '3 файла', '5 files'],
    );
    // Without a translation the words are English, and the numbers are not.
    useTexts({ language: 'de' });
    assert.deepEqual(
      [0, 12_000].map((count) => plural(count, forms)),
      ['0 files', '12.000 files'],
    );
  });

  it('fill their holes by name', () => {
    useTexts({ language: 'xx', bundle: { '{done} of {total}': '{total}: {done}' } });
    assert.equal(t('{done} of {total}', { done: 1, total: '{done}' }), '{done}: 1');
  });
});

describe('styles of the panel', () => {
  it('know no left and right', () => {
    const files = ['webview/chat', 'webview/markdown'].flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.css'))
        .map((name) => `${folder}/${name}`),
    );
    const physical =
      /(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)|(?:^|[\s;{])(?:left|right):|(?:text-align|float|clear): *(?:left|right)|(?:top|bottom)-(?:left|right)-radius/;
    const found = files.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, index) => (physical.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
    );
    assert.ok(files.length > 5);
    assert.deepEqual(found, []);
  });
});

// Writes THIRD_PARTY_NOTICES from the lock file and the bundles' metafiles: every package whose code is shipped, with its licence text.
// `--check` fails if the file on disk is not what it should be.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockClosure, locked } from './lockClosure.mjs';

const shipped = new Set();

// What the bundles contain.
for (const bundle of ['extension', 'languageClient', 'sidecar', 'latencyChart', 'webview-chat']) {
  const { inputs } = JSON.parse(readFileSync(`dist/${bundle}.meta.json`, 'utf8'));
  for (const input of Object.keys(inputs)) {
    const found = /^(?:.*\/)?(node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(input);
    const nested = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (nested ?? found) shipped.add((nested ?? found)[1]);
  }
}

// What stays outside the bundles and is packed as it is, with all that it needs.
const external = ['node-llama-cpp', '@vscode/tree-sitter-wasm'];
for (const path of lockClosure(external, { optional: true })) shipped.add(path);

const sections = [];
for (const path of [...shipped].sort()) {
  const entry = locked[path] ?? {};
  const manifest = join(path, 'package.json');
  // Binaries of other platforms are in the lock and not on this disk; they carry the licence of the package that names them.
  const { name, version, license } = existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, 'utf8'))
    : { name: entry.name ?? path.split('node_modules/').at(-1), version: entry.version, license: entry.license };
  if (name === 'noop2') continue;
  const found = existsSync(path)
    ? readdirSync(path, { withFileTypes: true }).filter(({ name }) =>
        /^(licen[cs]e|notice|copying|thirdparty)/i.test(name),
      )
    : [];
  // Some keep the licences of what they took over in a folder.
  const texts = found.flatMap((entry) =>
    entry.isDirectory() ? readdirSync(join(path, entry.name)).map((file) => join(entry.name, file)) : [entry.name],
  );
  const body = texts
    .sort()
    .map((file) => readFileSync(join(path, file), 'utf8').trim())
    .join('\n\n');
  const platform = /^@node-llama-cpp\//.test(name);
  sections.push({
    key: `${name} ${version}`,
    text: `## ${name} ${version}\nLicence: ${license ?? 'see below'}\n\n${platform ? 'See node-llama-cpp.' : body || 'The package carries no licence text.'}\n`,
  });
}
const unique = [...new Map(sections.map((section) => [section.key, section.text])).values()];
const text = `# Third-party notices\n\nDevstral for VS Code contains the packages below. Written by \`npm run notices\`; do not edit.\nThe starter model (Qwen2.5-Coder-1.5B-Instruct, Apache-2.0) is downloaded at the person's request and is no part of this package.\n\n${unique.join('\n')}`;

if (!process.argv.includes('--check')) writeFileSync('THIRD_PARTY_NOTICES', text);
else if (!existsSync('THIRD_PARTY_NOTICES') || readFileSync('THIRD_PARTY_NOTICES', 'utf8') !== text) {
  console.error('THIRD_PARTY_NOTICES is out of date: run "npm run notices"');
  process.exit(1);
}

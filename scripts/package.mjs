// `npm run package [-- TARGET]`: the VSIX of this platform: dist/ and a pruned copy of the engine, packed by vsce.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockClosure } from './lockClosure.mjs';

const platforms = {
  'linux-x64': ['linux-x64', 'linux-x64-vulkan'],
  'linux-arm64': ['linux-arm64'],
  'darwin-arm64': ['mac-arm64-metal'],
  'darwin-x64': ['mac-x64'],
  'win32-x64': ['win-x64', 'win-x64-vulkan'],
  'win32-arm64': ['win-arm64'],
};
const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const binaries = platforms[target];
if (!binaries) {
  console.error(`no platform "${target}": ${Object.keys(platforms).join(', ')}`);
  process.exit(2);
}

const stage = 'dist/vsix';
rmSync(stage, { recursive: true, force: true });
mkdirSync(stage, { recursive: true });

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd, shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${command} ${args[0]} ended with ${status}`);
}

run(process.execPath, ['esbuild.mjs']);
run(process.execPath, ['scripts/notices.mjs']);
const nls = readdirSync('.').filter((name) => /^package\.nls\..*json$/.test(name));
for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', 'THIRD_PARTY_NOTICES', 'l10n', 'media', ...nls]) {
  if (existsSync(file)) cpSync(file, join(stage, file), { recursive: true });
}
for (const file of [
  'extension.cjs',
  'languageClient.cjs',
  'panelProtocol.cjs',
  'chatTools.cjs',
  'onDemand.cjs',
  'jsonc.cjs',
  'sidecar.mjs',
  'engine.mjs',
  'gpuProbe.mjs',
  'hashThread.mjs',
  'cli.mjs',
  'latencyChart.mjs',
  'webview',
]) {
  cpSync(join('dist', file), join(stage, 'dist', file), { recursive: true, filter: (from) => !from.endsWith('.map') });
}

// vsce drops a node_modules at the root with --no-dependencies; below dist/ the sidecar finds it first anyway.
const unwanted =
  /\/(?:llama\/(?!binariesGithubRelease|llama\.cpp\.info)|templates\/|bins\/_)|\.d\.ts$|\.map$|gitRelease\.bundle$|\/test\/|\/docs\//;
function pack(path) {
  cpSync(path, join(stage, 'dist', path), {
    recursive: true,
    filter: (from) => !unwanted.test(from.replaceAll('\\', '/')) && !/node_modules\/.*node_modules$/.test(from),
  });
}
for (const path of lockClosure(['node-llama-cpp', '@vscode/tree-sitter-wasm'])) pack(path);
for (const name of binaries) {
  const path = `node_modules/@node-llama-cpp/${name}`;
  if (!existsSync(path)) throw new Error(`${path} is not installed: package ${target} on that platform`);
  pack(path);
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const key of ['scripts', 'devDependencies', 'dependencies', 'overrides', 'bin', 'private']) delete manifest[key];
writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);

// The package has no repository to resolve relative links against: pictures go, links become plain text.
const readme = readFileSync('README.md', 'utf8')
  .replace(/^!\[.*\n\n/gm, '')
  .replace(/\[([^\]]+)\]\((?!https?:)[^)]+\)/g, '$1');
writeFileSync(join(stage, 'README.md'), readme);

const out = `devstral-${manifest.version}-${target}.vsix`;
run(
  join('..', '..', 'node_modules', '.bin', 'vsce'),
  [
    'package',
    '--no-dependencies',
    '--skip-license',
    '--allow-missing-repository',
    '--target',
    target,
    '--out',
    join('..', '..', out),
  ],
  stage,
);
console.log(`${out}: ${(statSync(out).size / 1e6).toFixed(1)} MB`);

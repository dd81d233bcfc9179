// `npm test`: everything, with one closing line. `npm test -- unit sidecar` runs the suites named. One that names another as
// `beside` runs while that does: they share nothing that they write, and neither measures time or memory closely. In those
// with `again` the files that failed run once more, and the closing lines name what failed only the first time.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { prerequisites } from './prerequisites.mjs';

const mocha =
  (suite, ...more) =>
  (files) => [
    'node',
    'node_modules/mocha/bin/mocha.js',
    // A test that timed out must not keep the process.
    '--exit',
    '--reporter',
    'test/reporter.cjs',
    '--timeout',
    '120000',
    ...more,
    ...(files ?? [`dist/test/${suite}/**/*.test.mjs`]),
  ];

const suites = [
  { name: 'lint', needs: [], command: () => ['npx', 'biome', 'check', '.'] },
  { name: 'types', needs: [], command: () => ['npx', 'tsc'], beside: 'lint' },
  { name: 'build', needs: [], command: () => ['node', 'esbuild.mjs', '--tests', '--workbench'], always: true },
  { name: 'notices', needs: [], command: () => ['node', 'scripts/notices.mjs', '--check'] },
  { name: 'unit', needs: [], command: mocha('unit') },
  { name: 'webview', needs: ['chromium'], command: mocha('webview'), beside: 'unit', again: true },
  // Two files at a time, for what these wait for are processes and servers.
  { name: 'sidecar', needs: ['sandbox'], command: mocha('sidecar', '--parallel', '--jobs', '2'), again: true },
  // Alone: a model computes on all cores, and what runs beside it makes each token wait.
  { name: 'models', needs: ['smolModel', 'starterModel', 'softwareVulkan'], command: mocha('models'), again: true },
  {
    name: 'servers',
    needs: [],
    command: () => ['node', 'scripts/testServers.mjs', '--cached', 'llama-server', 'ollama'],
  },
  {
    name: 'extension',
    needs: ['chromium', 'workbench', 'sandbox', 'smolModel'],
    command: (files = []) => ['node', 'scripts/testExtension.mjs', ...files.map((file) => basename(file))],
    again: true,
  },
  { name: 'e2e', needs: ['chromium', 'workbench', 'starterModel', 'smolModel'], command: mocha('e2e'), again: true },
];

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`no suite "${unknown.join('", "')}". Suites: ${suites.map((suite) => suite.name).join(', ')}`);
  process.exit(2);
}
mkdirSync('artifacts', { recursive: true });

/** A suite that hangs is ended and has failed; the others still get their turn. */
const suiteMs = 20 * 60_000;

function run(command, report, output) {
  return new Promise((resolve) => {
    const child = spawn(command[0], command.slice(1), {
      stdio: ['ignore', output, output],
      timeout: suiteMs,
      // An engine outlives who started it by minutes; after a test nobody comes back for it.
      env: { ...process.env, DEVSTRAL_ENGINE_END_MS: '1000', DEVSTRAL_TEST_REPORT: report },
      shell: process.platform === 'win32',
    });
    child.on('exit', (code) => resolve(code ?? 1));
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
  });
}

/** Runs a suite or some files of it, and counts. */
async function count(suite, output, files) {
  const report = `artifacts/report-${suite.name}.json`;
  rmSync(report, { force: true });
  const code = await run(suite.command(files), report, output);
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, 'utf8'))
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  // A suite that ran nothing, or died after its last test, has failed; real servers are there or not.
  if (counts.failed === 0 && (code !== 0 || (counts.passed === 0 && !counts.nothingToRun))) counts.failed = 1;
  return counts;
}

/**
 * Programs that wait for each other meet a race now and then. More files than these that fail are no coincidence, and one
 * that fails twice has failed.
 */
const mostAgain = 3;

const failedFiles = (counts) => Object.entries(counts.files ?? {}).filter(([, file]) => file.failed > 0);

async function countAgain(suite, output, first) {
  const failed = failedFiles(first);
  const known =
    failed.reduce((all, [, file]) => all + file.failed, 0) === first.failed && failed.every(([file]) => file);
  if (!suite.again || first.failed === 0 || !known || failed.length > mostAgain) return first;
  const files = failed.map(([file]) => file);
  console.log(`\n== ${suite.name}, once more: ${files.map((file) => basename(file)).join(', ')}`);
  const second = await count(suite, output, files);
  if (second.failed === 0) flaky.push(...failed.flatMap(([, file]) => file.failures));
  const passedBefore = failed.reduce((all, [, file]) => all + file.passed, 0);
  return { passed: first.passed - passedBefore + second.passed, failed: second.failed, files: second.files };
}

/** Runs a suite; what it prints goes to the terminal, or to a file of which the caller shows all at once. */
async function runSuite(suite, output) {
  const started = Date.now();
  let counts;
  try {
    for (const need of suite.needs) await prerequisites[need]();
    counts = await countAgain(suite, output, await count(suite, output));
  } catch (error) {
    console.error(`${suite.name} could not run: ${error.message}`);
    counts = { passed: 0, failed: 1 };
  }
  const { passed, failed } = counts;
  const failures = failedFiles(counts).flatMap(([, file]) => file.failures);
  if (failed > 0) broken.push({ suite: suite.name, failures });
  rows.push({ suite: suite.name, passed, failed, seconds: Math.round((Date.now() - started) / 1000) });
}

const rows = [];
/** What failed, by suite: told again at the end, as a log of a run is often kept from its end only. */
const broken = [];
/** Tests that failed, and passed when their file ran once more: to be looked at, for a person meets such a race too. */
const flaky = [];
const chosen = suites.filter(({ name, always }) => asked.length === 0 || asked.includes(name) || always);
const startedAt = Date.now();
for (const suite of chosen) {
  if (suite.beside && chosen.some(({ name }) => name === suite.beside)) continue;
  console.log(`\n== ${suite.name}`);
  const others = chosen.filter(({ beside }) => beside === suite.name);
  const printed = others.map(({ name }) => `artifacts/output-${name}.log`);
  const beside = others.map((other, i) => runSuite(other, openSync(printed[i], 'w')));
  await runSuite(suite, 'inherit');
  await Promise.all(beside);
  for (const [i, { name }] of others.entries()) {
    console.log(`\n== ${name}, beside ${suite.name}`);
    console.log(readFileSync(printed[i], 'utf8'));
  }
  if (suite.name === 'build' && rows.some(({ suite: name, failed }) => name === 'build' && failed > 0)) break;
}
const lines = (text, most) => text.split('\n').slice(0, most).join('\n');
const sum = (of) => rows.reduce((all, row) => all + row[of], 0);
const [passed, failed] = [sum('passed'), sum('failed')];
console.table(rows);
console.log(`${Math.round((Date.now() - startedAt) / 1000)} s in all`);
for (const { title, error } of flaky) console.log(`failed once, passed when run again: ${title}: ${lines(error, 1)}`);
for (const { suite, failures } of broken) {
  if (failures.length === 0) console.log(`failed: ${suite}, see above`);
  for (const { title, error } of failures.slice(0, 10)) console.log(`failed: ${suite}: ${title}\n${lines(error, 16)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

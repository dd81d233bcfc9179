// `npm run test:servers [-- NAME …]`: installs real servers into the user's cache, serves the tiny Devstral on each and
// runs one suite against it. `--cached`: only those that are there already, as `npm test` does.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed, provide } from './servers/install.mjs';
import { llamaServer } from './servers/llamaServer.mjs';
import { ollama } from './servers/ollama.mjs';
import { freePort, startProcess, stopProcess, untilReady } from './servers/process.mjs';
import { sglang } from './servers/sglang.mjs';
import { writeTinyForms } from './servers/tinyForms.mjs';
import { transformers } from './servers/transformers.mjs';
import { vllm } from './servers/vllm.mjs';

const servers = { 'llama-server': llamaServer, ollama, transformers, vllm, sglang };
/** Python servers import for minutes before they answer. */
const readyMs = 600_000;

const cachedOnly = process.argv.includes('--cached');
const asked = process.argv.slice(2).filter((argument) => argument !== '--cached');
const unknown = asked.filter((name) => !Object.hasOwn(servers, name));
if (unknown.length > 0) {
  console.error(`no server "${unknown.join('", "')}". Servers: ${Object.keys(servers).join(', ')}`);
  process.exit(2);
}
mkdirSync('artifacts', { recursive: true });

let running = null;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    if (running) await stopProcess(running);
    process.exit(130);
  });
}

/** Installs, starts, tests and stops one server. Answers its row of the closing table. */
async function testServer(name, server) {
  const row = { server: name, version: server.serves ?? server.version, result: '', passed: 0, failed: 0, ready: '' };
  const scratch = mkdtempSync(join(tmpdir(), `devstral-${name}-`));
  const log = join(scratch, 'server.log');
  try {
    const folder = await provide(server);
    const forms = await writeTinyForms(scratch);
    const port = await freePort();
    const place = { folder, forms, port, scratch: join(scratch, 'home') };
    const url = `http://127.0.0.1:${port}`;
    mkdirSync(place.scratch);
    await server.beforeStart?.(place);
    const startedAt = Date.now();
    running = startProcess(server.start(place), { cwd: scratch, log });
    await untilReady(running, url + server.readyPath, server.key, readyMs);
    await server.afterStart?.(place);
    row.ready = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    Object.assign(row, await runSuite(name, server, url, running.child.pid));
    row.result = running.ended ? `ran, but died meanwhile: ${running.ended}` : 'ran';
    if (running.ended) row.failed++;
  } catch (error) {
    row.result = `COULD NOT: ${error.message}`;
  } finally {
    if (running) await stopProcess(running);
    running = null;
    if (existsSync(log)) await cp(log, join('artifacts', `server-${name}.log`));
    rmSync(scratch, { recursive: true, force: true });
  }
  return row;
}

async function runSuite(name, server, url, pid) {
  const report = join('artifacts', `report-server-${name}.json`);
  rmSync(report, { force: true });
  const args = ['node_modules/mocha/bin/mocha.js', '--exit', '--reporter', 'test/reporter.cjs', '--timeout', '120000'];
  const child = spawn(process.execPath, [...args, 'dist/test/servers/suite/*.test.mjs'], {
    stdio: 'inherit',
    env: {
      ...process.env,
      DEVSTRAL_TEST_REPORT: report,
      DEVSTRAL_SERVER_KIND: name,
      DEVSTRAL_SERVER_URL: url,
      DEVSTRAL_SERVER_KEY: server.key,
      DEVSTRAL_SERVER_MODEL: server.model,
      DEVSTRAL_SERVER_CONTEXT: String(server.context),
      DEVSTRAL_SERVER_PID: String(pid),
    },
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { passed: 0, failed: 0 };
  // A suite that ran nothing, or died after its last test, has failed.
  if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1;
  return { passed: counts.passed, failed: counts.failed };
}

const rows = [];
for (const [name, server] of Object.entries(servers)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  if (cachedOnly && !installed(server)) {
    console.log(`${name}: not in the cache, not tested (npm run test:servers -- ${name} installs it)`);
    continue;
  }
  console.log(`\n== ${name}`);
  rows.push(await testServer(name, server));
}
if (rows.length > 0) console.table(rows.map(({ result, ...row }) => ({ ...row, result: result.split('\n')[0] })));
for (const { server, result } of rows) if (result !== 'ran') console.error(`${server}: ${result}`);
const sum = (field) => rows.reduce((total, row) => total + row[field], 0);
// For `npm test`: a server that is in the cache and does not start is a failure there.
const lost = cachedOnly ? rows.filter(({ result }) => result.startsWith('COULD NOT')).length : 0;
const counts = { passed: sum('passed'), failed: sum('failed') + lost, nothingToRun: rows.length === 0 };
if (process.env.DEVSTRAL_TEST_REPORT) writeFileSync(process.env.DEVSTRAL_TEST_REPORT, JSON.stringify(counts));
process.exit(counts.failed === 0 ? 0 : 1);

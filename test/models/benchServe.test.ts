import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LevelResult } from '../../sidecar/serving/levelResult.ts';
import type { Measured } from '../../sidecar/serving/measureRequest.ts';
import { percentile } from '../../sidecar/serving/statistics.ts';
import type { DelayScript, LoggedRequest } from '../servers/delayServerMain.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { temporaryFolder } from '../sidecar/startSidecar.ts';

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

type Result = LevelResult & { url: string; model: string; workload: string; seed: number };

const key = 'canary-8d1f60c93ab7';

async function bench(
  args: string[],
  env: Record<string, string> = {},
  onStart?: (child: ChildProcess) => Promise<void>,
): Promise<Run> {
  const child = spawn(process.execPath, [resolve('dist/cli.mjs'), 'bench', 'serve', ...args], {
    env: { ...process.env, INIT_CWD: '', DEVSTRAL_API_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = onStart?.(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data));
  child.stderr.on('data', (data: Buffer) => (stderr += data));
  const [code] = (await once(child, 'close')) as [number | null];
  await started;
  return { code, stdout, stderr };
}

const lastLine = <T>({ stdout }: Run): T => JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
const median = (values: number[]) => percentile(Float64Array.from(values).sort(), 50);
const within = (actual: number | undefined, expected: number, most: number, what: string) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) <= most, `${what}: ${actual}, not ${expected}`);

describe('devstral bench serve', function () {
  this.timeout(60_000);
  const children: ChildProcess[] = [];
  const servers: ScriptedServer[] = [];
  let folder: string;

  before(() => {
    folder = temporaryFolder('bench');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill();
    for (const server of servers.splice(0)) await server.close();
  });

  /** A server with known delays, in a process of its own. */
  async function delayed(script: Partial<DelayScript>): Promise<string> {
    const whole: DelayScript = { firstMs: 5, gapMs: 2, chunks: 4, usageTokens: 4, ...script };
    const child = spawn(process.execPath, [resolve('dist/test/servers/delayServerMain.mjs'), JSON.stringify(whole)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    const [line] = await once(child.stdout, 'data');
    return String(line).trim();
  }

  async function scripted(script: Script): Promise<string> {
    const server = await startScriptedServer(script);
    servers.push(server);
    return server.url;
  }

  const logOf = async (url: string) => (await (await fetch(`${url}/log`)).json()) as LoggedRequest[];

  it('measures what the server sent, within a millisecond at the median', async function () {
    // Other work on the machine can only make it later, never better.
    this.retries(2);
    const url = await delayed({ firstMs: 25, gapMs: 6, chunks: 10, usageTokens: 19 });
    const details = join(folder, 'details.jsonl');
    const run = await bench([url, '--requests', '50', '--json', '--details', details]);
    assert.equal(run.code, 0, run.stderr);
    const result = lastLine<Result>(run);
    assert.equal(result.requests.completed, 50);
    const measured = readFileSync(details, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Extract<Measured, { kind: 'answered' }>);
    // The first is the warm-up. One at once: both lists have the same order.
    const log = (await logOf(url)).slice(1);
    assert.equal(log.length, 50);

    // Both processes read the same clock: from our send to the server's own sends.
    const sent = (index: number) => measured[index]?.sentAt ?? Number.NaN;
    const ttft = median(log.map(({ sentAt }, index) => (sentAt[0] ?? Number.NaN) - sent(index)));
    const e2e = median(log.map(({ endedAt }, index) => endedAt - sent(index)));
    const gaps = log.flatMap(({ sentAt }) => sentAt.slice(1).map((at, index) => at - (sentAt[index] ?? Number.NaN)));
    within(result.ttft?.median, ttft, 1, 'TTFT');
    within(result.itl?.median, median(gaps), 1, 'ITL');
    within(result.e2e?.median, e2e, 1, 'E2E');
    for (const [index, { receivedAt }] of log.entries()) assert.ok(sent(index) <= receivedAt);

    // The rest follows from the measured times and the tokens of the usage.
    const tpot = measured.map((one) => (one.e2e - one.ttft) / 18);
    within(result.tpot?.median, median(tpot), 1e-6, 'TPOT');
    assert.equal(measured.flatMap((one) => one.gaps).length, 50 * 9);
    const total = measured.reduce((sum, one) => sum + one.e2e, 0);
    within(result.concurrency, total / result.durationMs, 1e-6, 'concurrency');
    within(result.throughput.outputTokens, (50 * 19 * 1000) / result.durationMs, 1e-6, 'tokens a second');
    assert.equal(result.tokens.disagreeing, 50);
    assert.equal(result.tokens.chunks, 500);
  });

  it('sweeps: a list, a picture, progress on stderr, and no prompt asked twice', async () => {
    const url = await delayed({ firstMs: 20, gapMs: 2 });
    const svg = join(folder, 'load.svg');
    const args = [
      '--requests',
      '16',
      '--concurrency',
      '1,12',
      '--seed',
      '5',
      '--svg',
      svg,
      '--model',
      '<delayed & co>',
    ];
    const run = await bench([`${url}/v1/`, ...args, '--json']);
    assert.equal(run.code, 0, run.stderr);
    const results = lastLine<Result[]>(run);
    assert.deepEqual(
      results.map(({ maxConcurrency, seed, workload }) => [maxConcurrency, seed, workload]),
      [
        [1, 5, 'random'],
        [12, 5, 'random'],
      ],
    );
    for (const result of results) {
      for (const metric of ['ttft', 'tpot', 'itl', 'e2e'] as const) {
        const summary = result[metric];
        for (const number of ['mean', 'median', 'std', 'p95', 'p99'] as const) {
          assert.ok(Number.isFinite(summary?.[number]), `${metric}.${number}`);
        }
      }
      assert.ok(result.concurrency > 0 && result.concurrency <= (result.maxConcurrency ?? 0) + 1e-9);
    }
    assert.match(run.stderr, /^12 at once: 0 of 16/m);
    assert.doesNotMatch(run.stderr, /Warning/);
    const bodies = (await logOf(url)).map(({ body }) => body);
    assert.equal(bodies.length, 33);
    assert.equal(new Set(bodies.map(({ messages }) => messages[0]?.content)).size, 33);
    assert.equal(bodies[0]?.model, '<delayed & co>');
    assert.equal(bodies[0]?.max_tokens, 128);
    const picture = readFileSync(svg, 'utf8');
    assert.match(picture, /^<svg [^>]*xmlns=/);
    assert.match(picture, /prefers-color-scheme:dark/);
    assert.match(picture, /&lt;delayed &amp; co&gt; under load/);
    assert.doesNotMatch(picture, /NaN|undefined|<delayed/);
  });

  it('replays agents, each session in its order, and prints a table', async () => {
    const url = await delayed({ usageTokens: null });
    const run = await bench([url, '--workload', 'agent', '--requests', '12', '--concurrency', '3', '--warmup', '0']);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /^3 at once: 12 answered, 0 failed/m);
    for (const name of ['TTFT', 'TPOT', 'ITL', 'E2E'])
      assert.match(run.stdout, new RegExp(`^ +${name}( +[\\d.]+){6}$`, 'm'));
    assert.match(run.stdout, /12 answers came without usage: one token a chunk was counted/);
    const sessions = new Map<string, number[]>();
    for (const { body } of (await logOf(url)).sort((a, b) => a.receivedAt - b.receivedAt)) {
      const task = body.messages[1]?.content ?? '';
      sessions.set(task, [...(sessions.get(task) ?? []), body.messages.length]);
      assert.ok((body.tools?.length ?? 0) > 3);
    }
    assert.equal(sessions.size, 3);
    for (const lengths of sessions.values()) {
      assert.deepEqual(
        lengths,
        lengths.toSorted((a, b) => a - b),
      );
      assert.equal(lengths.length, 4);
    }
  });

  it('sends the prompts of a file, at a rate', async () => {
    const url = await delayed({});
    const file = join(folder, 'prompts.jsonl');
    writeFileSync(file, '"first"\n{"prompt": "second"}\n');
    const args = ['--file', file, '--rate', '100', '--requests', '20', '--output-tokens', '3', '--warmup', '0'];
    const run = await bench([url, ...args, '--json']);
    assert.equal(run.code, 0, run.stderr);
    const result = lastLine<Result>(run);
    assert.deepEqual([result.rate, result.maxConcurrency, result.workload], [100, null, 'file']);
    const bodies = (await logOf(url)).map(({ body }) => body);
    assert.equal(bodies.length, 20);
    assert.equal(bodies.filter(({ messages }) => messages[0]?.content === 'second').length, 10);
    assert.doesNotMatch(run.stderr, /Warning/);
    assert.equal(bodies[0]?.max_tokens, 3);
  });

  it('sends the key, and counts failures by reason and not in the latencies', async () => {
    const url = await delayed({ key, failEvery: 4, firstMs: 30 });
    const run = await bench([url, '--requests', '12', '--warmup', '0', '--json'], { DEVSTRAL_API_KEY: key });
    assert.equal(run.code, 0, run.stderr);
    const result = lastLine<Result>(run);
    assert.deepEqual(result.requests, { completed: 9, failed: 3, unfinished: 0 });
    assert.deepEqual(
      result.failures.map(({ reason, count }) => [reason, count]),
      [['status 500', 3]],
    );
    assert.match(run.stderr, /3 failed: status 500 \(.*out of cheese\)/);
    assert.ok((result.ttft?.mean ?? 0) >= 29);
    assert.ok(!(run.stdout + run.stderr).includes(key));
  });

  const failures: [name: string, reply: Script, line: RegExp][] = [
    ['answers end in their middle', [{ stream: ['a'], cutAfterBytes: 150 }], /cut off/],
    ['answers have no end', [{ stream: ['a'], finish: null, done: false }], /cut off \(after 1 chunks no end came\)/],
    ['answers are empty', [{ stream: [] }], /empty answer/],
    ['the stream brings an error', [{ stream: [{ chunk: { error: { message: 'boom', code: 503 } } }] }], /503.*boom/],
    ['requests are refused', [{ status: 400, body: { error: { message: 'no such field' } } }], /400.*no such field/],
    ['all is 500', [{ status: 500, body: 'out of order' }], /status 500.*out of order/],
    ['nothing comes', [{ hang: true }], /no sign of life \(nothing came for 1 s\)/],
    ['it is a web page', { replies: [], models: '<!doctype html><p>hello' }, /Not a model server/],
  ];
  for (const half of [failures.slice(0, 4), failures.slice(4)]) {
    it(`ends with one clear line when ${half.map(([name]) => name).join(', or ')}`, async () => {
      await Promise.all(
        half.map(async ([name, script, line]) => {
          const run = await bench([await scripted(script), '--requests', '2', '--timeout', '1']);
          assert.equal(run.code, 2, name);
          const last = run.stderr.trim().split('\n').at(-1) ?? '';
          assert.match(last, /^devstral: /);
          assert.match(last, line);
          assert.doesNotMatch(run.stderr, /\n {4}at /);
        }),
      );
    });
  }

  it('says that a server is down or refuses the key', async () => {
    const server = await startScriptedServer([]);
    await server.close();
    const down = await bench([server.url, '--requests', '2']);
    assert.equal(down.code, 2);
    assert.match(down.stderr, /^devstral: Server not reachable: .*ECONNREFUSED/m);
    const refused = await bench([await delayed({ key }), '--requests', '2'], { DEVSTRAL_API_KEY: 'wrong-key-0815' });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^devstral: The server refused the key: .* answered 401/m);
    assert.ok(!refused.stderr.includes('wrong-key'));
  });

  it('refuses wrong options before it sends anything', async () => {
    const url = await scripted([]);
    const runs = [bench([url, '--requests', 'many']), bench([url, '--surprise', '1']), bench(['ftp://nowhere'])];
    const lines = [/--requests .* not "many"$/, /Unknown option `--surprise`$/, /not an address of a server$/];
    for (const [index, run] of (await Promise.all(runs)).entries()) {
      assert.equal(run.code, 2);
      assert.match(run.stderr.trim(), lines[index] ?? /never/);
      assert.equal(run.stderr.trim().split('\n').length, 1);
    }
    assert.equal(servers[0]?.requests.length, 0);
  });

  it('ends on Ctrl+C with what was measured', async () => {
    const url = await delayed({ firstMs: 50 });
    const args = [url, '--requests', '1000', '--concurrency', '2', '--json'];
    const run = await bench(args, {}, async (child) => {
      while ((await logOf(url)).length < 8) await sleep(50);
      child.kill('SIGINT');
    });
    assert.equal(run.code, 1, run.stderr);
    const result = lastLine<Result>(run);
    assert.equal(result.cutShort, true);
    assert.ok(result.requests.completed > 0 && result.requests.completed < 1000);
    assert.ok(Number.isFinite(result.ttft?.median));
    assert.match(run.stderr, /cut short/);
  });
});

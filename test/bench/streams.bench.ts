import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startSidecar } from '../sidecar/startSidecar.ts';
import { type Talk, talkWith } from '../sidecar/talk.ts';

interface Spread {
  n: number;
  p50: number;
  p99: number;
  max: number;
}

export interface StreamsBench {
  streams: number;
  chunks: number;
  /** Milliseconds from the write of a chunk to its text in the client's hands, of all rounds. */
  direct: Spread;
  sidecar: Spread;
  /**
   * What the sidecar adds: the lower quartile over the rounds of their p50 and p99, less that of direct fetch. Other work
   * on the machine only ever slows a round. Goal: p99 at most 2.
   */
  added: { p50: number; p99: number };
  /** Processor time of the sidecar for one chunk, whatever else runs (microseconds). */
  processorPerChunk: number;
  /** Of the sidecar, after so many requests and a collection. */
  memory: Memory[];
}

interface Memory {
  requests: number;
  /** MB. */
  resident: number;
  heap: number;
  /** Open sockets, timers and pipes. */
  handles: number;
}

interface Pace {
  streams: number;
  chunks: number;
  everyMs: number;
}

const pace: Pace = { streams: 64, chunks: 50, everyMs: 50 };
const rounds = 16;
const memoryAt = [1000, 2000, 5000, 10_000];
const atOnce = 20;

/**
 * 64 streams at once, through sessions of the real sidecar and by direct fetch in turns; then 10,000 requests, each in a
 * session that is deleted after it. About five minutes.
 */
export async function runStreamsBench(requests = memoryAt): Promise<StreamsBench> {
  const server = await startPacedServer();
  const home = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const probe = writeProbe(home);
  const sidecar = await startSidecar({
    folder: home,
    home,
    settings: { model: 'Paced', servers: [{ name: 'Paced', url: server.url }] },
    env: { NODE_OPTIONS: `--import=${pathToFileURL(probe).href}` },
  });
  try {
    const talk = talkWith(sidecar);
    await ask(talk, 'warm up');
    const direct: number[][] = [];
    const through: number[][] = [];
    const before = await measured(sidecar.child, probe);
    for (let round = 0; round < rounds; round++) {
      direct.push(await directRound(server.url));
      through.push(await sidecarRound(talk));
      const [ours, bare] = [spread(through.at(-1) ?? []), spread(direct.at(-1) ?? [])];
      console.log(`round ${round + 1} of ${rounds}: direct p99 ${bare.p99} ms, through the sidecar ${ours.p99} ms`);
    }
    const after = await measured(sidecar.child, probe);
    const processorMicros = after.processor - before.processor;
    const memory: Memory[] = [];
    let done = 0;
    for (const goal of [0, ...requests]) {
      for (; done < goal; done += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, () => ask(talk, 'short')));
      }
      const { processor: _spent, ...left } = await measured(sidecar.child, probe);
      memory.push({ requests: done, ...left });
      console.log(`${done} requests: ${left.heap} MB of heap`);
    }
    const added = (of: 'p50' | 'p99') =>
      lowerQuartile(through.map((round) => spread(round)[of])) -
      lowerQuartile(direct.map((round) => spread(round)[of]));
    const result = {
      streams: pace.streams,
      chunks: direct.flat().length,
      direct: spread(direct.flat()),
      sidecar: spread(through.flat()),
      added: { p50: added('p50'), p99: added('p99') },
      processorPerChunk: Math.round(processorMicros / through.flat().length),
      memory,
    };
    console.table({ 'direct fetch': result.direct, 'through the sidecar': result.sidecar });
    console.table({ 'added by the sidecar (ms)': result.added });
    console.log(`${result.processorPerChunk} µs of the sidecar's processor time a chunk`);
    console.table(memory);
    return result;
  } finally {
    await sidecar.stop();
    server.child.kill();
  }
}

/** A server in a process of its own: what it costs is no part of either side. */
async function startPacedServer(): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(resolve('dist/pacedServer.mjs'));
  const url = await new Promise<string>((done) => child.once('message', (message) => done(String(message))));
  return { url, child };
}

/** Each chunk's text is the time at which it was written, in microseconds of the machine's clock. */
const now = () => Number(process.hrtime.bigint() / 1000n);
const latency = (text: string) => {
  const times = [...text.matchAll(/\d+;/g)].map(([sent]) => now() - Number(sent.slice(0, -1)));
  return times.map((micros) => micros / 1000);
};

async function directRound(url: string): Promise<number[]> {
  const latencies: number[] = [];
  await Promise.all(
    Array.from({ length: pace.streams }, async () => {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: paced() }] }),
      });
      const decoder = new TextDecoder();
      for await (const bytes of response.body ?? []) {
        const text = decoder.decode(bytes, { stream: true });
        for (const line of text.split('\n')) if (line.includes('"content"')) latencies.push(...latency(line));
      }
    }),
  );
  return latencies;
}

const paced = () => `pace ${pace.chunks} ${pace.everyMs}`;

async function sidecarRound(talk: Talk): Promise<number[]> {
  const latencies: number[] = [];
  const sessions = await Promise.all(Array.from({ length: pace.streams }, () => talk.begin()));
  await Promise.all(
    sessions.map((session) =>
      talk.say(session, paced(), (event) => {
        if (event.type === 'text') latencies.push(...latency(event.text));
      }),
    ),
  );
  await Promise.all(sessions.map(talk.remove));
  return latencies;
}

async function ask(talk: Talk, text: string): Promise<void> {
  const session = await talk.begin();
  const { end, problem } = await talk.say(session, text);
  if (end !== 'done') throw new Error(problem?.sentence ?? end);
  await talk.remove(session);
}

/** Loaded into the sidecar: at SIGUSR2 it collects its garbage and writes what is left beside itself. */
function writeProbe(folder: string): string {
  const path = join(folder, 'probe.mjs');
  const code = [
    "import { writeFileSync } from 'node:fs';",
    "import { setFlagsFromString } from 'node:v8';",
    "import { runInNewContext } from 'node:vm';",
    "setFlagsFromString('--expose_gc');",
    "const collect = runInNewContext('gc');",
    "process.on('SIGUSR2', async () => {",
    '  for (let i = 0; i < 4; i++) { collect(); await new Promise((done) => setTimeout(done, 50)); }',
    '  const { user, system } = process.cpuUsage();',
    '  const { rss, heapUsed } = process.memoryUsage();',
    '  const handles = process.getActiveResourcesInfo().length;',
    `  writeFileSync(${JSON.stringify(`${path}.json`)}, JSON.stringify({ rss, heapUsed, handles, processor: user + system }));`,
    '});',
  ];
  writeFileSync(path, code.join('\n'));
  return path;
}

async function measured(child: ChildProcess, probe: string): Promise<Omit<Memory, 'requests'> & { processor: number }> {
  // Connections that idle have time to close.
  await new Promise((wait) => setTimeout(wait, 6000));
  rmSync(`${probe}.json`, { force: true });
  child.kill('SIGUSR2');
  while (!existsSync(`${probe}.json`)) await new Promise((wait) => setTimeout(wait, 50));
  await new Promise((wait) => setTimeout(wait, 50));
  const { rss, heapUsed, handles, processor } = JSON.parse(readFileSync(`${probe}.json`, 'utf8')) as Record<
    string,
    number
  >;
  return { resident: megabytes(rss), heap: megabytes(heapUsed), handles: handles ?? 0, processor: processor ?? 0 };
}

const megabytes = (bytes = 0) => Math.round(bytes / 1e5) / 10;

const lowerQuartile = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;

function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 1000) / 1000;
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

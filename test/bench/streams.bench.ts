import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** Streams that begin within a second and end one after the other, as those of people do. */
  spread: Compared;
  /** All begin and end at the same moment: the worst case. */
  burst: Compared;
  /** Of the sidecar, after so many requests and a collection. */
  memory: Memory[];
}

interface Compared {
  chunks: number;
  /** Milliseconds from the write of a chunk to its text in the client's hands, of all rounds. */
  direct: Spread;
  sidecar: Spread;
  /**
   * What the sidecar adds: the lower quartile over the rounds of their p50 and p99, less that of direct fetch. Other work
   * on the machine only ever slows a round. Goal: p99 at most 2.
   */
  added: { p50: number; p99: number };
  /** Processor time of the sidecar for one chunk with its share of the turns, whatever else runs (microseconds). */
  processorPerChunk: number;
}

interface Memory {
  requests: number;
  /** MB. */
  resident: number;
  heap: number;
  /** Open sockets, timers and pipes. */
  handles: number;
}

/** One stream of a round. */
interface Pace {
  afterMs: number;
  chunks: number;
}

const streams = 64;
const everyMs = 50;
const kinds = {
  spread: { rounds: 8, pace: (i: number): Pace => ({ afterMs: (i * 1000) / streams, chunks: 60 + ((i * 29) % 128) }) },
  burst: { rounds: 8, pace: (): Pace => ({ afterMs: 0, chunks: 50 }) },
};
const memoryAt = [1000, 2000, 5000, 10_000];
const atOnce = 20;

/**
 * 64 streams at once, through sessions of the real sidecar and by direct fetch in turns; then 10,000 requests, each in a
 * session that is deleted after it. About eight minutes.
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
    const compared = async (name: keyof typeof kinds) => {
      const before = await measured(sidecar.child, probe);
      const { direct, through } = await rounds(name, server.url, talk);
      const after = await measured(sidecar.child, probe);
      return compare(direct, through, after.processor - before.processor);
    };
    const spread = await compared('spread');
    const burst = await compared('burst');
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
    const result = { streams, spread, burst, memory };
    for (const [name, { direct, sidecar, added, processorPerChunk }] of Object.entries({ spread, burst })) {
      console.table({ [`${name}, direct fetch`]: direct, [`${name}, through the sidecar`]: sidecar });
      console.table({ [`${name}, added by the sidecar (ms)`]: added });
      console.log(`${processorPerChunk} µs of the sidecar's processor time a chunk`);
    }
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

/** Direct fetch and the sidecar in turns, so that both have the same machine. */
async function rounds(name: keyof typeof kinds, url: string, talk: Talk) {
  const { rounds, pace } = kinds[name];
  const paces = Array.from({ length: streams }, (_, i) => pace(i));
  const direct: number[][] = [];
  const through: number[][] = [];
  for (let round = 0; round < rounds; round++) {
    direct.push(await directRound(url, paces));
    through.push(await sidecarRound(talk, paces));
    const [ours, bare] = [spreadOf(through.at(-1) ?? []), spreadOf(direct.at(-1) ?? [])];
    console.log(`${name}, round ${round + 1} of ${rounds}: direct p99 ${bare.p99} ms, sidecar ${ours.p99} ms`);
  }
  return { direct, through };
}

function compare(direct: number[][], through: number[][], processorMicros: number): Compared {
  const added = (of: 'p50' | 'p99') =>
    lowerQuartile(through.map((round) => spreadOf(round)[of])) -
    lowerQuartile(direct.map((round) => spreadOf(round)[of]));
  return {
    chunks: direct.flat().length,
    direct: spreadOf(direct.flat()),
    sidecar: spreadOf(through.flat()),
    added: { p50: added('p50'), p99: added('p99') },
    processorPerChunk: Math.round(processorMicros / through.flat().length),
  };
}

async function directRound(url: string, paces: readonly Pace[]): Promise<number[]> {
  const latencies: number[] = [];
  await Promise.all(
    paces.map(async (pace) => {
      await sleep(pace.afterMs);
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ stream: true, messages: [{ role: 'user', content: paced(pace) }] }),
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

const paced = ({ chunks }: Pace) => `pace ${chunks} ${everyMs}`;

async function sidecarRound(talk: Talk, paces: readonly Pace[]): Promise<number[]> {
  const latencies: number[] = [];
  const ready = await Promise.all(paces.map(async (pace) => ({ pace, session: await talk.begin() })));
  await Promise.all(
    ready.map(async ({ pace, session }) => {
      await sleep(pace.afterMs);
      await talk.say(session, paced(pace), (event) => {
        if (event.type === 'text') latencies.push(...latency(event.text));
      });
    }),
  );
  await Promise.all(ready.map(({ session }) => talk.remove(session)));
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
  await sleep(6000);
  rmSync(`${probe}.json`, { force: true });
  child.kill('SIGUSR2');
  while (!existsSync(`${probe}.json`)) await sleep(50);
  await sleep(50);
  const { rss, heapUsed, handles, processor } = JSON.parse(readFileSync(`${probe}.json`, 'utf8')) as Record<
    string,
    number
  >;
  return { resident: megabytes(rss), heap: megabytes(heapUsed), handles: handles ?? 0, processor: processor ?? 0 };
}

const megabytes = (bytes = 0) => Math.round(bytes / 1e5) / 10;

const lowerQuartile = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? 0;

function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 1000) / 1000;
  return { n: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

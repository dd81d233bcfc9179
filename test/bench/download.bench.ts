import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createFileTransport } from '../../sidecar/models/download/fileTransport.ts';
import { downloadFromHub } from '../../sidecar/models/download/hubDownload.ts';

export interface DownloadBench {
  megabytes: number;
  /** Megabytes per second, the medians of the rounds and the best of them: other work on the machine only slows. */
  curl: number;
  ours: number;
  ratio: number;
  bestCurl: number;
  bestOurs: number;
  bestRatio: number;
}

// A process of its own, as the hub is; it sends from memory, so that the disk has the two receivers' work only.
const server = `
const { createServer } = require('node:http');
const { randomBytes } = require('node:crypto');
const block = randomBytes(1e6);
const bytes = Buffer.concat(Array(Number(process.argv[1])).fill(block));
createServer((request, response) => {
  response.writeHead(200, { 'content-length': bytes.length });
  let at = 0;
  const send = () => {
    while (at < bytes.length) {
      const more = response.write(bytes.subarray(at, (at += 1 << 20)));
      if (!more) return response.once('drain', send);
    }
    response.end();
  };
  send();
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

/** Fetches a file from a server on this computer with curl and with ours, by turns, to the same disk; prints the ratio. */
export async function runDownloadBench(megabytes = 300, rounds = 5): Promise<DownloadBench> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const size = megabytes * 1e6;
  const child = spawn(process.execPath, ['-e', server, String(megabytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { HF_ENDPOINT } = process.env;
  try {
    const port = await new Promise<string>((done) => child.stdout.once('data', (data) => done(String(data).trim())));
    process.env.HF_ENDPOINT = `http://127.0.0.1:${port}`;
    const seconds: { curl: number[]; ours: number[] } = { curl: [], ours: [] };
    for (let round = 0; round < rounds; round++) {
      // Which goes first changes, so that neither always meets the emptier disk cache.
      const order = round % 2 === 0 ? (['curl', 'ours'] as const) : (['ours', 'curl'] as const);
      for (const who of order) {
        const target = join(folder, who);
        const started = performance.now();
        if (who === 'curl') await withCurl(port, target);
        else await withOurs(target, size);
        seconds[who].push((performance.now() - started) / 1000);
        if (statSync(target).size !== size) throw new Error(`${who} did not fetch all`);
        rmSync(target);
      }
    }
    const rate = (duration: number) => size / 1e6 / duration;
    const [curl, ours] = [rate(median(seconds.curl)), rate(median(seconds.ours))];
    const [bestCurl, bestOurs] = [rate(Math.min(...seconds.curl)), rate(Math.min(...seconds.ours))];
    const text = (a: number, b: number) =>
      `curl ${a.toFixed(0)} MB/s, ours ${b.toFixed(0)} MB/s, ratio ${(b / a).toFixed(2)}`;
    console.log(
      `download of ${megabytes} MB, median of ${rounds}: ${text(curl, ours)}; best: ${text(bestCurl, bestOurs)}`,
    );
    return { megabytes, curl, ours, ratio: ours / curl, bestCurl, bestOurs, bestRatio: bestOurs / bestCurl };
  } finally {
    child.kill();
    if (HF_ENDPOINT === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = HF_ENDPOINT;
    rmSync(folder, { recursive: true });
  }
}

async function withCurl(port: string, target: string): Promise<void> {
  const url = `http://127.0.0.1:${port}/bench/file/resolve/main/file.bin`;
  await promisify(execFile)('curl', ['--silent', '--fail', '--location', '--output', target, url]);
}

async function withOurs(target: string, size: number): Promise<void> {
  const sha256 = createHash('sha256').digest('hex');
  const file = { name: 'bench', repo: 'bench/file', file: 'file.bin', size, sha256 };
  const { signal } = new AbortController();
  const { ask, close } = createFileTransport({ url: '', noProxy: [], strictTls: true }, signal);
  const result = await downloadFromHub(file, target, { ask, signal, onProgress: () => {} });
  await close();
  if (result.kind !== 'complete') throw new Error(JSON.stringify(result));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

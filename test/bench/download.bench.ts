import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureModelFile } from '../../sidecar/models/download/ensureModelFile.ts';
import { createFileTransport } from '../../sidecar/models/download/fileTransport.ts';
import { downloadFromHub, type PublishedFile } from '../../sidecar/models/download/hubDownload.ts';

/** Megabytes per second, the medians of the rounds and the best of them: other work on the machine only slows. */
interface Rates {
  curl: number;
  ours: number;
  ratio: number;
  bestCurl: number;
  bestOurs: number;
  bestRatio: number;
}

export interface DownloadBench {
  megabytes: number;
  /** The bytes in a file. */
  fetched: Rates;
  /** On the disk (fsync) and compared with the hash: with curl, `sync` and `sha256sum` one after the other. */
  checked: Rates;
}

// A process of its own, as the hub is; it sends from memory, so that the disk has the two receivers' work only.
const server = `
const { createServer } = require('node:http');
const { createHash, randomBytes } = require('node:crypto');
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
}).listen(0, '127.0.0.1', function () {
  console.log(this.address().port + ' ' + createHash('sha256').update(bytes).digest('hex'));
});
`;

type Fetch = (target: string) => Promise<unknown>;

/** Fetches a file from a server on this computer with curl and with ours, by turns, to the same disk; prints the ratios. */
export async function runDownloadBench(megabytes = 300, rounds = 5): Promise<DownloadBench> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const size = megabytes * 1e6;
  const child = spawn(process.execPath, ['-e', server, String(megabytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { HF_ENDPOINT } = process.env;
  const compare = async (what: string, curl: Fetch, ours: Fetch): Promise<Rates> => {
    const seconds: { curl: number[]; ours: number[] } = { curl: [], ours: [] };
    for (let round = 0; round < rounds; round++) {
      // Which goes first changes, so that neither always meets the emptier disk cache.
      for (const who of round % 2 === 0 ? (['curl', 'ours'] as const) : (['ours', 'curl'] as const)) {
        const target = join(folder, who);
        const started = performance.now();
        await (who === 'curl' ? curl : ours)(target);
        seconds[who].push((performance.now() - started) / 1000);
        if (statSync(target).size !== size) throw new Error(`${who} did not fetch all`);
        rmSync(target);
      }
    }
    return ratesOf(`${what} of ${megabytes} MB, median of ${rounds}`, megabytes, seconds);
  };
  try {
    const [port = '', sha256 = ''] = await new Promise<string[]>((done) =>
      child.stdout.once('data', (data) => done(String(data).trim().split(' '))),
    );
    process.env.HF_ENDPOINT = `http://127.0.0.1:${port}`;
    const url = `${process.env.HF_ENDPOINT}/bench/file/resolve/main/file.bin`;
    const file = { name: 'bench', repo: 'bench/file', file: 'file.bin', size, sha256 };
    const curl = 'curl --silent --fail --location --output "$1" "$2"';
    const shell = (script: string) => (target: string) => promisify(execFile)('sh', ['-ec', script, 'sh', target, url]);
    const fetched = await compare('download', shell(curl), (target) => fetchOnly(file, target));
    const checked = await compare('download and check', shell(`${curl}; sync "$1"; sha256sum "$1"`), (target) =>
      fetchChecked(file, folder, target),
    );
    return { megabytes, fetched, checked };
  } finally {
    child.kill();
    if (HF_ENDPOINT === undefined) delete process.env.HF_ENDPOINT;
    else process.env.HF_ENDPOINT = HF_ENDPOINT;
    rmSync(folder, { recursive: true });
  }
}

const proxy = { url: '', noProxy: [], strictTls: true };
const { signal } = new AbortController();

async function fetchOnly(file: PublishedFile, target: string): Promise<void> {
  const { ask, close } = createFileTransport(proxy, signal);
  const result = await downloadFromHub(file, target, { ask, signal, onProgress: () => {} });
  await close();
  if (result.kind !== 'complete') throw new Error(JSON.stringify(result));
}

async function fetchChecked(file: PublishedFile, folder: string, target: string): Promise<void> {
  const options = { folder, dataFolder: folder, offline: false, proxy, signal, onProgress: () => {} };
  const result = await ensureModelFile(file, options);
  if (result.kind !== 'ready') throw new Error(JSON.stringify(result));
  renameSync(result.path, target);
}

function ratesOf(title: string, megabytes: number, seconds: { curl: number[]; ours: number[] }): Rates {
  const [curl, ours] = [megabytes / median(seconds.curl), megabytes / median(seconds.ours)];
  const [bestCurl, bestOurs] = [megabytes / Math.min(...seconds.curl), megabytes / Math.min(...seconds.ours)];
  const text = (a: number, b: number) =>
    `curl ${a.toFixed(0)} MB/s, ours ${b.toFixed(0)} MB/s, ratio ${(b / a).toFixed(2)}`;
  console.log(`${title}: ${text(curl, ours)}; best: ${text(bestCurl, bestOurs)}`);
  return { curl, ours, ratio: ours / curl, bestCurl, bestOurs, bestRatio: bestOurs / bestCurl };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

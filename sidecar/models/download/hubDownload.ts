import { type FileHandle, open, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Dispatcher, request } from 'undici';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import type { CatalogEntry } from '../catalog/starter.ts';
import { sizeText } from '../sizeText.ts';
import { createByteMeter, type DownloadProgress } from './byteMeter.ts';
import { pause } from './fileLock.ts';

export type DownloadResult = { kind: 'complete' } | { kind: 'cancelled' } | { kind: 'failed'; problem: ProblemReport };

interface Options {
  dispatcher: Dispatcher;
  onProgress(progress: DownloadProgress): void;
  signal: AbortSignal;
  /** Free bytes of a folder; replaced in tests. */
  freeSpace?: (folder: string) => Promise<number>;
  /** Between attempts that brought nothing; replaced in tests. */
  retryDelaysMs?: readonly number[];
}

type Attempt = { kind: 'complete' } | { kind: 'again' } | { kind: 'failed'; problem: ProblemReport };

/** Left free beside the file: a disk filled to the brim harms more than a missing model. */
const spareBytes = 100e6;
const silenceMs = 30_000;
const redirects = 5;

/**
 * Fetches a file of the hub into `part`, going on where an earlier attempt or process stopped. `HF_ENDPOINT` names
 * another hub, `HF_TOKEN` goes to the hub's own origin only. A lost connection is tried again as long as bytes come.
 * The part is kept whatever happens. The caller checks the hash.
 */
export async function downloadFromHub(entry: CatalogEntry, part: string, options: Options): Promise<DownloadResult> {
  const { signal, freeSpace = freeBytes, retryDelaysMs = [1000, 3000] } = options;
  const hub = (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');
  const url = new URL(`${hub}/${entry.repo}/resolve/main/${entry.file}`);
  const meter = createByteMeter(entry.size, options.onProgress);
  let failures = 0;
  for (;;) {
    const before = await bytesOf(part);
    const free = await freeSpace(dirname(part));
    const need = entry.size - before;
    if (need > 0 && free < need + spareBytes) return { kind: 'failed', problem: noSpace(need, free, dirname(part)) };
    let lost: unknown;
    try {
      const attempt = await fetchRest(entry, url, part, meter, options);
      if (attempt.kind !== 'again') return attempt;
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled' };
      const known = await knownProblem(error, entry, url, part, freeSpace);
      if (known) return { kind: 'failed', problem: known };
      lost = error;
    }
    failures = (await bytesOf(part)) > before ? 0 : failures + 1;
    const delay = failures === 0 ? 0 : retryDelaysMs[failures - 1];
    if (delay === undefined) return { kind: 'failed', problem: await networkLost(url, part, lost) };
    await pause(delay, signal);
    if (signal.aborted) return { kind: 'cancelled' };
  }
}

async function fetchRest(
  entry: CatalogEntry,
  url: URL,
  part: string,
  meter: ReturnType<typeof createByteMeter>,
  options: Options,
): Promise<Attempt> {
  let from = await bytesOf(part);
  if (from === entry.size) return { kind: 'complete' };
  // More than the whole file cannot be its beginning.
  if (from > entry.size) from = 0;
  const response = await followRedirects(url, from, options);
  const { statusCode, headers, body } = response;
  if (statusCode !== 200 && statusCode !== 206) {
    await body.dump();
    if (statusCode === 416) {
      await (await open(part, 'w')).close();
      return { kind: 'again' };
    }
    return { kind: 'failed', problem: refusal(statusCode, entry, url) };
  }
  // A server that knows no ranges sends it all from the start.
  const start = statusCode === 206 ? (rangeStart(headers['content-range']) ?? from) : 0;
  if (start > from) {
    body.destroy();
    throw new Error(`the server answered with bytes from ${start}, not from ${from}`);
  }
  const handle = await open(part, start === 0 ? 'w' : 'r+', 0o600);
  try {
    await handle.truncate(start);
    await receive(handle, body, start, entry.size, meter);
  } finally {
    await handle.close();
  }
  return { kind: (await bytesOf(part)) >= entry.size ? 'complete' : 'again' };
}

async function receive(
  handle: FileHandle,
  body: AsyncIterable<Buffer>,
  start: number,
  size: number,
  meter: ReturnType<typeof createByteMeter>,
): Promise<void> {
  let at = start;
  meter.begin(at);
  for await (const chunk of body) {
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, at + written);
      written += bytesWritten;
    }
    at += chunk.length;
    meter.note(at);
    // A page instead of the file, or another file: the hash would fail after filling the disk.
    if (at > size) break;
  }
}

async function followRedirects(url: URL, from: number, options: Options): Promise<Dispatcher.ResponseData> {
  const token = process.env.HF_TOKEN;
  let target = url;
  for (let left = redirects; ; left--) {
    const response = await request(target, {
      dispatcher: options.dispatcher,
      signal: options.signal,
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      headers: {
        'user-agent': 'devstral-vscode',
        'accept-encoding': 'identity',
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        ...(token && target.origin === url.origin ? { authorization: `Bearer ${token}` } : {}),
      },
    });
    const { location } = response.headers;
    if (response.statusCode < 300 || response.statusCode > 399 || typeof location !== 'string' || left === 0) {
      return response;
    }
    await response.body.dump();
    target = new URL(location, target);
  }
}

function rangeStart(header: string | string[] | undefined): number | null {
  const found = /^bytes (\d+)-/.exec(String(header ?? ''));
  return found?.[1] === undefined ? null : Number(found[1]);
}

function refusal(status: number, entry: CatalogEntry, url: URL): ProblemReport {
  if (status === 401 || status === 403) return problem('hubRefused', { repo: entry.repo }, `status ${status}`);
  return problem('serverRefused', { url: url.origin, status, reason: `${entry.repo}/${entry.file} was not sent` });
}

const tlsCodes = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|INVALID_CA)/;

async function knownProblem(
  error: unknown,
  entry: CatalogEntry,
  url: URL,
  part: string,
  freeSpace: (folder: string) => Promise<number>,
): Promise<ProblemReport | null> {
  const code = codeOf(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const folder = dirname(part);
    return noSpace(entry.size - (await bytesOf(part)), await freeSpace(folder), folder);
  }
  if (tlsCodes.test(code)) return problem('tls', { host: url.host, reason: code }, String(error));
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR'].includes(code)) {
    return problem('internal', { reason: `${dirname(part)} cannot be written (${code}).` }, String(error));
  }
  return null;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return code || codeOf(error.cause);
}

async function networkLost(url: URL, part: string, error: unknown): Promise<ProblemReport> {
  return problem('networkLost', { host: url.host, done: sizeText(await bytesOf(part)) }, String(error ?? ''));
}

const noSpace = (need: number, free: number, folder: string) =>
  problem('diskFull', { need: sizeText(need), folder, free: sizeText(free) });

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const bytesOf = (path: string): Promise<number> =>
  stat(path).then(
    (found) => found.size,
    () => 0,
  );

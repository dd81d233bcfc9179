import { type FileHandle, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { sizeText } from '../sizeText.ts';
import { createBatchWriter } from './batchWriter.ts';
import { createByteMeter, type DownloadProgress } from './byteMeter.ts';
import type { Answer, Body } from './directRequest.ts';
import { bytesOf, diskProblem, freeBytes, noSpace, spareBytes } from './diskSpace.ts';
import { pause } from './fileLock.ts';
import { retryAfterMs } from './followRedirects.ts';
import { certificateProblem } from './networkProblem.ts';

/** What is fetched, and how its server is asked. */
export interface DownloadSource {
  url: URL;
  /** Bytes. */
  size: number;
  /** For messages. */
  what: string;
  /** One GET, redirects followed; `problem` is set where the answer shows that it is not what was wanted. */
  request(headers: Record<string, string>): Promise<{ answer: Answer; fromOrigin: boolean; problem?: ProblemReport }>;
  /** Why the server does not send it, where that is known better than by the status. */
  refusal?(answer: Answer): ProblemReport | null;
}

export type DownloadResult = { kind: 'complete' } | { kind: 'cancelled' } | { kind: 'failed'; problem: ProblemReport };

export interface DownloadOptions {
  onProgress(progress: DownloadProgress): void;
  signal: AbortSignal;
  /** Free bytes of a folder; replaced in tests. */
  freeSpace?: (folder: string) => Promise<number>;
  /** Between attempts that brought nothing; replaced in tests. */
  retryDelaysMs?: readonly number[];
}

type Attempt =
  | { kind: 'complete' }
  /** `problem` is what to say if no attempt is left; `waitMs` what the server asks for. */
  | { kind: 'again'; waitMs?: number | null; problem?: ProblemReport }
  | { kind: 'failed'; problem: ProblemReport };

/** What the attempts of one download know of each other. */
interface Shared {
  meter: ReturnType<typeof createByteMeter>;
  etag: string;
  startedOver: boolean;
}

/**
 * Fetches a file into `part`, going on where an earlier attempt or process stopped. A lost connection is
 * tried again as long as bytes come. The part is kept whatever happens. The caller checks the hash.
 */
export async function downloadFile(
  source: DownloadSource,
  part: string,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { signal, freeSpace = freeBytes, retryDelaysMs = [1000, 3000] } = options;
  const { url, size } = source;
  const shared = { meter: createByteMeter(size, options.onProgress), etag: '', startedOver: false };
  let failures = 0;
  for (;;) {
    const before = await bytesOf(part);
    const free = await freeSpace(dirname(part));
    const need = size - before;
    if (need > 0 && free < need + spareBytes) return { kind: 'failed', problem: noSpace(need, free, dirname(part)) };
    let attempt: Attempt;
    try {
      attempt = await fetchRest(source, part, shared);
      if (attempt.kind !== 'again') return attempt;
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled' };
      const known = await knownProblem(error, source, part, freeSpace);
      if (known) return { kind: 'failed', problem: known };
      attempt = { kind: 'again', problem: await networkLost(url, part, error) };
    }
    failures = (await bytesOf(part)) > before ? 0 : failures + 1;
    const delay = failures === 0 ? 0 : retryDelaysMs[failures - 1];
    if (delay === undefined) {
      return { kind: 'failed', problem: attempt.problem ?? (await networkLost(url, part, t('cut off'))) };
    }
    await pause(attempt.waitMs ?? delay, signal);
    if (signal.aborted) return { kind: 'cancelled' };
  }
}

async function fetchRest(source: DownloadSource, part: string, shared: Shared): Promise<Attempt> {
  const { size } = source;
  let from = await bytesOf(part);
  if (from === size) return { kind: 'complete' };
  // More than the whole file cannot be its beginning.
  if (from > size) from = 0;
  const headers: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
  const { answer, fromOrigin, problem: other } = await source.request(headers);
  const { statusCode, body } = answer;
  if (other) {
    body.discard();
    return { kind: 'failed', problem: other };
  }
  if (statusCode === 416) {
    body.discard();
    await (await open(part, 'w')).close();
    return { kind: 'again' };
  }
  if (statusCode !== 200 && statusCode !== 206) {
    body.discard();
    return refused(source, fromOrigin, answer);
  }
  const etag = String(answer.headers.etag ?? '');
  const isOther = statusCode === 206 && shared.etag !== '' && etag !== shared.etag;
  shared.etag = etag;
  // Once only: two servers that number one file differently would never let it end, and the hash has the last word.
  if (isOther && !shared.startedOver) {
    body.discard();
    shared.startedOver = true;
    await truncate(part, 0);
    return { kind: 'again' };
  }
  // A server that knows no ranges sends it all from the start.
  const start = statusCode === 206 ? (rangeStart(answer.headers['content-range']) ?? from) : 0;
  if (start > from) {
    body.discard();
    throw new Error(t('the server answered with bytes from {start}, not from {from}', { start, from }));
  }
  const handle = await open(part, start === 0 ? 'w' : 'r+', 0o600);
  try {
    // Only where there is something to cut off: ext4 writes a file that was ever cut to nothing to the disk when it is
    // closed, a third of the time of a fast download.
    if (start > 0 && start < from) await handle.truncate(start);
    await receive(handle, body, start, size, shared.meter);
  } finally {
    await handle.close();
  }
  return { kind: (await bytesOf(part)) >= size ? 'complete' : 'again' };
}

async function receive(
  handle: FileHandle,
  body: Body,
  start: number,
  size: number,
  meter: ReturnType<typeof createByteMeter>,
): Promise<void> {
  const writer = createBatchWriter(handle, start);
  let at = start;
  meter.begin(at);
  const filled = writer.filled;
  writer.filled = (count) => {
    at += count;
    meter.note(at);
    return filled(count);
  };
  try {
    // One byte more than there should be tells a page or another file; more would only fill the disk.
    await body.receive(writer, size - start + 1);
  } finally {
    // What arrived before the connection broke is kept.
    await writer.end();
  }
}

function refused(source: DownloadSource, fromOrigin: boolean, answer: Answer): Attempt {
  const { url, what } = source;
  const { statusCode: status, headers } = answer;
  const waitMs = retryAfterMs(headers['retry-after']);
  if (status === 429 || status === 503) {
    return { kind: 'again', waitMs, problem: problem('serverBusy', { status, n: t('several') }, url.href) };
  }
  const refusal = problem('serverRefused', { url: url.origin, status, reason: t('{what} was not sent', { what }) });
  // A signed address of the storage that has expired: the origin gives a new one.
  if (!fromOrigin || status >= 500) return { kind: 'again', waitMs, problem: refusal };
  return { kind: 'failed', problem: source.refusal?.(answer) ?? refusal };
}

function rangeStart(header: string | string[] | undefined): number | null {
  const found = /^bytes (\d+)-/.exec(String(header ?? ''));
  return found?.[1] === undefined ? null : Number(found[1]);
}

async function knownProblem(
  error: unknown,
  { url, size }: DownloadSource,
  part: string,
  freeSpace: (folder: string) => Promise<number>,
): Promise<ProblemReport | null> {
  const disk = diskProblem(error, dirname(part));
  if (disk === 'full') {
    return noSpace(size - (await bytesOf(part)), await freeSpace(dirname(part)), dirname(part));
  }
  return disk ?? certificateProblem(error, url.host);
}

async function networkLost(url: URL, part: string, error: unknown): Promise<ProblemReport> {
  return problem('networkLost', { host: url.host, done: sizeText(await bytesOf(part)) }, String(error ?? ''));
}

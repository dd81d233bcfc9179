import type { Dispatcher } from 'undici';
import * as z from 'zod';
import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { requestWithClient } from './clientRequest.ts';
import { pause } from './fileLock.ts';
import { type Ask, retryAfterMs, silenceMs } from './followRedirects.ts';
import { hubAddress, hubFileUrl, requestHub } from './hubRequest.ts';
import { certificateProblem, refusalProblem } from './networkProblem.ts';

/** A file as the hub's listing has it. */
export interface HubFile {
  /** Path in the repository, with `/`. */
  path: string;
  /** Bytes. */
  size: number;
  /** Hex. Files that are kept in git itself have none. */
  sha256: string | null;
}

export type HubTree =
  | { kind: 'listed'; repo: string; commit: string; licence: string; files: HubFile[] }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

interface Options {
  dispatcher: Dispatcher;
  signal: AbortSignal;
  /** Branch, tag or commit. */
  revision?: string;
  /** Between attempts; replaced in tests. */
  retryDelaysMs?: readonly number[];
}

const Repository = z.object({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  cardData: z
    .object({ license: z.string().optional(), license_name: z.string().optional() })
    .nullish()
    .catch(undefined),
});

const Entries = z.array(
  z.object({
    type: z.string(),
    path: z.string(),
    size: z.number().nonnegative().catch(0),
    lfs: z
      .object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.number().nonnegative() })
      .nullish()
      .catch(undefined),
  }),
);

/** A repository with more pages (1000 files each) holds no model. */
const mostPages = 20;
const mostBytes = 32e6;

/**
 * Lists the files of a repository at one commit: the commit that the revision is at is asked for first, so that names,
 * sizes and hashes belong together however long the download takes.
 */
export async function listHubFiles(repo: string, options: Options): Promise<HubTree> {
  const { revision = 'main' } = options;
  const api = `${hubAddress()}/api/models/${repo}`;
  const about = await getJson(new URL(`${api}/revision/${encodeURIComponent(revision)}`), repo, Repository, options);
  if (about.kind !== 'read') return about;
  const { sha: commit, cardData } = about.value;
  const files: HubFile[] = [];
  let page: URL | null = new URL(`${api}/tree/${commit}?recursive=true`);
  for (let count = 0; page && count < mostPages; count++) {
    const read: Read<z.infer<typeof Entries>> = await getJson(page, repo, Entries, options);
    if (read.kind !== 'read') return read;
    for (const { type, path, size, lfs } of read.value) {
      if (type !== 'file' || !isSafePath(path)) continue;
      files.push({ path, size: lfs?.size ?? size, sha256: lfs?.oid ?? null });
    }
    page = nextPage(read.link, page);
  }
  const licence = cardData?.license === 'other' ? cardData.license_name : cardData?.license;
  return { kind: 'listed', repo, commit, licence: licence ?? '', files };
}

/** A small JSON file of a repository. */
export function readHubJson<T>(repo: string, file: string, schema: z.ZodType<T>, options: Options): Promise<Read<T>> {
  return getJson(hubFileUrl(repo, options.revision ?? 'main', file), repo, schema, options);
}

type Read<T> =
  | { kind: 'read'; value: T; link: string }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

async function getJson<T>(url: URL, repo: string, schema: z.ZodType<T>, options: Options): Promise<Read<T>> {
  const { signal, retryDelaysMs = [1000, 3000] } = options;
  for (let attempt = 0; ; attempt++) {
    let status = 0;
    let wait: number | null = null;
    let lost: unknown;
    try {
      const ask: Ask<Awaited<ReturnType<typeof requestWithClient>>> = (target, headers) =>
        requestWithClient(target, { ...options, headers, silenceMs });
      const { answer } = await requestHub(url, { accept: 'application/json' }, ask);
      const { headers, stream, body } = answer;
      status = answer.statusCode;
      if (status === 200) return parsed(await text(stream), schema, url, String(headers.link ?? ''));
      body.discard();
      const refused = refusalProblem(status, headers['x-error-code'], repo);
      if (refused) return { kind: 'failed', problem: refused };
      if (status === 404) return { kind: 'failed', problem: problem('hubNotFound', { what: repo }, url.href) };
      if (status !== 429 && status < 500) return { kind: 'failed', problem: otherAnswer(url, status, repo) };
      wait = retryAfterMs(headers['retry-after']);
    } catch (error) {
      if (signal.aborted) return { kind: 'cancelled' };
      const certificate = certificateProblem(error, url.host);
      if (certificate) return { kind: 'failed', problem: certificate };
      lost = error;
    }
    const delay = retryDelaysMs[attempt];
    if (delay === undefined) {
      const given = status
        ? problem('serverBusy', { status, n: attempt + 1 }, url.href)
        : problem('networkLost', { host: url.host, done: '0 bytes' }, String(lost));
      return { kind: 'failed', problem: given };
    }
    await pause(wait ?? delay, signal);
    if (signal.aborted) return { kind: 'cancelled' };
  }
}

async function text(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes) return '';
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed<T>(body: string, schema: z.ZodType<T>, url: URL, link: string): Read<T> {
  try {
    return { kind: 'read', value: schema.parse(JSON.parse(body)), link };
  } catch {
    // A portal's login page, or a mirror that has no API.
    const reason = t('its answer is not the hub’s');
    return { kind: 'failed', problem: problem('serverRefused', { url: url.origin, status: 200, reason }, url.href) };
  }
}

const otherAnswer = (url: URL, status: number, repo: string) =>
  problem('serverRefused', { url: url.origin, status, reason: t('{repo} was not listed', { repo }) }, url.href);

/** Paths become names on this disk: none may lead out of its folder or mean a device on Windows. */
function isSafePath(path: string): boolean {
  return path
    .split('/')
    .every((name) => /^[^\\:*?"<>|\p{Cc}]+$/u.test(name) && !/^\.{1,2}$|[. ]$|^(con|nul|aux|prn)(\.|$)/i.test(name));
}

/** The next page that a `Link` header names, on the same origin only. */
function nextPage(link: string, page: URL): URL | null {
  const found = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link)?.[1];
  if (found === undefined || !URL.canParse(found, page.href)) return null;
  const next = new URL(found, page);
  return next.origin === page.origin ? next : null;
}

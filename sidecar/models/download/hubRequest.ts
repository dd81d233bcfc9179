import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from './directRequest.ts';

/** A connection that is silent for so long is lost. */
export const silenceMs = 30_000;
const redirects = 5;
/** The longest a hub may ask us to wait before the next request. */
const longestWaitMs = 120_000;

/** Where the hub is: `HF_ENDPOINT` names another one (a mirror). Without a slash at the end. */
export const hubAddress = (): string => (process.env.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, '');

/** Address of a file in a repository; `revision` is a commit or a branch. */
export function hubFileUrl(repo: string, revision: string, file: string): URL {
  const path = file.split('/').map(encodeURIComponent).join('/');
  return new URL(`${hubAddress()}/${repo}/resolve/${encodeURIComponent(revision)}/${path}`);
}

/** The person's access token: `HF_TOKEN`, or what `hf auth login` has stored. */
export function hubToken(): string | undefined {
  const given = process.env.HF_TOKEN?.trim();
  if (given) return given;
  try {
    return readFileSync(process.env.HF_TOKEN_PATH || join(huggingFaceHome(), 'token'), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Where Hugging Face's own programs keep token and cache. */
export function huggingFaceHome(): string {
  const { HF_HOME, XDG_CACHE_HOME } = process.env;
  return HF_HOME || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface');
}

export interface HubAnswer<T> {
  answer: T;
  /** Whether the hub itself answered, not the storage that it sends on to. */
  fromHub: boolean;
  /** SHA-256 that the hub names for the file when it sends on (`X-Linked-Etag`). */
  linkedSha256: string | null;
}

/** One GET without redirects: with the general client or directly. */
export type Ask<T extends Answer> = (url: URL, headers: Record<string, string>) => Promise<T>;

/**
 * GET of the hub, following redirects. The token goes to the hub's own origin and to no other. Signed addresses of the
 * storage expire, so each request starts at the hub.
 */
export async function requestHub<T extends Answer>(
  url: URL,
  headers: Record<string, string>,
  ask: Ask<T>,
): Promise<HubAnswer<T>> {
  const token = hubToken();
  let target = url;
  let linkedSha256: string | null = null;
  for (let left = redirects; ; left--) {
    const fromHub = target.origin === url.origin;
    const answer = await ask(target, {
      'user-agent': 'devstral-vscode',
      'accept-encoding': 'identity',
      ...headers,
      ...(token && fromHub ? { authorization: `Bearer ${token}` } : {}),
    });
    if (fromHub) linkedSha256 ??= sha256Of(answer.headers['x-linked-etag']);
    const { location } = answer.headers;
    const { statusCode } = answer;
    if (statusCode < 300 || statusCode > 399 || typeof location !== 'string' || left === 0) {
      return { answer, fromHub, linkedSha256 };
    }
    answer.body.discard();
    target = new URL(location, target);
    if (!/^https?:$/.test(target.protocol)) throw new Error(`the hub sends on to ${target.protocol}`);
  }
}

/** How long the hub asks to wait, in milliseconds; null if it does not say. Seconds or a date. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | null {
  const value = String(header ?? '').trim();
  if (value === '') return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(longestWaitMs, Math.max(0, ms));
}

function sha256Of(etag: string | string[] | undefined): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(String(etag ?? ''))?.[1] ?? null;
}

import type { Answer } from './directRequest.ts';

/** A connection that is silent for so long is lost. */
export const silenceMs = 30_000;
const redirects = 5;
/** The longest a server may ask us to wait before the next request. */
const longestWaitMs = 120_000;

/** One GET without redirects: with the general client or directly. */
export type Ask<T extends Answer> = (url: URL, headers: Record<string, string>) => Promise<T>;

/**
 * GET following redirects. `ownHeaders` (a token) go to the first address's origin and to no other. Signed addresses of a
 * storage expire, so each request starts at the origin.
 */
export async function followRedirects<T extends Answer>(
  url: URL,
  headers: Record<string, string>,
  ownHeaders: Record<string, string>,
  ask: Ask<T>,
): Promise<{ answer: T; fromOrigin: boolean }> {
  let target = url;
  for (let left = redirects; ; left--) {
    const fromOrigin = target.origin === url.origin;
    const answer = await ask(target, {
      'user-agent': 'devstral-vscode',
      'accept-encoding': 'identity',
      ...headers,
      ...(fromOrigin ? ownHeaders : {}),
    });
    const { location } = answer.headers;
    const { statusCode } = answer;
    if (statusCode < 300 || statusCode > 399 || typeof location !== 'string' || left === 0) {
      return { answer, fromOrigin };
    }
    answer.body.discard();
    target = new URL(location, target);
    if (!/^https?:$/.test(target.protocol)) throw new Error(`${url.host} sends on to ${target.protocol}`);
  }
}

/** How long a server asks to wait, in milliseconds; null if it does not say. Seconds or a date. */
export function retryAfterMs(header: string | string[] | undefined, now = Date.now()): number | null {
  const value = String(header ?? '').trim();
  if (value === '') return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? null : Math.min(longestWaitMs, Math.max(0, ms));
}

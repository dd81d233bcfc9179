import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Answer } from './directRequest.ts';
import { type Ask, followRedirects } from './followRedirects.ts';

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

/** GET of the hub, following redirects. The token goes to the hub's own origin and to no other. */
export async function requestHub<T extends Answer>(
  url: URL,
  headers: Record<string, string>,
  ask: Ask<T>,
): Promise<HubAnswer<T>> {
  const token = hubToken();
  const own = token ? { authorization: `Bearer ${token}` } : {};
  let linkedSha256: string | null = null;
  const { answer, fromOrigin } = await followRedirects(url, headers, own, async (target, all) => {
    const found = await ask(target, all);
    if (target.origin === url.origin) linkedSha256 ??= sha256Of(found.headers['x-linked-etag']);
    return found;
  });
  return { answer, fromHub: fromOrigin, linkedSha256 };
}

function sha256Of(etag: string | string[] | undefined): string | null {
  return /^(?:W\/)?"?([0-9a-f]{64})"?$/.exec(String(etag ?? ''))?.[1] ?? null;
}

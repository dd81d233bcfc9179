import { isLoopback } from '../../http.ts';

export interface ServerUrl {
  /** Scheme, host and port: what a key belongs to. */
  origin: string;
  /** Where `/chat/completions` hangs; no slash at the end. */
  api: string;
  /** The same without `/v1`: `/props`, `/tokenize`, `/api/ps` hang there. */
  root: string;
  /** For people: without credentials and query. */
  shown: string;
  loopback: boolean;
}

/**
 * Reads a server's address as people write it: with or without scheme, `/v1`, path prefix, slashes at the end or the
 * whole path of the completions. Null if it is none.
 */
export function parseServerUrl(text: string): ServerUrl | null {
  let url: URL;
  try {
    const trimmed = text.trim();
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  } catch {
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null;
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/(chat\/)?completions$/, '')
    .replace(/\/+$/, '');
  const versioned = /\/v\d+$/.test(path);
  const root = url.origin + (versioned ? path.replace(/\/v\d+$/, '') : path);
  return {
    origin: url.origin,
    api: versioned ? url.origin + path : `${root}/v1`,
    root,
    shown: url.origin + path,
    loopback: isLoopback(url.hostname),
  };
}

import * as dns from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { createDispatcher, hasNoProxy, type ProxySettings, trustOptions } from '../models/http.ts';

export interface FetchDeps {
  proxy: ProxySettings;
  /** Also addresses of this computer and of private networks. */
  allowPrivate: boolean;
}

export type FetchText =
  /** `url` is where redirects led; `whole` false: there was more than is read. */
  | { kind: 'text'; url: string; status: number; mime: string; text: string; whole: boolean }
  | { kind: 'refused'; reason: string };

const mostBytes = 2 * 2 ** 20;
const longestMs = 30_000;
const mostRedirects = 5;
const textual = /^(?:text\/|application\/(?:(?:.+\+)?(?:json|xml)|javascript|x-yaml|yaml|toml|xhtml\+xml)$)/;

/** What is not the public internet (IANA special-purpose registries of IPv4 and IPv6 addresses). */
const privateAddresses = new BlockList();
const ranges4 =
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/3';
const ranges6 =
  '::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8';
for (const [ranges, family] of [
  [ranges4, 'ipv4'],
  [ranges6, 'ipv6'],
] as const) {
  for (const range of ranges.split(' ')) {
    const [net = '', bits] = range.split('/');
    privateAddresses.addSubnet(net, Number(bits), family);
  }
}

/** Whether an IP address is one of this computer or of a private network. IPv4 in IPv6 counts as IPv4. */
export const isPrivate = (address: string): boolean =>
  privateAddresses.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Connections that reach private networks only if they may. Behind a proxy it is the proxy that decides. */
export function createFetchDispatcher({ proxy, allowPrivate }: FetchDeps): Dispatcher {
  if (allowPrivate || !hasNoProxy(proxy)) return createDispatcher({ proxy });
  return new Agent({ connect: { timeout: 15_000, lookup: publicLookup, ...trustOptions(proxy) } });
}

/** The look-up of the connection itself: a name that leads elsewhere the second time is caught too. */
const publicLookup: LookupFunction = (host, options, callback) =>
  dns.lookup(host, { ...options, all: true }, (error, found) => {
    const hidden = found?.find(({ address }) => isPrivate(address));
    if (error ?? hidden) callback(error ?? Object.assign(new Error(host), { code: 'PRIVATE' }), '', 0);
    else if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? '', found[0]?.family);
  });

/** Reads a text from the web: at most 2 MB, 30 s, and redirects within the same host only. */
export async function fetchText(
  url: string,
  { dispatcher, allowPrivate, signal }: { dispatcher: Dispatcher; allowPrivate: boolean; signal: AbortSignal },
): Promise<FetchText> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(longestMs)]);
  if (!URL.canParse(url)) return refused(`${url} is no address.`);
  let at = new URL(url);
  try {
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const reason = await whyNot(at, allowPrivate);
      if (reason !== null) return refused(reason);
      const answer = await request(at, {
        dispatcher,
        signal: limit,
        headers: { accept: 'text/html, text/*, application/json', 'user-agent': 'devstral-for-vscode' },
      });
      const { location } = answer.headers;
      if (answer.statusCode >= 300 && answer.statusCode < 400 && typeof location === 'string') {
        await answer.body.dump();
        const next = new URL(location, at);
        const upgraded = next.protocol === 'https:' && next.hostname === at.hostname && next.port === '';
        if (next.host !== at.host && !upgraded)
          return refused(`It redirects to another host: fetch ${next.href} if it is wanted.`);
        at = next;
        continue;
      }
      return await textOf(at, answer);
    }
    return refused(`${url} redirects in circles.`);
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return refused(`${at.host} did not answer within ${longestMs / 1000} s.`);
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return refused(`${at.host} cannot be reached${code}.`);
  }
}

const refused = (reason: string): FetchText => ({ kind: 'refused', reason });

/** Why an address is not asked; null if it is. */
async function whyNot(at: URL, allowPrivate: boolean): Promise<string | null> {
  if (at.protocol !== 'https:' && at.protocol !== 'http:') return 'Only http and https addresses can be fetched.';
  if (at.username !== '' || at.password !== '') return 'An address with a user or a password is not fetched.';
  if (allowPrivate) return null;
  const host = at.hostname.replace(/^\[|\]$/g, '');
  // Behind a proxy a name may be known to the proxy only.
  const addresses = isIP(host)
    ? [host]
    : (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address);
  return addresses.some(isPrivate) ? `${at.host} is in a private network, which is not fetched.` : null;
}

async function textOf(at: URL, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<FetchText> {
  const type = String(headers['content-type'] ?? 'text/plain');
  const mime = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!textual.test(mime)) {
    // An answer that is not read to its end is an error of the stream, and meant.
    body.on('error', () => undefined).destroy();
    return refused(`${at.href} is no text (${mime}).`);
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body) {
    parts.push(part);
    size += part.length;
    if (size > mostBytes) break;
  }
  const bytes = Buffer.concat(parts).subarray(0, mostBytes);
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8';
  return {
    kind: 'text',
    url: at.href,
    status: statusCode,
    mime,
    text: decode(bytes, charset),
    whole: size <= mostBytes,
  };
}

function decode(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
}

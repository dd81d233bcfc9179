import * as tls from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent } from 'undici';

export interface ProxySettings {
  /** `http.proxy`; empty: the environment's. */
  url: string;
  /** `http.noProxy`; empty: the environment's. */
  noProxy: string[];
  /** `http.proxyStrictSSL`. */
  strictTls: boolean;
}

/** What `undici` requests go through: the proxy of the settings or the environment, never for this computer itself. */
export function createDispatcher(options: { proxy: ProxySettings; connectTimeoutMs?: number }): Dispatcher {
  const { proxy, connectTimeoutMs = 15_000 } = options;
  const trust = trustOptions(proxy);
  const url = proxy.url === '' || proxy.url.includes('://') ? proxy.url : `http://${proxy.url}`;
  return new EnvHttpProxyAgent({
    connect: { timeout: connectTimeoutMs, ...trust },
    requestTls: trust,
    proxyTls: trust,
    ...(url === '' ? {} : { httpProxy: url, httpsProxy: url }),
    noProxy: withLoopback(proxy.noProxy),
    // A model may read a prompt for minutes before its first token: whoever sends the request watches for a stall.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Which certificates a TLS connection trusts. */
export const trustOptions = (proxy: ProxySettings): { rejectUnauthorized: boolean; ca?: string[] } => ({
  rejectUnauthorized: proxy.strictTls,
  ...systemCertificates(),
});

/** Whether no proxy is set at all, so that every host is reached directly. */
export function hasNoProxy({ url }: ProxySettings): boolean {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY } = process.env;
  return [url, http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY].every((address) => !address);
}

/** The proxy that a request to this address goes through, without credentials; null: it goes directly. As undici decides. */
export function proxyFor(address: URL, { url, noProxy }: ProxySettings): string | null {
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY } = process.env;
  const plain = url || (http_proxy ?? HTTP_PROXY);
  const proxy = url || (address.protocol === 'https:' ? (https_proxy ?? HTTPS_PROXY ?? plain) : plain);
  if (!proxy) return null;
  const except = withLoopback(noProxy);
  const port = Number(address.port) || (address.protocol === 'https:' ? 443 : 80);
  const host = address.hostname.toLowerCase();
  const direct = except.split(/[,\s]+/).some((entry) => {
    const parts = /^(.+):(\d+)$/.exec(entry);
    const name = (parts?.[1] ?? entry).replace(/^\*?\./, '').toLowerCase();
    if (name === '' || (parts && Number(parts[2]) !== port)) return false;
    return host === name || host.endsWith(`.${name}`);
  });
  if (except === '*' || direct) return null;
  const parsed = proxy.includes('://') ? proxy : `http://${proxy}`;
  return URL.canParse(parsed) ? new URL(parsed).origin : proxy;
}

/** The proxy settings of a terminal: address and exceptions are read from the environment with each connection. */
export function loadEnvironmentProxy(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  return { url: '', noProxy: [], strictTls: env.NODE_TLS_REJECT_UNAUTHORIZED !== '0' };
}

function withLoopback(noProxy: readonly string[]): string {
  const given = noProxy.length > 0 ? noProxy : (process.env.no_proxy ?? process.env.NO_PROXY ?? '').split(/[,\s]+/);
  if (given.includes('*')) return '*';
  return [...given.filter((entry) => entry !== ''), 'localhost', '127.0.0.1', '[::1]'].join(',');
}

let certificates: string[] | undefined;

/** The system's certificates beside Node's own, where the runtime can read them; else `NODE_EXTRA_CA_CERTS` serves. */
function systemCertificates(): { ca?: string[] } {
  const read = (tls as { getCACertificates?: (kind: string) => string[] }).getCACertificates;
  if (!read) return {};
  certificates ??= [...read('default'), ...read('system')];
  return { ca: certificates };
}

/** Whether a host of a URL is this computer. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

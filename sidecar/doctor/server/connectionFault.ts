import { errorCode, tlsReason } from '../../models/backends/remote/errors.ts';
import { t } from '../../protocol/translate.ts';
import { type Findings, halt, type Visit } from './visit.ts';

/** What a connection that did not come about means, and what to do about it. */
export function connectionFault(error: unknown, visit: Pick<Visit, 'server' | 'proxy'>): Findings {
  const { server, proxy } = visit;
  const url = new URL(server.shown);
  const code = errorCode(error);
  const reason = tlsReason(code);
  if (reason !== undefined) return halt('tls', `${url.host}: ${reason}`, tlsFix(code, url, error));
  const refusal = /Proxy response \((\d+)\)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (proxy !== null && refusal !== undefined)
    return halt(
      'proxy',
      t('The proxy {proxy} answered {status} in place of {host}', { proxy, status: refusal, host: url.host }),
      refusal === '407' ? proxyKeyFix : noProxyFix(url),
    );
  if (proxy !== null)
    return halt(
      'proxy',
      t('{host} was asked for through the proxy {proxy}, and no answer came ({code})', { host: url.host, proxy, code }),
      noProxyFix(url),
    );
  if (code.startsWith('HPE_'))
    return halt(
      'reach',
      t('{host} answers, but not in HTTP ({code})', { host: url.host, code }),
      t('If the server speaks TLS, use https://{host}; else correct the port', { host: url.host }),
    );
  return halt('reach', t('{url} does not answer ({code})', { url: server.shown, code }), reachFix(code, url));
}

const proxyKeyFix = t(
  'Give the proxy its name and password: http://NAME:PASSWORD@HOST:PORT in http.proxy, or in HTTPS_PROXY and HTTP_PROXY in a terminal',
);

/** How a host is reached without the proxy. */
export const noProxyFix = (url: URL): string =>
  t("Add {host} to http.noProxy in the editor's settings, or to NO_PROXY in a terminal; or correct http.proxy", {
    host: url.hostname,
  });

function reachFix(code: string, url: URL): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return t('No address is known for {host}: correct the name, or use the address in numbers', {
      host: url.hostname,
    });
  if (code === 'ECONNREFUSED') return startHint(url);
  return t(
    'Check that the server runs, that it listens on 0.0.0.0 (--host 0.0.0.0) if it is another machine, and that no firewall closes port {port}',
    { port: portOf(url) },
  );
}

const portOf = (url: URL) => url.port || (url.protocol === 'https:' ? '443' : '80');

/** What usually listens on a port. */
function startHint(url: URL): string {
  const port = portOf(url);
  const commands: Record<string, string> = {
    '8080': 'llama-server -m FILE --jinja --port 8080',
    '9931': 'llama-server -m FILE --jinja --port 9931',
    '11434': 'ollama serve',
    '8000': 'vllm serve MODEL --port 8000',
    '30000': 'python -m sglang.launch_server --model-path MODEL --port 30000',
  };
  if (port === '1234')
    return t(
      'Nothing listens there: start the server of LM Studio (Developer, Start Server, or lms server start), or correct the address',
    );
  const command = commands[port];
  return command === undefined
    ? t('Nothing listens there: start the server, or correct the address')
    : t('Nothing listens there: start {command}, or correct the address', { command });
}

const unknownIssuer = t(
  "Add the certificate of the server or of its issuer to the system's store, or name its file (PEM) in NODE_EXTRA_CA_CERTS before the editor or the terminal starts; as a last resort set http.proxyStrictSSL to false (NODE_TLS_REJECT_UNAUTHORIZED=0 in a terminal)",
);

function tlsFix(code: string, url: URL, error: unknown): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return t("Renew the certificate of {host}; if it is not over yet, set this computer's clock ({date})", {
        host: url.host,
        date: new Date().toISOString().slice(0, 10),
      });
    case 'CERT_NOT_YET_VALID':
      return t('Set the clock of this computer ({date}) or of the one that made the certificate', {
        date: new Date().toISOString().slice(0, 10),
      });
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = certificateNames(error);
      const host = url.hostname;
      return names === ''
        ? t('Use a name that stands in the certificate, or make one for {host}', { host })
        : t('Use a name that stands in the certificate ({names}), or make one for {host}', { names, host });
    }
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return t('Use http://{host}', { host: url.host });
    default:
      return unknownIssuer;
  }
}

/** "DNS:a, IP Address:1.2.3.4" of the certificate that did not fit, as a person writes names. */
function certificateNames(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const cert = 'cert' in at ? at.cert : undefined;
    if (typeof cert === 'object' && cert !== null && 'subjectaltname' in cert)
      return String(cert.subjectaltname).replaceAll(/(DNS|IP Address):/g, '');
  }
  return '';
}

import { errorCode, tlsReason } from '../../models/backends/remote/errors.ts';
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
      `The proxy ${proxy} answered ${refusal} in place of ${url.host}`,
      refusal === '407' ? proxyKeyFix : noProxyFix(url),
    );
  if (proxy !== null)
    return halt(
      'proxy',
      `${url.host} was asked for through the proxy ${proxy}, and no answer came (${code})`,
      noProxyFix(url),
    );
  if (code.startsWith('HPE_'))
    return halt(
      'reach',
      `${url.host} answers, but not in HTTP (${code})`,
      `If the server speaks TLS, use https://${url.host}; else correct the port`,
    );
  return halt('reach', `${server.shown} does not answer (${code})`, reachFix(code, url));
}

const proxyKeyFix =
  'Give the proxy its name and password: http://NAME:PASSWORD@HOST:PORT in http.proxy, or in HTTPS_PROXY and HTTP_PROXY in a terminal';

/** How a host is reached without the proxy. */
export const noProxyFix = (url: URL): string =>
  `Add ${url.hostname} to http.noProxy in the editor's settings, or to NO_PROXY in a terminal; or correct http.proxy`;

function reachFix(code: string, url: URL): string {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `No address is known for ${url.hostname}: correct the name, or use the address in numbers`;
  if (code === 'ECONNREFUSED') return `Nothing listens there: ${startHint(url)}`;
  return `Check that the server runs, that it listens on 0.0.0.0 (--host 0.0.0.0) if it is another machine, and that no firewall closes port ${portOf(url)}`;
}

const portOf = (url: URL) => url.port || (url.protocol === 'https:' ? '443' : '80');

/** What usually listens on a port. */
function startHint(url: URL): string {
  const port = portOf(url);
  const commands: Record<string, string> = {
    '8080': 'start llama-server -m FILE --jinja --port 8080',
    '9931': 'start llama-server -m FILE --jinja --port 9931',
    '11434': 'start ollama serve',
    '1234': 'start the server of LM Studio (Developer, Start Server, or lms server start)',
    '8000': 'start vllm serve MODEL --port 8000',
    '30000': 'start python -m sglang.launch_server --model-path MODEL --port 30000',
  };
  return `${commands[port] ?? 'start the server'}, or correct the address`;
}

const unknownIssuer =
  "Add the certificate of the server or of its issuer to the system's store, or name its file (PEM) in NODE_EXTRA_CA_CERTS before the editor or the terminal starts; as a last resort set http.proxyStrictSSL to false (NODE_TLS_REJECT_UNAUTHORIZED=0 in a terminal)";

function tlsFix(code: string, url: URL, error: unknown): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
      return `Renew the certificate of ${url.host}; if it is not over yet, set this computer's clock (${new Date().toISOString().slice(0, 10)})`;
    case 'CERT_NOT_YET_VALID':
      return `Set the clock of this computer (${new Date().toISOString().slice(0, 10)}) or of the one that made the certificate`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const names = certificateNames(error);
      const use =
        names === ''
          ? 'Use a name that stands in the certificate'
          : `Use a name that stands in the certificate (${names})`;
      return `${use}, or make one for ${url.hostname}`;
    }
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return `Use http://${url.host}`;
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

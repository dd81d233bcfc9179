import type { Log } from '../../../log.ts';
import { problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { Backend } from '../../backend.ts';
import type { ProxySettings } from '../../http.ts';
import type { StreamTimes } from './chatStream.ts';
import { headerProblem } from './headers.ts';
import { refusingBackend } from './refusingBackend.ts';
import { serverBackend } from './serverBackend.ts';
import { parseServerUrl } from './serverUrl.ts';

export interface RemoteOptions {
  /** Short name for people. */
  name: string;
  /** With or without `/v1`, slashes at the end, a path prefix. */
  url: string;
  /** Left out: the first that the server lists. */
  model?: string;
  /** Sent with every request to this server's origin; never a key. */
  headers?: Readonly<Record<string, string>>;
  /** Tokens: the most to use of its context, or the context of a server that does not say its own. */
  contextSize?: number;
  /** Tokens: the most in one answer. */
  maxOutputTokens?: number;
  /** Only this computer may be reached. */
  offline: boolean;
  proxy: ProxySettings;
  /** The key for an origin (scheme, host, port); it is sent there and nowhere else. */
  getKey(origin: string): Promise<string | null>;
  log: Log;
  times?: Partial<StreamTimes>;
}

/** A server that speaks the OpenAI chat completions: vLLM, SGLang, llama-server, Ollama, transformers, Mistral. */
export function createRemoteBackend(options: RemoteOptions): Backend {
  const server = parseServerUrl(options.url);
  if (!server) return refusingBackend(options.name, badAddress(options.url));
  if (options.offline && !server.loopback) {
    const report = problem('offline', {
      action: t('{name} at {place}', { name: options.name, place: new URL(server.origin).host }),
    });
    return refusingBackend(options.name, report);
  }
  const refused = headerProblem(options.name, options.headers ?? {});
  if (refused) return refusingBackend(options.name, refused);
  return serverBackend(options, server);
}

const badAddress = (url: string) =>
  problem('serverUnreachable', { url: url.replace(/\/\/[^/@]*@/, '//').slice(0, 80), code: t('not an address') });

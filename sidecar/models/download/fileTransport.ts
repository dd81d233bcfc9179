import { createDispatcher, hasNoProxy, type ProxySettings, trustOptions } from '../http.ts';
import { requestWithClient } from './clientRequest.ts';
import { type Answer, requestDirect } from './directRequest.ts';
import { type Ask, silenceMs } from './followRedirects.ts';

/** How the bytes of a file are asked for: directly where no proxy is set, else with the general client. */
export function createFileTransport(
  proxy: ProxySettings,
  signal: AbortSignal,
): { ask: Ask<Answer>; close(): Promise<void> } {
  const dispatcher = createDispatcher({ proxy });
  const trust = hasNoProxy(proxy) ? trustOptions(proxy) : null;
  return {
    async ask(url, headers) {
      const direct = trust && (await requestDirect(url, { headers, signal, trust, silenceMs }));
      return direct ?? requestWithClient(url, { headers, signal, dispatcher, silenceMs });
    },
    // Not undici's `close`: it would wait for a connection that an abort has left half read.
    close: () => dispatcher.destroy(),
  };
}

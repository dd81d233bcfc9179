import type { CancellationToken, ProtocolConnection } from 'vscode-languageserver-protocol/node';
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import {
  hostApplyEdit,
  hostDiagnostics,
  hostNewDiagnostics,
  hostReadText,
  hostSymbols,
  secretGet,
} from '../protocol/host.ts';
import type { RequestMessage } from '../protocol/message.ts';
import type { Host } from './host.ts';

/** A token that is cancelled when the signal is aborted. */
export function tokenOf(signal: AbortSignal): CancellationToken {
  const source = new CancellationTokenSource();
  if (signal.aborted) source.cancel();
  else signal.addEventListener('abort', () => source.cancel(), { once: true });
  return source.token;
}

/** The editor at the other end of the connection. */
export function createEditorHost(connection: ProtocolConnection): Host {
  async function ask<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    params: z.infer<P>,
    signal?: AbortSignal,
  ): Promise<z.infer<R>> {
    // A token that is undefined would be sent as a second parameter.
    const token = signal ? [tokenOf(signal)] : [];
    const answer = await connection.sendRequest(message.method, params, ...token);
    return message.result.parse(answer);
  }
  return {
    readText: (uri, signal) => ask(hostReadText, { uri }, signal),
    applyEdit: (params) => ask(hostApplyEdit, params),
    newDiagnostics: async (params, signal) => (await ask(hostNewDiagnostics, params, signal)).added,
    languages: {
      diagnostics: async (params, signal) => (await ask(hostDiagnostics, params, signal)).files,
      symbols: async (params, signal) => (await ask(hostSymbols, params, signal)).places,
    },
    secret: async (origin) => (await ask(secretGet, { origin })).key,
  };
}

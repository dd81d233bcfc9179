import type { Log } from '../../../../log.ts';
import type { FoundServer } from '../../../../protocol/servers.ts';
import { createConnection } from '../connection.ts';
import { parseServerUrl } from '../serverUrl.ts';
import { kindNames } from './kindOfServer.ts';
import { probeServer } from './probeServer.ts';

/** Where servers listen if nobody says otherwise: llama-server (today and announced), Ollama, LM Studio, vLLM, SGLang. */
export const usualPorts: readonly number[] = [8080, 9931, 11434, 1234, 8000, 30000];

/** A server on this computer answers within this, or is not offered (ms). */
const askMs = 5000;

interface Deps {
  getKey(origin: string): Promise<string | null>;
  log: Log;
  /** A port is done. */
  onDone(done: number, total: number): void;
}

/** Looks at the usual ports of this computer, side by side. Sends GETs and Ollama's `/api/show`, never a completion. */
export async function findServers(deps: Deps, signal: AbortSignal): Promise<FoundServer[]> {
  let done = 0;
  const found = await Promise.all(
    usualPorts.map(async (port) => {
      const server = await lookAt(port, deps, signal);
      deps.onDone(++done, usualPorts.length);
      return server;
    }),
  );
  return found.filter((server) => server !== null);
}

async function lookAt(port: number, { getKey, log }: Deps, signal: AbortSignal): Promise<FoundServer | null> {
  const url = `http://localhost:${port}`;
  const server = parseServerUrl(url);
  if (!server) return null;
  const proxy = { url: '', noProxy: [], strictTls: true };
  const connection = createConnection({ server, headers: {}, proxy, connectTimeoutMs: 1000, getKey, log });
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(askMs)]);
    const probed = await probeServer(connection, server, undefined, limited);
    if (probed.ok) {
      const { kind, model, listed, contextSize } = probed.facts;
      // Anything may listen on 8080 or 8000: without a known kind, only a list of models makes it a model server.
      if (kind === 'other' && listed.length === 0) return null;
      return { url, name: kindNames[kind], model, models: listed, contextSize, needsKey: false };
    }
    const refused = probed.verdict.problem.code === 'serverKeyRefused';
    if (!refused || probed.kind === 'other') return null;
    return { url, name: kindNames[probed.kind], model: '', models: [], contextSize: null, needsKey: true };
  } finally {
    await connection.close();
  }
}

import type { Log } from '../log.ts';
import { chatBody } from '../models/backends/remote/chatRequest.ts';
import { createConnection, readText } from '../models/backends/remote/connection.ts';
import {
  learnFacts,
  type ServerFacts,
  type ServerKind,
  unlistedProblem,
} from '../models/backends/remote/serverFacts.ts';
import type { ServerUrl } from '../models/backends/remote/serverUrl.ts';
import type { ProxySettings } from '../models/http.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import { type Measured, measureRequest } from './measureRequest.ts';
import type { BenchRequest } from './workload.ts';

/** A server that answers, ready to be measured. */
export interface BenchTarget {
  facts: ServerFacts;
  measure(request: BenchRequest, signal: AbortSignal): Promise<Measured>;
  /** Opens so many connections by GETs: what is measured then is the server, not the way to it. */
  openConnections(count: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface TargetOptions {
  server: ServerUrl;
  /** Missing: the first that the server lists. */
  model: string | undefined;
  proxy: ProxySettings;
  getKey(origin: string): Promise<string | null>;
  log: Log;
  connectTimeoutMs: number;
  silenceMs: number;
}

/** Servers that can be told to go on when a model wants to end; from others an unknown field can be an error. */
const goOn = new Set<ServerKind>(['vllm', 'sglang', 'llamacpp']);

/** Asks the server what it is. `failed`: nothing can be measured there. */
export async function openTarget(
  options: TargetOptions,
  signal: AbortSignal,
): Promise<{ kind: 'ready'; target: BenchTarget } | { kind: 'failed'; problem: ProblemReport }> {
  const { server } = options;
  const connection = createConnection({ ...options, headers: {} });
  const asked = AbortSignal.any([signal, AbortSignal.timeout(options.connectTimeoutMs)]);
  const learned = await learnFacts(connection, server, options.model, asked);
  const fail = async (problem: ProblemReport) => {
    await connection.close();
    return { kind: 'failed', problem } as const;
  };
  if (!learned.ok) return fail(learned.verdict.problem);
  const { facts } = learned;
  const unlisted = unlistedProblem(facts, server);
  if (unlisted) return fail(unlisted);
  const context = { url: server.shown, model: facts.model, contextSize: facts.contextSize };

  function bodyOf({ messages, tools, maxTokens, allTokens }: BenchRequest): Record<string, unknown> {
    const sampling = { temperature: 0, maxTokens };
    return {
      ...chatBody({ messages: [], tools: [], sampling }, facts, maxTokens),
      messages,
      ...(tools.length > 0 ? { tools } : {}),
      ...(allTokens && goOn.has(facts.kind) ? { ignore_eos: true } : {}),
    };
  }

  const target: BenchTarget = {
    facts,
    measure: (request, requestSignal) => {
      const { silenceMs } = options;
      const url = `${server.api}/chat/completions`;
      return measureRequest({ connection, url, body: bodyOf(request), context, silenceMs }, requestSignal);
    },
    async openConnections(count, openSignal) {
      const once = async () => {
        const sent = await connection.send('GET', `${server.api}/models`, undefined, openSignal);
        // One that fails here fails, and is told, when it is measured.
        if (sent.kind === 'reply') await readText(sent.reply, 8_000_000).catch(() => undefined);
      };
      await Promise.all(Array.from({ length: count }, once));
    },
    close: connection.close,
  };
  return { kind: 'ready', target };
}

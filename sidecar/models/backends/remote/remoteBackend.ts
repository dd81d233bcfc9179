import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../../log.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import type { Backend, Capabilities, Message, ModelEvent, StreamRequest, Tool } from '../../backend.ts';
import type { ProxySettings } from '../../http.ts';
import { chatBody } from './chatRequest.ts';
import { defaultTimes, type StreamTimes, streamChat } from './chatStream.ts';
import { type Connection, createConnection } from './connection.ts';
import { countsExactly, serverTokens, tokensAtMost } from './countTokens.ts';
import {
  askContext,
  type Learned,
  learnFacts,
  type ServerFacts,
  unknownFacts,
  unlistedProblem,
} from './serverFacts.ts';
import { parseServerUrl, type ServerUrl } from './serverUrl.ts';

export interface RemoteOptions {
  /** Short name for people. */
  name: string;
  /** With or without `/v1`, slashes at the end, a path prefix. */
  url: string;
  /** Left out: the first that the server lists. */
  model?: string;
  /** Tokens, for servers that do not say theirs. */
  contextSize?: number;
  /** Only this computer may be reached. */
  offline: boolean;
  proxy: ProxySettings;
  /** The key for an origin (scheme, host, port); it is sent there and nowhere else. */
  getKey(origin: string): Promise<string | null>;
  log: Log;
  times?: Partial<StreamTimes>;
}

/** Waits for small answers: the list of models, a token count (ms). */
const askMs = 20_000;

/** A server that speaks the OpenAI chat completions: vLLM, SGLang, llama-server, Ollama, transformers, Mistral. */
export function createRemoteBackend(options: RemoteOptions): Backend {
  const server = parseServerUrl(options.url);
  if (!server) return refusingBackend(options.name, badAddress(options.url));
  if (options.offline && !server.loopback) {
    const report = problem('offline', { action: `${options.name} at ${new URL(server.origin).host}` });
    return refusingBackend(options.name, report);
  }
  return openBackend(options, server);
}

const badAddress = (url: string) =>
  problem('serverUnreachable', { url: url.replace(/\/\/[^/@]*@/, '//').slice(0, 80), code: 'not an address' });

function openBackend(options: RemoteOptions, server: ServerUrl): Backend {
  const { name, log } = options;
  const times: StreamTimes = { ...defaultTimes, ...options.times };
  const connection: Connection = createConnection({
    server,
    proxy: options.proxy,
    connectTimeoutMs: times.connectMs,
    getKey: options.getKey,
    log,
  });
  const disposal = new AbortController();
  let known: ServerFacts | undefined;
  let decodeRate: number | null = null;

  const within = (signal: AbortSignal) => AbortSignal.any([signal, disposal.signal]);
  const askWithin = (signal: AbortSignal) => AbortSignal.any([within(signal), AbortSignal.timeout(askMs)]);

  async function learn(signal: AbortSignal): Promise<Learned> {
    if (known) return { ok: true, facts: known };
    const learned = await learnFacts(connection, server, options.model, askWithin(signal));
    if (learned.ok) known = learned.facts;
    return learned;
  }

  /** The context in force. Ollama tells it only once the model is loaded, so that it is asked again until then. */
  async function contextOf(facts: ServerFacts, signal: AbortSignal): Promise<number | null> {
    if (facts.contextSize === null) facts.contextSize = await askContext(connection, server, facts, askWithin(signal));
    return facts.contextSize;
  }

  function limit(contextSize: number | null): number | null {
    if (options.contextSize === undefined) return contextSize;
    return contextSize === null ? options.contextSize : Math.min(contextSize, options.contextSize);
  }

  async function count(facts: ServerFacts, messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal) {
    const conversation = { messages, tools };
    return serverTokens(connection, server, facts, conversation, askWithin(signal));
  }

  /** Most tokens that the answer can have. Where nobody counts, a rough guess: the server has the last word. */
  async function room(facts: ServerFacts, request: StreamRequest, signal: AbortSignal): Promise<number | null> {
    const contextSize = limit(facts.contextSize);
    if (
      contextSize === null ||
      request.sampling.maxTokens * 2 < contextSize - tokensAtMost(request.messages, request.tools)
    )
      return null;
    const exact = await count(facts, request.messages, request.tools, signal);
    const used = exact ?? Math.ceil(tokensAtMost(request.messages, request.tools) / 3);
    return Math.max(1, contextSize - used);
  }

  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const either = within(signal);
    const learned = await learn(either);
    if (either.aborted) {
      yield { type: 'finish', reason: 'cancelled' };
      return;
    }
    // A server that cannot be reached is said at once; one that only hides its list may still answer.
    if (!learned.ok && atOnce.has(learned.verdict.problem.code)) {
      yield { type: 'error', problem: learned.verdict.problem };
      return;
    }
    const facts = learned.ok ? learned.facts : unknownFacts(options.model ?? '');
    const most = await room(facts, request, either);
    const call = {
      connection,
      url: `${server.api}/chat/completions`,
      body: chatBody(request, facts, most),
      toolNames: request.tools.map((tool) => tool.name),
      context: { url: server.shown, model: facts.model, contextSize: facts.contextSize },
      times,
      name,
      async wasCut(promptTokens: number) {
        // Others refuse what does not fit; Ollama drops the front of it and answers.
        if (facts.kind !== 'ollama') return false;
        const contextSize = await contextOf(facts, either);
        return contextSize !== null && promptTokens >= contextSize;
      },
    };
    for await (const event of streamChat(call, either)) {
      if (event.type === 'usage' && event.tokensPerSecond > 0) decodeRate = event.tokensPerSecond;
      if (event.type === 'error') {
        // The server may come back as another one.
        known = undefined;
        log.warn(
          `${name}: ${event.problem.title} (${connection.scrub(event.problem.details ?? event.problem.sentence)})`,
        );
      }
      yield event;
    }
  }

  return {
    name,
    kind: 'server',
    stream,
    async *prepare(signal) {
      const startedAt = Date.now();
      let learned = await learn(within(signal));
      while (!learned.ok && learned.verdict.retry?.loading && Date.now() - startedAt < times.stallMs) {
        yield { type: 'loading', name, fraction: 0 };
        await sleep(times.retryMs, undefined, { signal: within(signal) }).catch(() => undefined);
        learned = await learn(within(signal));
      }
      const report = learned.ok ? unlistedProblem(learned.facts, server) : learned.verdict.problem;
      if (signal.aborted) yield { type: 'finish', reason: 'cancelled' };
      else if (report) {
        known = undefined;
        yield { type: 'error', problem: report };
      } else yield { type: 'finish', reason: 'stop' };
    },
    async capabilities(signal): Promise<Capabilities> {
      const learned = await learn(within(signal));
      const facts = learned.ok ? learned.facts : unknownFacts('');
      return {
        contextSize: limit(await contextOf(facts, signal)),
        tools: true,
        images: false,
        exactTokenCounts: countsExactly(facts),
        decodeRate,
        prefillRate: null,
      };
    },
    async countTokens(messages, tools, signal) {
      const learned = await learn(within(signal));
      const exact = learned.ok ? await count(learned.facts, messages, tools, within(signal)) : null;
      return exact ?? tokensAtMost(messages, tools);
    },
    async dispose() {
      disposal.abort();
      await connection.close();
    },
  };
}

/** What a list of models that failed says for certain about the completion, too. */
const atOnce = new Set<string>(['serverUnreachable', 'tls', 'serverNotModel']);

/** A backend whose every answer is one problem, and which sends nothing. */
function refusingBackend(name: string, report: ProblemReport): Backend {
  async function* refuse(): AsyncIterable<ModelEvent> {
    yield { type: 'error', problem: report };
  }
  return {
    name,
    kind: 'server',
    prepare: refuse,
    stream: refuse,
    countTokens: async (messages, tools) => tokensAtMost(messages, tools),
    capabilities: async () => ({
      contextSize: null,
      tools: true,
      images: false,
      exactTokenCounts: false,
      decodeRate: null,
      prefillRate: null,
    }),
    dispose: async () => {},
  };
}

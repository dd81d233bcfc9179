import { setTimeout as sleep } from 'node:timers/promises';
import { usualRule } from '../../../protocol/imageTokens.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type {
  Backend,
  Capabilities,
  CompleteRequest,
  Message,
  ModelEvent,
  StreamRequest,
  Tool,
} from '../../backend.ts';
import { linkedCall, linkedPipe, linkedStream } from '../../linkSignals.ts';
import { visionOf } from '../../visionModels.ts';
import { defaultTimes, type StreamTimes, streamChat } from './chatStream.ts';
import { type Connection, createConnection } from './connection.ts';
import { countsExactly, serverTokens, textTokens } from './countTokens.ts';
import { likelyPromptTokens, likelyTokens } from './estimateTokens.ts';
import { fitPrompt } from './fitPrompt.ts';
import { middleRequest } from './middleRequest.ts';
import { createOllamaContext } from './ollamaContext.ts';
import { createPromptLedger } from './promptLedger.ts';
import { createAsk } from './recognise/ask.ts';
import { askImages } from './recognise/probeServer.ts';
import type { RemoteOptions } from './remoteBackend.ts';
import {
  askContext,
  type Learned,
  learnFacts,
  type ServerFacts,
  unknownFacts,
  unlistedProblem,
} from './serverFacts.ts';
import type { ServerUrl } from './serverUrl.ts';
import { traitsOf } from './traits.ts';
import { type WireRequest, wireRequest } from './wireRequest.ts';

type Tell = (event: ModelEvent) => void;

/** Tokens kept for an answer in the context that Ollama is asked for. */
const ollamaAnswer = 8192;

/** The backend of a server whose address and headers are sound. Nothing is asked before it is used. */
export function serverBackend(options: RemoteOptions, server: ServerUrl): Backend {
  const { name, log } = options;
  const times: StreamTimes = { ...defaultTimes, ...options.times };
  const connection: Connection = createConnection({
    server,
    headers: options.headers ?? {},
    proxy: options.proxy,
    connectTimeoutMs: times.connectMs,
    getKey: options.getKey,
    log,
  });
  const disposal = new AbortController();
  const ollama = createOllamaContext(connection, server, options.contextSize);
  const ledger = createPromptLedger();
  let known: ServerFacts | undefined;
  let decodeRate: number | null = null;

  const askWithin = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(times.askMs)]);

  async function learn(signal: AbortSignal): Promise<Learned> {
    if (known) return { ok: true, facts: known };
    const learned = await learnFacts(connection, server, options.model, askWithin(signal));
    if (learned.ok) known = learned.facts;
    return learned;
  }

  /** Tokens that a prompt and its answer can have together; null if nobody says. */
  async function contextOf(facts: ServerFacts, signal: AbortSignal): Promise<number | null> {
    if (traitsOf(facts.kind).api === 'ollama') return ollama.most(facts.model, askWithin(signal));
    if (facts.contextSize === null) facts.contextSize = await askContext(connection, server, facts, askWithin(signal));
    const { contextSize } = options;
    if (contextSize === undefined) return facts.contextSize;
    return facts.contextSize === null ? contextSize : Math.min(facts.contextSize, contextSize);
  }

  const count = (facts: ServerFacts, messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal) =>
    serverTokens(connection, server, facts, { messages, tools }, askWithin(signal));

  async function stream(given: StreamRequest, signal: AbortSignal, tell: Tell): Promise<void> {
    if (given.readOnly) return tell({ type: 'finish', reason: 'stop' });
    const learned = await learn(signal);
    if (signal.aborted) return tell({ type: 'finish', reason: 'cancelled' });
    // A server that cannot be reached is said at once; one that only hides its list may still answer.
    if (!learned.ok && atOnce.has(learned.verdict.problem.code)) {
      return tell({ type: 'error', problem: learned.verdict.problem });
    }
    const facts = learned.ok ? learned.facts : unknownFacts(options.model ?? '');
    const maxTokens = Math.min(given.sampling.maxTokens, options.maxOutputTokens ?? Number.POSITIVE_INFINITY);
    const request = { ...given, sampling: { ...given.sampling, maxTokens } };
    const contextSize = await contextOf(facts, signal);
    const first = isFirst(request) ? facts : undefined;
    const fit = await fitPrompt(
      request,
      contextSize,
      ledger,
      () => count(facts, request.messages, request.tools, signal),
      first,
    );
    if (signal.aborted) return tell({ type: 'finish', reason: 'cancelled' });
    if (fit.kind === 'full') return tell({ type: 'error', problem: fit.problem });
    await ask(request, facts, { ...fit, contextSize }, signal, tell);
  }

  /** Sends it; where Ollama's context turns out to be too small for it, once more with a larger one. */
  async function ask(
    request: StreamRequest,
    facts: ServerFacts,
    fit: { most: number; needed: number; contextSize: number | null },
    signal: AbortSignal,
    tell: Tell,
  ): Promise<void> {
    const traits = traitsOf(facts.kind);
    let needed = fit.needed + Math.min(fit.most, ollamaAnswer);
    for (;;) {
      const numCtx = traits.api === 'ollama' ? await ollama.sizeFor(needed, facts.model, askWithin(signal)) : null;
      const wire = (asked: StreamRequest): WireRequest => wireRequest(asked, facts, server, { most: fit.most, numCtx });
      const call = {
        connection,
        wire: wire(request),
        afterLoss: traits.losesCalls ? wire(warmer(request)) : null,
        toolNames: request.tools.map((tool) => tool.name),
        context: {
          url: server.shown,
          model: facts.model,
          contextSize: numCtx ?? fit.contextSize,
          first: isFirst(request) ? facts : undefined,
        },
        times,
        name,
      };
      let grow = false;
      let said = false;
      await streamChat(call, signal, (event) => {
        if (event.type === 'usage') {
          ledger.note(request.messages, request.tools, event.promptTokens);
          if (event.tokensPerSecond > 0) decodeRate = event.tokensPerSecond;
        }
        said ||= event.type === 'text' || event.type === 'reasoning' || event.type === 'toolCallBegin';
        grow =
          !said &&
          event.type === 'error' &&
          isTooLong(event.problem) &&
          numCtx !== null &&
          numCtx < (fit.contextSize ?? numCtx);
        if (grow) return;
        if (event.type === 'error') noteError(event.problem);
        tell(event);
      });
      if (!grow || numCtx === null) return;
      needed = numCtx + 1;
    }
  }

  /** What stands between two texts. The caller keeps them short: what does not fit is refused by the server. */
  async function complete(request: CompleteRequest, signal: AbortSignal, tell: Tell): Promise<void> {
    const { prefix, suffix, sampling } = request;
    const learned = await learn(signal);
    if (signal.aborted) return tell({ type: 'finish', reason: 'cancelled' });
    if (!learned.ok) return tell({ type: 'error', problem: learned.verdict.problem });
    const { facts } = learned;
    const most = Math.min(sampling.maxTokens, options.maxOutputTokens ?? Number.POSITIVE_INFINITY);
    const needed = likelyTokens(prefix) + likelyTokens(suffix) + most;
    const isOllama = traitsOf(facts.kind).api === 'ollama';
    const numCtx = isOllama ? await ollama.sizeFor(needed, facts.model, askWithin(signal)) : null;
    const askTokens = (text: string) => textTokens(connection, server, facts, text, askWithin(signal));
    const wire = await middleRequest(request, facts, server, { most, numCtx }, askTokens);
    if (signal.aborted) return tell({ type: 'finish', reason: 'cancelled' });
    if (!wire) {
      const model = facts.model || t('The model');
      return tell({ type: 'error', problem: problem('noCompletion', { model }, `${server.shown}: ${facts.kind}`) });
    }
    const context = { url: server.shown, model: facts.model, contextSize: numCtx ?? facts.contextSize };
    const call = { connection, wire, afterLoss: null, toolNames: null, context, times, name };
    await streamChat(call, signal, (event) => {
      if (event.type === 'error') noteError(event.problem);
      tell(event);
    });
  }

  function noteError(report: ProblemReport): void {
    // Else the server may come back as another one.
    if (!staysTrue.has(report.code)) known = undefined;
    log.warn(`${name}: ${report.title} (${connection.scrub(report.details ?? report.sentence)})`);
  }

  async function* prepare(signal: AbortSignal): AsyncIterable<ModelEvent> {
    const startedAt = Date.now();
    let learned = await learn(signal);
    while (!learned.ok && learned.verdict.retry?.loading && Date.now() - startedAt < times.loadingMs) {
      yield { type: 'loading', name, fraction: 0 };
      await sleep(times.retryMs, undefined, { signal }).catch(() => undefined);
      learned = await learn(signal);
    }
    const report = learned.ok ? unlistedProblem(learned.facts, server) : learned.verdict.problem;
    if (signal.aborted) yield { type: 'finish', reason: 'cancelled' };
    else if (report) {
      known = undefined;
      yield { type: 'error', problem: report };
    } else yield { type: 'finish', reason: 'stop' };
  }

  async function capabilities(signal: AbortSignal): Promise<Capabilities> {
    const learned = await learn(signal);
    const facts = learned.ok ? learned.facts : unknownFacts('');
    if (facts.images === null && learned.ok)
      facts.images = await askImages(createAsk(connection, server, askWithin(signal)), facts);
    const rule = visionOf(facts.names) ?? usualRule;
    return {
      contextSize: await contextOf(facts, signal),
      tools: true,
      images: facts.images === true,
      // llama.cpp scales images in its own way.
      imageRule: traitsOf(facts.kind).ownImages ? { ...rule, exact: false } : rule,
      exactTokenCounts: countsExactly(facts),
      decodeRate,
      prefillRate: null,
    };
  }

  async function countTokens(messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal) {
    const learned = await learn(signal);
    const exact = learned.ok ? await count(learned.facts, messages, tools, signal) : null;
    return exact ?? ledger.look(messages, tools)?.likely ?? likelyPromptTokens(messages, tools);
  }

  /** Each ends when the caller or the end of this backend says so. */
  const either = (signal: AbortSignal) => [signal, disposal.signal];
  return {
    name,
    kind: 'server',
    complete: (request, signal) => linkedPipe(either(signal), (linked, tell) => complete(request, linked, tell)),
    stream: (request, signal) => linkedPipe(either(signal), (linked, tell) => stream(request, linked, tell)),
    prepare: (signal) => linkedStream(either(signal), prepare),
    capabilities: (signal) => linkedCall(either(signal), capabilities),
    countTokens: (messages, tools, signal) =>
      linkedCall(either(signal), (linked) => countTokens(messages, tools, linked)),
    async dispose() {
      disposal.abort();
      await connection.close();
    },
  };
}

/** The same answer would lose the same call again. */
function warmer(request: StreamRequest): StreamRequest {
  const { seed: _seed, ...sampling } = request.sampling;
  return { ...request, sampling: { ...sampling, temperature: Math.max(0.3, sampling.temperature) } };
}

/** What the same server will say again. */
const staysTrue = new Set<string>(['contextFull', 'serverContextSmall', 'noCompletion']);

const isTooLong = ({ code }: ProblemReport) => code === 'contextFull' || code === 'serverContextSmall';

/** An agent's first request: there is no conversation yet of which something could be left out. */
const isFirst = ({ messages, tools }: StreamRequest) =>
  tools.length > 0 && messages.filter(({ role }) => role !== 'system').length === 1;

/** What a list of models that failed says for certain about the completion, too. */
const atOnce = new Set<string>(['serverUnreachable', 'tls', 'serverNotModel']);

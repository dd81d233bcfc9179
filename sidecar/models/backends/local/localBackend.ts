import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import type { Backend, Capabilities, ModelEvent, StreamRequest, ToolCall } from '../../backend.ts';
import { BackendProblem } from '../../backendProblem.ts';
import type { Segment } from '../../formats/chatFormat.ts';
import { mixRates } from './calibration.ts';
import { type DecodeResult, decode } from './decode.ts';
import { endPromptly } from './endPromptly.ts';
import { pipe } from './eventPipe.ts';
import { type LoadedModel, type LoadResult, type LocalModelOptions, loadModel } from './loadModel.ts';
import { type PrefillResult, prefill } from './prefill.ts';
import { sharedTokens, worthKeeping } from './stateFiles.ts';
import { createTurnQueue, type Turn } from './turnQueue.ts';

/** Shorter runs say little about the machine. */
const tokensWorthMeasuring = 16;

/**
 * A model file run in this process by llama.cpp: loaded on first need, one conversation at a time (the next waits in
 * line). What two prompts have in common is read once.
 */
export function createLocalBackend(options: LocalModelOptions): Backend {
  const queue = createTurnQueue();
  const life = new AbortController();
  let loading: Promise<LoadResult> | undefined;
  let fraction = 0;
  const listeners = new Set<(fraction: number) => void>();

  /** One load for all who wait. It goes on when one of them leaves: the next fix needs it. */
  function load(): Promise<LoadResult> {
    loading ??= loadModel(
      options,
      (now) => {
        fraction = now;
        for (const listen of listeners) listen(now);
      },
      life.signal,
    ).then((result) => {
      if (result.kind === 'failed') loading = undefined;
      return result;
    });
    return loading;
  }

  /** Waits for the model with `loading` events; null when the signal aborted first. */
  async function* whenLoaded(signal: AbortSignal): AsyncGenerator<ModelEvent, LoadResult | null> {
    return yield* pipe<ModelEvent, LoadResult | null>(async (push) => {
      let said = -1;
      const say = (now: number) => {
        // Whole percents are enough for people.
        if (Math.floor(now * 100) === said) return;
        said = Math.floor(now * 100);
        push({ type: 'loading', name: options.name, fraction: now });
      };
      const loaded = load();
      const quick = await Promise.race([loaded, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
      if (quick) return quick;
      say(fraction);
      listeners.add(say);
      try {
        return await unlessAborted(loaded, signal);
      } finally {
        listeners.delete(say);
      }
    });
  }

  async function ready(signal: AbortSignal): Promise<LoadedModel> {
    const result = await unlessAborted(load(), signal);
    signal.throwIfAborted();
    if (result?.kind !== 'ready') throw new BackendProblem(result?.problem ?? internal('the model was not loaded'));
    return result.loaded;
  }

  async function* prepare(signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
    const result = yield* whenLoaded(signal);
    if (result === null) yield { type: 'finish', reason: 'cancelled' };
    else if (result.kind === 'failed') yield { type: 'error', problem: result.problem };
    else yield { type: 'finish', reason: 'stop' };
  }

  async function* takeTurn(request: StreamRequest, outer: AbortSignal): AsyncGenerator<ModelEvent> {
    // Also ends the waiting when the reader of this stream just stops reading.
    const own = new AbortController();
    const signal = AbortSignal.any([outer, own.signal]);
    let taken: Promise<Turn | null> | undefined;
    try {
      const turn = yield* pipe<ModelEvent, Turn | null>((push) => {
        taken = queue.take(signal, (waitedMs, ahead) => push({ type: 'queued', waitedMs, ahead }));
        return taken;
      });
      const result = turn && (yield* whenLoaded(signal));
      if (result === null) yield { type: 'finish', reason: 'cancelled' };
      else if (result.kind === 'failed') yield { type: 'error', problem: result.problem };
      else yield* answer(result.loaded, request, signal);
    } catch (error) {
      if (life.signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      options.log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
      yield { type: 'error', problem: internal(error instanceof Error ? error.message : String(error)) };
    } finally {
      own.abort();
      (await taken)?.release();
    }
  }

  async function* answer(loaded: LoadedModel, request: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const { model, sequence, table, format, watch } = loaded;
    const prompt = table.encode(format.render(request.messages, request.tools));
    const last = prompt.at(-1);
    if (prompt.length >= sequence.contextSize || last === undefined) {
      const full = problem('contextFull', { used: prompt.length, ctx: sequence.contextSize });
      return yield { type: 'error', problem: full };
    }
    await loaded.states.restore(sequence, prompt);
    // Writing the prompt twice more is only worth it where there is something to keep.
    const constant = prompt.length > worthKeeping ? constantPrefix(loaded, request) : 0;
    const read = yield* prefill(sequence, prompt, loaded.pace, signal, {
      note: (ms) => watch?.note('prefill', ms),
      ...(loaded.states.wantsPrefix(prompt.slice(0, constant))
        ? { pause: { at: constant, run: () => loaded.states.savePrefix(sequence) } }
        : {}),
    });
    if (read.cancelled) return yield { type: 'finish', reason: 'cancelled' };
    const parser = format.parser(request.tools);
    const pieces = decode(model, sequence, table, last, {
      sampling: request.sampling,
      draft: request.draft ? table.encode([{ text: request.draft }]) : [],
      readRate: loaded.rates?.prefill ?? null,
      endsAnswer: format.endsAnswer,
      signal,
      note: (kind, ms) => watch?.note(kind, ms),
    });
    const said = { text: '', calls: [] as ToolCall[], controls: [] as string[] };
    let ended: DecodeResult | undefined;
    for await (const piece of pieces) {
      if ('ended' in piece) {
        ended = piece.ended;
        break;
      }
      if ('control' in piece) said.controls.push(piece.control);
      for (const event of parser.push(piece)) yield note(said, event);
    }
    if (!ended) return;
    const { reason, tokens, ms } = ended;
    if (reason === 'noise') return yield { type: 'error', problem: problem('outputIsNoise', { n: tokens.length }) };
    const rest = parser.end();
    for (const event of rest.events) yield note(said, event);
    const written = format.answer(said.text, said.calls);
    // A call that was found in plain text stands in later prompts as it should have been written.
    if (sameControls(written, said.controls)) table.remember(written, tokens);
    const tokensPerSecond = ms > 0 ? (tokens.length * 1000) / ms : 0;
    yield {
      type: 'usage',
      promptTokens: prompt.length,
      reusedTokens: read.reused,
      outputTokens: tokens.length,
      tokensPerSecond,
      ...(request.draft ? { draftedTokens: ended.drafted, acceptedTokens: ended.accepted } : {}),
    };
    keepRates(loaded, read, ended);
    yield { type: 'finish', reason: reason === 'stop' && rest.toolCalls ? 'toolCalls' : reason };
  }

  function keepRates(loaded: LoadedModel, read: PrefillResult, { tokens, ms, single, accepted }: DecodeResult): void {
    if (!loaded.rates) return;
    const mostlyRepeated = 2 * accepted > tokens.length;
    const measured = {
      prefill: rateOf(read.evaluated, read.ms),
      decode: rateOf(single.tokens, single.ms),
      rewrite: mostlyRepeated ? rateOf(tokens.length, ms) : undefined,
    };
    if (Object.values(measured).every((rate) => rate === undefined)) return;
    const rates = mixRates(loaded.rates, measured);
    loaded.rates = rates;
    // An estimate is not worth waiting or failing for.
    loaded.calibration.write(loaded.calibrationKey, rates).catch((error) => options.log.warn(String(error)));
  }

  async function capabilities(signal: AbortSignal): Promise<Capabilities> {
    const { sequence, rates } = await ready(signal);
    return {
      contextSize: sequence.contextSize,
      tools: true,
      images: false,
      exactTokenCounts: true,
      decodeRate: rates?.decode ?? null,
      prefillRate: rates?.prefill ?? null,
      ...(rates?.rewrite === undefined ? {} : { rewriteRate: rates.rewrite }),
    };
  }

  return {
    name: options.name,
    kind: 'local',
    prepare,
    capabilities,
    stream: (request, signal) => {
      const either = AbortSignal.any([signal, life.signal]);
      return endPromptly(takeTurn(request, either), either, (error) => options.log.warn(String(error)));
    },
    async countTokens(messages, tools, signal) {
      const { table, format } = await ready(signal);
      return table.encode(format.render(messages, tools)).length;
    },
    async dispose() {
      life.abort();
      // The running answer sees the signal within a token.
      const turn = await queue.take(new AbortController().signal, () => {});
      const result = await loading?.catch(() => null);
      if (result?.kind === 'ready') {
        await result.loaded.states.saveSession(result.loaded.sequence);
        await result.loaded.dispose();
      }
      loading = undefined;
      turn?.release();
    },
  };
}

/** Tokens at the front of the prompt that do not depend on what is asked: the system messages and the tools. */
function constantPrefix({ table, format }: LoadedModel, { messages, tools }: StreamRequest): number {
  const system = messages.slice(
    0,
    messages.findIndex(({ role }) => role !== 'system'),
  );
  const of = (content: string) => table.encode(format.render([...system, { role: 'user', content }], tools));
  return sharedTokens(of('a'), of('1'));
}

/** Keeps what an answer holds, as the agent will pass it back. */
function note(said: { text: string; calls: ToolCall[] }, event: ModelEvent): ModelEvent {
  if (event.type === 'text') said.text += event.text;
  if (event.type === 'toolCallBegin') said.calls[event.index] = { id: event.id, name: event.name, arguments: '' };
  const call = event.type === 'toolCallArguments' ? said.calls[event.index] : undefined;
  if (call && event.type === 'toolCallArguments') call.arguments += event.text;
  return event;
}

/** Thinking is not passed back, and stays in the KV cache where it was written. */
function sameControls(written: readonly Segment[], sampled: readonly string[]): boolean {
  const names = written.flatMap((segment) => ('control' in segment ? [segment.control] : []));
  const spoken = sampled.filter((name) => name !== '[THINK]' && name !== '[/THINK]');
  return names.length === spoken.length && names.every((name, i) => name === spoken[i]);
}

/** Tokens per second; undefined for a run too short to tell. */
const rateOf = (tokens: number, ms: number) =>
  tokens < tokensWorthMeasuring || ms <= 0 ? undefined : (tokens * 1000) / ms;

const internal = (reason: string): ProblemReport => problem('internal', { reason: `The model stopped: ${reason}` });

/** What a promise gives, or null when the signal aborts first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null;
  let leave = () => {};
  const left = new Promise<null>((resolve) => {
    leave = () => resolve(null);
  });
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([promise, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

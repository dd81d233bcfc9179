import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { Backend, Capabilities, ModelEvent, StreamRequest } from '../../backend.ts';
import { BackendProblem } from '../../backendProblem.ts';
import { answerChat, answerMiddle, type TurnCost } from './answer.ts';
import { mixRates } from './calibration.ts';
import { endPromptly } from './endPromptly.ts';
import { pipe } from './eventPipe.ts';
import type { LoadedModel, LoadResult, LocalModelOptions } from './loadedModel.ts';
import { loadModel } from './loadModel.ts';
import { createTurnQueue, type Turn } from './turnQueue.ts';

/** What is done with the model once it is this turn's. */
type Work = (loaded: LoadedModel, signal: AbortSignal) => AsyncIterable<ModelEvent>;

/** A backend that can do everything. */
export type LocalBackend = Required<Backend>;

/** Shorter runs say little about the machine. */
const tokensWorthMeasuring = 16;

/**
 * A model file run in this process by llama.cpp: loaded on first need, one conversation at a time (the next waits in
 * line). What two prompts have in common is read once.
 */
export function createLocalBackend(options: LocalModelOptions): LocalBackend {
  const queue = createTurnQueue();
  const life = new AbortController();
  let loading: Promise<LoadResult> | undefined;
  let fraction = 0;
  const listeners = new Set<(fraction: number) => void>();
  /** The reading ahead that runs: whoever wants an answer ends it. */
  let ahead: AbortController | undefined;

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
      const tell = (result: LoadResult | null) => {
        if (result?.kind === 'ready') for (const notice of result.loaded.notices) push({ type: 'loadNotice', notice });
        return result;
      };
      const quick = await Promise.race([loaded, new Promise<undefined>((resolve) => setImmediate(resolve, undefined))]);
      if (quick) return tell(quick);
      say(fraction);
      listeners.add(say);
      try {
        return tell(await unlessAborted(loaded, signal));
      } finally {
        listeners.delete(say);
      }
    });
  }

  async function ready(signal: AbortSignal): Promise<LoadedModel> {
    const result = await unlessAborted(load(), signal);
    signal.throwIfAborted();
    if (result?.kind !== 'ready') throw new BackendProblem(result?.problem ?? internal(t('the model was not loaded')));
    return result.loaded;
  }

  async function* prepare(signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
    const result = yield* whenLoaded(signal);
    if (result === null) yield { type: 'finish', reason: 'cancelled' };
    else if (result.kind === 'failed') yield { type: 'error', problem: result.problem };
    else yield { type: 'finish', reason: 'stop' };
  }

  async function* takeTurn(outer: AbortSignal, work: Work): AsyncGenerator<ModelEvent> {
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
      else yield* work(result.loaded, signal);
    } catch (error) {
      if (life.signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      options.log.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
      yield { type: 'error', problem: internal(error instanceof Error ? error.message : String(error)) };
    } finally {
      own.abort();
      (await taken)?.release();
    }
  }

  function turn(signal: AbortSignal, work: Work): AsyncIterable<ModelEvent> {
    ahead?.abort();
    const either = AbortSignal.any([signal, life.signal]);
    return endPromptly(takeTurn(either, work), either, (error) => options.log.warn(String(error)));
  }

  /** Only while the model is loaded and nobody has it; the next turn ends it within a chunk. */
  async function* readAhead(request: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (!loading || queue.busy()) return yield { type: 'finish', reason: 'cancelled' };
    const own = new AbortController();
    const either = AbortSignal.any([signal, own.signal]);
    const events = turn(either, (loaded, inner) => answerChat(loaded, request, inner, () => undefined));
    ahead = own;
    try {
      yield* events;
    } finally {
      if (ahead === own) ahead = undefined;
    }
  }

  function keepRates(loaded: LoadedModel, { read, written }: TurnCost): void {
    if (!loaded.rates) return;
    const { tokens, ms, single, accepted } = written;
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
    const { sequence, rates, device, memory } = await ready(signal);
    return {
      contextSize: sequence.contextSize,
      tools: true,
      images: false,
      exactTokenCounts: true,
      decodeRate: rates?.decode ?? null,
      prefillRate: rates?.prefill ?? null,
      device,
      memory,
      ...(rates?.rewrite === undefined ? {} : { rewriteRate: rates.rewrite }),
    };
  }

  return {
    name: options.name,
    kind: 'local',
    prepare,
    capabilities,
    stream: (request, signal) =>
      request.readOnly
        ? readAhead(request, signal)
        : turn(signal, (loaded, either) => answerChat(loaded, request, either, (cost) => keepRates(loaded, cost))),
    complete: (request, signal) =>
      turn(signal, (loaded, either) => answerMiddle(loaded, request, either, (cost) => keepRates(loaded, cost))),
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

/** Tokens per second; undefined for a run too short to tell. */
const rateOf = (tokens: number, ms: number) =>
  tokens < tokensWorthMeasuring || ms <= 0 ? undefined : (tokens * 1000) / ms;

const internal = (reason: string): ProblemReport =>
  problem('internal', { reason: t('The model stopped: {reason}', { reason }) });

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

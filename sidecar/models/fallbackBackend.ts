import { problem } from '../protocol/problems.ts';
import { t } from '../protocol/translate.ts';
import type { Backend, ModelEvent, StreamRequest } from './backend.ts';

/** One of the models that may answer, opened on first need. */
export interface Candidate {
  /** What people call it. */
  name: string;
  /** Null: it cannot answer either (a file that is not here). */
  open(signal: AbortSignal): Promise<Backend | null>;
}

/** What says that a server is down, or cannot answer for now: the next one may. */
const downCodes = new Set<string>(['serverUnreachable', 'serverBusy']);
/** Before a turn goes to the next again, the one that was down has this long to show that it is back (ms). */
const probeMs = 2000;

/**
 * The first model of a list that answers. One that is down before it has said anything gives way to the next, which is
 * told as a notice; at each `prepare` those before it are asked first, so that it goes back as soon as they answer.
 * `onAnswering`: which one answers now, and what to say of it.
 */
export function createFallbackBackend(
  candidates: readonly Candidate[],
  onAnswering: (index: number, notice: string | null) => void,
): Backend {
  const opened = new Map<number, Backend>();
  let current = 0;

  async function backendAt(index: number, signal: AbortSignal): Promise<Backend | null> {
    const known = opened.get(index);
    if (known) return known;
    const backend = (await candidates[index]?.open(signal)) ?? null;
    if (backend) opened.set(index, backend);
    return backend;
  }

  const nameOf = (index: number) => candidates[index]?.name ?? '';

  function answering(index: number): ModelEvent[] {
    if (index === current) return [];
    const text =
      index > current
        ? t('{first} is down; {name} answers', { first: nameOf(0), name: nameOf(index) })
        : t('{name} answers again', { name: nameOf(index) });
    current = index;
    onAnswering(index, index === 0 ? null : text);
    return [{ type: 'notice', text }];
  }

  /** Makes one ready and returns how that ended; null if it cannot be opened. */
  async function* prepareOne(index: number, signal: AbortSignal): AsyncGenerator<ModelEvent, ModelEvent | null> {
    const backend = await backendAt(index, signal);
    if (!backend) return null;
    for await (const event of backend.prepare(signal)) {
      if (event.type === 'error' || event.type === 'finish') return event;
      yield event;
    }
    return cancelled;
  }

  async function* prepare(signal: AbortSignal): AsyncIterable<ModelEvent> {
    let failure: ModelEvent | null = null;
    for (const index of candidates.keys()) {
      // What was down may be so without a word: it gets little time of a turn that another can answer.
      const limited = index < current ? AbortSignal.any([signal, AbortSignal.timeout(probeMs)]) : signal;
      const end = yield* prepareOne(index, limited);
      const silent = end?.type === 'finish' && end.reason === 'cancelled' && !signal.aborted;
      if (end === null || silent || isDown(end)) {
        if (end?.type === 'error') failure ??= end;
        continue;
      }
      if (end.type === 'finish' && end.reason !== 'cancelled') yield* answering(index);
      yield end;
      return;
    }
    yield failure ?? (yield* prepareOne(0, signal)) ?? cancelled;
  }

  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    let failure: ModelEvent | undefined;
    for (let index = current; index < candidates.length; index++) {
      if (index !== current) {
        const end = yield* prepareOne(index, signal);
        if (end === null || end.type === 'error') continue;
      }
      const backend = await backendAt(index, signal);
      if (!backend) continue;
      let said = false;
      let down: ModelEvent | undefined;
      for await (const event of backend.stream(request, signal)) {
        if (!said && isDown(event)) {
          down = event;
          break;
        }
        said ||= speaks.has(event.type);
        if (said || (event.type === 'finish' && event.reason !== 'cancelled')) yield* answering(index);
        yield event;
      }
      if (!down) return;
      failure ??= down;
    }
    if (failure) yield failure;
  }

  const inUse = async (signal: AbortSignal) => {
    const backend = (await backendAt(current, signal)) ?? (await backendAt(0, signal));
    if (!backend) throw new Error('the first model of a list can always be opened');
    return backend;
  };

  return {
    get name() {
      return nameOf(current);
    },
    get kind() {
      return opened.get(current)?.kind ?? 'server';
    },
    prepare,
    stream,
    async *complete(request, signal) {
      const backend = await inUse(signal);
      if (backend.complete) yield* backend.complete(request, signal);
      else yield { type: 'error', problem: problem('noCompletion', { model: backend.name }) };
    },
    capabilities: async (signal) => (await inUse(signal)).capabilities(signal),
    countTokens: async (messages, tools, signal) => (await inUse(signal)).countTokens(messages, tools, signal),
    async dispose() {
      await Promise.all([...opened.values()].map((backend) => backend.dispose()));
    },
  };
}

const cancelled: ModelEvent = { type: 'finish', reason: 'cancelled' };

const isDown = (event: ModelEvent) => event.type === 'error' && downCodes.has(event.problem.code);

/** Events that say: this one answers. */
const speaks = new Set<ModelEvent['type']>(['text', 'reasoning', 'toolCallBegin', 'prefill', 'prefillShare']);

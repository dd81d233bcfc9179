import type { Backend, SamplingOptions } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { describeTools } from '../tools/readCall.ts';
import { withOwnIds } from './callIds.ts';
import { makeRoom } from './condense.ts';
import { isKept, type LoopEvent } from './loopEvents.ts';
import { type CallDeps, runCalls } from './runCalls.ts';
import { type StepAnswer, sampleStep } from './sampleStep.ts';
import { findStuck, promisesWithoutCall, type Stuck } from './stuck.ts';
import { messagesOf } from './transcript.ts';

export type Steer = Extract<AgentEvent, { type: 'steer' }>;

export interface AgentDeps extends CallDeps {
  backend: Backend;
  systemPrompt: string;
  sampling: Omit<SamplingOptions, 'maxTokens'>;
  /** Answers of the model in one turn before the person is asked. */
  maxSteps: number;
  /** A message that was given meanwhile, to be taken now; it is given once. */
  takeSteer(): Promise<Steer | undefined>;
  /** Shows what is staged when the turn is done, and applies what is accepted; ends early when a message is to be taken. */
  finish(signal: AbortSignal): AsyncGenerator<LoopEvent, void>;
}

/** Tokens of one answer: whole files are written by calls. */
export const mostTokens = 8192;
const leastTokens = 512;

/**
 * One turn: the model answers and calls until it has nothing more to call. Every outcome of a model, a tool or a person is
 * an event; nothing that they can do is thrown. `earlier` are the kept events of the session; whoever reads this keeps
 * the new ones, and the next effect comes only after the event before it was taken.
 */
export async function* runTurn(
  message: Extract<AgentEvent, { type: 'user' }> | null,
  earlier: readonly AgentEvent[],
  deps: AgentDeps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, void> {
  const log: AgentEvent[] = [...earlier];
  const tools = describeTools(deps.tools);
  const hints = new Set<Stuck['kind'] | 'empty' | 'length'>();

  /** Passes events on and keeps what belongs into the log. */
  async function* kept<T>(events: AsyncGenerator<LoopEvent, T>): AsyncGenerator<LoopEvent, T> {
    for (;;) {
      const step = await events.next();
      if (step.done) return step.value;
      if (isKept(step.value)) log.push(step.value);
      yield step.value;
    }
  }
  const put = <T extends AgentEvent>(event: T): T => {
    log.push(event);
    return event;
  };
  const end = (reason: Extract<AgentEvent, { type: 'end' }>['reason']) => put({ type: 'end', reason });
  /** Whether a hint is new; the same one twice helps nobody. */
  const isNew = (kind: Stuck['kind'] | 'empty' | 'length') => !hints.has(kind) && hints.add(kind);

  /** Nothing is left to do but the review; what the person says meanwhile goes on with the turn, and what waits stays. */
  async function* goesOn(): AsyncGenerator<LoopEvent, boolean> {
    yield* kept(deps.finish(signal));
    const more = signal.aborted ? undefined : await deps.takeSteer();
    if (more) yield put(more);
    return more !== undefined;
  }

  let madeRoomAt = Number.NEGATIVE_INFINITY;
  if (message) yield put(message);
  for (let step = 1; ; step++) {
    if (signal.aborted) return yield end('stopped');
    if (step > deps.maxSteps) return yield end('steps');
    const room = { ...deps, tools, sampling: { ...deps.sampling, maxTokens: mostTokens } };
    yield* kept(makeRoom(log, room, signal));
    const messages = messagesOf(deps.systemPrompt, log);
    const maxTokens = await roomFor(messages, tools, deps, signal);
    if (signal.aborted) return yield end('stopped');
    const { event: answer, ending } = yield* sampleStep(
      deps.backend,
      { messages, tools, sampling: { ...deps.sampling, maxTokens } },
      signal,
    );
    if (isFull(ending) && answer.text + answer.reasoning === '' && step > madeRoomAt + 1) {
      // Nobody knew how much fits, or an estimate was too low.
      madeRoomAt = step;
      const before = log.length;
      yield* kept(makeRoom(log, { ...room, force: true }, signal));
      if (log.length > before || signal.aborted) continue;
    }
    const event = put({ ...answer, calls: withOwnIds(answer.calls, log) });
    yield event;
    if (ending === 'stopped') return yield end('stopped');
    if (typeof ending === 'object') return yield put({ type: 'end', reason: 'failed', problem: ending.problem });

    if (event.calls.length > 0) {
      const run = yield* kept(runCalls(event.calls, deps, signal));
      if (run.kind === 'stopped') return yield end('stopped');
      if (run.kind === 'ended') {
        if (yield* goesOn()) continue;
        return yield end('done');
      }
      const stuck = findStuck(log);
      if (stuck && !isNew(stuck.kind)) return yield end('stuck');
      if (stuck) yield put({ type: 'hint', text: stuck.hint });
    }
    const steer = await deps.takeSteer();
    if (steer !== undefined) {
      yield put(steer);
      continue;
    }
    if (event.calls.length > 0) continue;

    if (ending === 'length' && isNew('length')) {
      yield put({ type: 'hint', text: 'The answer was cut off. Go on exactly where it stopped.' });
      continue;
    }
    if (event.text.trim() === '' && isNew('empty')) {
      // Servers lose calls that their parser cannot read.
      yield put({ type: 'hint', text: 'Nothing arrived. Send the call again, or answer.' });
      continue;
    }
    const promise = promisesWithoutCall(event.text);
    if (promise && isNew(promise.kind)) {
      yield put({ type: 'hint', text: promise.hint });
      continue;
    }
    if (!(yield* goesOn())) return yield end('done');
  }
}

const isFull = (ending: StepAnswer['ending']): boolean =>
  typeof ending === 'object' && ending.problem.code === 'contextFull';

/** How long the next answer can be. */
async function roomFor(
  messages: Parameters<Backend['countTokens']>[0],
  tools: Parameters<Backend['countTokens']>[1],
  { backend }: AgentDeps,
  signal: AbortSignal,
): Promise<number> {
  try {
    const { contextSize } = await backend.capabilities(signal);
    if (contextSize === null) return mostTokens;
    const used = await backend.countTokens(messages, tools, signal);
    return Math.max(leastTokens, Math.min(mostTokens, contextSize - used));
  } catch {
    // The stream itself says what is wrong with the model.
    return mostTokens;
  }
}

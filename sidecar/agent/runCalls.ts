import { pipe } from '../models/backends/local/eventPipe.ts';
import { linkSignals } from '../models/linkSignals.ts';
import type { AgentCall, AgentEvent } from '../protocol/agentEvents.ts';
import { t } from '../protocol/translate.ts';
import { callTitle } from '../tools/callTitle.ts';
import { type Alias, type ReadyCall, readCall } from '../tools/readCall.ts';
import type { AnyTool, ToolContext, ToolResult } from '../tools/tool.ts';
import type { LoopEvent } from './loopEvents.ts';

/** Whether a call may run. `told` is what the model is to know of a review that came before it. */
export type Gate = { kind: 'run' } | { kind: 'refused'; text: string; summary: string };

export interface CallDeps {
  tools: readonly AnyTool[];
  aliases: ReadonlyMap<string, Alias>;
  context: Omit<ToolContext, 'say' | 'signal'>;
  /** Mode, rules, risk, review of what is staged, and the person: all that comes before an effect. */
  gate(call: ReadyCall, signal: AbortSignal): AsyncGenerator<LoopEvent, Gate>;
  /** A call runs, and can be stopped without its turn; null: it has ended. */
  onRunning?(callId: string, stop: (() => void) | null): void;
}

/** What came of the calls of one answer. `final`: a call ended the turn with this answer. */
export type CallsRun = { kind: 'goOn' } | { kind: 'ended'; text: string } | { kind: 'stopped' };

/**
 * Runs the calls of one answer in their order; those that only read run side by side. Every call that was begun gets a
 * result, also when it is stopped. Results are told in the order of the calls.
 */
export async function* runCalls(
  calls: readonly AgentCall[],
  deps: CallDeps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, CallsRun> {
  const read = calls.map((call) => readCall(call, deps.tools, deps.aliases));
  let final: string | undefined;
  for (let at = 0; at < read.length; ) {
    if (signal.aborted) return { kind: 'stopped' };
    const group = readersFrom(read, at);
    if (group.length > 1) {
      yield* readSideBySide(group, deps, signal);
      at += group.length;
      continue;
    }
    const one = read[at];
    const call = calls[at];
    at++;
    if (!one || !call) break;
    if (one.kind === 'bad') {
      yield { type: 'callBegin', callId: call.id, name: call.name, title: call.name };
      yield ended(call, { ok: false, text: one.text, summary: t('not understood') }, 0);
      continue;
    }
    yield begun(one, deps.context.roots);
    const gate = one.tool.effect === 'none' ? ({ kind: 'run' } as const) : yield* deps.gate(one, signal);
    if (gate.kind === 'refused') {
      yield ended(call, { ok: false, text: gate.text, summary: gate.summary }, 0);
      continue;
    }
    const result = yield* runOne(one, deps, signal);
    if (result.ends) final = result.text;
  }
  return final === undefined ? { kind: 'goOn' } : { kind: 'ended', text: final };
}

/** The ready calls from `at` on that only read what the model may see. */
function readersFrom(read: readonly ReturnType<typeof readCall>[], at: number): ReadyCall[] {
  const end = read.findIndex((one, i) => i >= at && (one.kind !== 'ready' || one.tool.effect !== 'read'));
  return read.slice(at, end === -1 ? read.length : end).filter((one) => one.kind === 'ready');
}

/** What is asked about is asked in order; what is allowed then runs at once. */
async function* readSideBySide(
  group: readonly ReadyCall[],
  deps: CallDeps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, void> {
  const running: { one: ReadyCall; run: Promise<{ result: ToolResult; ms: number }> }[] = [];
  for (const one of group) {
    yield begun(one, deps.context.roots);
    const gate = yield* deps.gate(one, signal);
    running.push({ one, run: gate.kind === 'run' ? timed(one, deps, signal) : Promise.resolve(refusal(gate)) });
  }
  for (const { one, run } of running) {
    const { result, ms } = await run;
    yield ended(one.call, result, ms);
  }
}

const refusal = ({ text, summary }: Extract<Gate, { kind: 'refused' }>) => ({
  result: { ok: false, text, summary },
  ms: 0,
});

async function timed(one: ReadyCall, deps: CallDeps, signal: AbortSignal) {
  const startedAt = performance.now();
  const result = await safely(one, deps, signal, () => undefined);
  return { result, ms: performance.now() - startedAt };
}

const stoppedAlone = 'The person stopped this call, not your work: go on without it, or ask what they want.';

async function* runOne(one: ReadyCall, deps: CallDeps, signal: AbortSignal): AsyncGenerator<LoopEvent, ToolResult> {
  const startedAt = performance.now();
  const { id } = one.call;
  const own = linkSignals(signal);
  deps.onRunning?.(id, own.abort);
  try {
    const result = yield* pipe<LoopEvent, ToolResult>((push) =>
      safely(one, deps, own.signal, (text) => push({ type: 'output', callId: id, text })),
    );
    const alone = own.signal.aborted && !signal.aborted;
    const told = alone ? { ...result, text: `${result.text}\n${stoppedAlone}` } : result;
    yield ended(one.call, told, performance.now() - startedAt);
    return result;
  } finally {
    deps.onRunning?.(id, null);
    own.release();
  }
}

/** A tool that throws has a bug; the turn goes on all the same. */
async function safely(
  { tool, args }: ReadyCall,
  { context }: CallDeps,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<ToolResult> {
  try {
    return await tool.run(args, { ...context, signal, say });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (signal.aborted) return { ok: false, text: 'Stopped by the person.', summary: t('stopped') };
    return { ok: false, text: `${tool.name} broke: ${reason}`, summary: t('broke') };
  }
}

const begun = (one: ReadyCall, roots: readonly string[]): AgentEvent => ({
  type: 'callBegin',
  callId: one.call.id,
  name: one.tool.name,
  title: callTitle(one, roots),
});

const ended = (call: AgentCall, { ok, text, summary, images }: ToolResult, ms: number): AgentEvent => ({
  type: 'callEnd',
  callId: call.id,
  ok,
  text,
  summary,
  ms: Math.round(ms),
  ...(images ? { images } : {}),
});

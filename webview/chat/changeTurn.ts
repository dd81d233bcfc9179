import type { StepUsage } from '../../sidecar/protocol/agentEvents.ts';
import type { Answer, Call, SessionView, Step, Turn } from './view.ts';

/** The changes that events make to a session's view (fold.ts). Pure: what does not change stays the same object. */

/** A server that counts nothing says nothing of it. */
export function withUsed(view: SessionView, usage: StepUsage | undefined): SessionView {
  return usage && usage.promptTokens > 0 ? { ...view, contextUsed: usage.promptTokens + usage.outputTokens } : view;
}

/** Something of the turn happened; after its end the turn goes on. `waited`: the time before it was the person's. */
export function work(
  view: SessionView,
  index: number,
  at: number,
  change: (turn: Turn) => Turn,
  waited = false,
): SessionView {
  const { turn, earlier } = current(view, index, at);
  const paused = waited || turn.end !== undefined;
  const { end: _gone, ...going } = turn;
  const changed = change({
    ...going,
    last: index,
    lastAt: at,
    usage: { ...turn.usage, ms: turn.usage.ms + (paused ? 0 : Math.max(0, at - turn.lastAt)) },
  });
  return { ...view, turns: [...earlier, changed], running: true, progress: null, speed: 0 };
}

/** Something to remember that neither begins nor ends work. */
export function note(view: SessionView, index: number, at: number, step: Step): SessionView {
  const { turn, earlier } = current(view, index, at);
  return { ...view, turns: [...earlier, { ...add(turn, step), last: index, lastAt: at }] };
}

/** The turn that an event belongs to; one without a prompt where there is none yet. */
function current(view: SessionView, index: number, at: number): { turn: Turn; earlier: readonly Turn[] } {
  const turn = view.turns.at(-1);
  return turn ? { turn, earlier: view.turns.slice(0, -1) } : { turn: newTurn(index, at, ''), earlier: [] };
}

export function newTurn(index: number, at: number, model: string): Turn {
  const usage = { promptTokens: 0, reusedTokens: 0, outputTokens: 0, tokensPerSecond: 0, ms: 0 };
  return { index, at, attached: [], model, steps: [], todo: [], usage, last: index, lastAt: at };
}

export const add = (turn: Turn, step: Step): Turn => ({ ...turn, steps: [...turn.steps, step] });

export function openAnswer(turn: Turn | undefined): Answer | undefined {
  const last = turn?.steps.at(-1);
  return last?.kind === 'answer' && last.open ? last : undefined;
}

/** A piece of the answer that is being written. */
export function writing(view: SessionView, change: (answer: Answer) => Answer): SessionView {
  const turn = view.turns.at(-1);
  // A piece without its prompt says nothing to anybody.
  if (!turn) return view;
  const written = openAnswer(turn);
  const answer = change(written ?? { kind: 'answer', text: '', reasoning: '', open: true, calls: [] });
  const steps = written ? [...turn.steps.slice(0, -1), answer] : [...turn.steps, answer];
  const { end: _gone, ...going } = turn;
  return { ...view, turns: [...view.turns.slice(0, -1), { ...going, steps }], running: true, progress: null };
}

/** With the first text the reasoning is over. */
export function thought(answer: Answer, now: number): Answer {
  if (answer.reasoningSince === undefined || answer.reasoningMs !== undefined) return answer;
  return { ...answer, reasoningMs: Math.max(0, now - answer.reasoningSince) };
}

export function addNotice(view: SessionView, text: string): SessionView {
  const turn = view.turns.at(-1);
  if (!turn) return view;
  const written = openAnswer(turn);
  const notice: Step = { kind: 'notice', text };
  // It goes before an answer that is being written, which stays the last.
  const steps = written ? [...turn.steps.slice(0, -1), notice, written] : [...turn.steps, notice];
  return { ...view, turns: [...view.turns.slice(0, -1), { ...turn, steps }] };
}

/** Where a call stands, looked for from the end: a turn can have thousands of steps, and what changes is new. */
function placeOf(view: SessionView, callId: string): { turn: Turn; at: number; call: Call; step: number } | undefined {
  for (const [back, turn] of view.turns.toReversed().entries()) {
    const step = turn.steps.findLastIndex((each) => each.kind === 'call' && each.id === callId);
    const call = turn.steps[step];
    if (call?.kind === 'call') return { turn, at: view.turns.length - 1 - back, call, step };
  }
  return undefined;
}

export const findCall = (view: SessionView, callId: string): Call | undefined => placeOf(view, callId)?.call;

export function changeCall(view: SessionView, callId: string, change: (call: Call) => Call): SessionView {
  const place = placeOf(view, callId);
  if (!place) return view;
  const { turn, at, call, step } = place;
  return { ...view, turns: view.turns.with(at, { ...turn, steps: turn.steps.with(step, change(call)) }) };
}

export function argumentsOf(turn: Turn, callId: string): string {
  const answer = turn.steps.findLast((step): step is Answer => step.kind === 'answer');
  return answer?.calls.find(({ id }) => id === callId)?.arguments ?? '';
}

/** After the end nothing is being written and nothing runs. */
export function closed(step: Step, summary: string): Step {
  if (step.kind === 'answer' && step.open) return { ...step, open: false, cut: 'stopped' };
  if (step.kind === 'call' && step.state === 'running') return { ...step, state: 'failed', summary };
  return step;
}

/** Sums, and the mean speed weighted by what was written. */
export function addUsage(sum: Turn['usage'], step: StepUsage): Turn['usage'] {
  const seconds = (tokens: number, perSecond: number) => (perSecond > 0 ? tokens / perSecond : 0);
  const outputTokens = sum.outputTokens + step.outputTokens;
  const time = seconds(sum.outputTokens, sum.tokensPerSecond) + seconds(step.outputTokens, step.tokensPerSecond);
  return {
    promptTokens: sum.promptTokens + step.promptTokens,
    reusedTokens: sum.reusedTokens + step.reusedTokens,
    outputTokens,
    tokensPerSecond: time > 0 ? outputTokens / time : 0,
    ms: sum.ms,
  };
}

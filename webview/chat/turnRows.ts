import type { Answer, Call, Step } from './view.ts';

/** What is drawn of a turn's steps: neighbouring reads as one row, only the newest plan, no answers without words. */
export type Row =
  | { kind: 'step'; key: number; step: Exclude<Step, Call> }
  | { kind: 'call'; key: number; call: Call }
  | { kind: 'reads'; key: number; calls: readonly Call[] }
  | { kind: 'plan'; key: number; call: Call };

/** The rows of a turn, in order; `key` stays with a row while the turn grows. */
export function rowsOf(steps: readonly Step[]): Row[] {
  const plan = steps.findLastIndex((step) => step.kind === 'call' && step.name === 'todo');
  const rows: Row[] = [];
  for (const [key, step] of steps.entries()) {
    if (step.kind === 'answer' && !says(step)) continue;
    const before = rows.at(-1);
    if (step.kind !== 'call') {
      rows.push({ kind: 'step', key, step });
    } else if (step.name === 'todo') {
      if (key === plan) rows.push({ kind: 'plan', key, call: step });
    } else if (step.name === 'finish') {
      rows.push({ kind: 'step', key, step: spoken(step) });
    } else if (isPlainRead(step) && before?.kind === 'reads') {
      rows[rows.length - 1] = { ...before, calls: [...before.calls, step] };
    } else if (isPlainRead(step) && before?.kind === 'call' && isPlainRead(before.call)) {
      rows[rows.length - 1] = { kind: 'reads', key: before.key, calls: [before.call, step] };
    } else {
      rows.push({ kind: 'call', key, call: step });
    }
  }
  return rows;
}

const says = ({ text, reasoning, cut }: Answer) => text.trim() !== '' || reasoning !== '' || cut === 'length';

/** A read that went well, or still goes: one that did not has something to say. */
const isPlainRead = ({ name, state }: Call) => name === 'read' && (state === 'ok' || state === 'running');

/** A call that ends the turn carries the answer. */
function spoken(call: Call): Answer {
  return { kind: 'answer', text: call.result, reasoning: '', open: false, calls: [] };
}

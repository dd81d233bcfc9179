import type { AgentEvent } from '../protocol/agentEvents.ts';

/** What goes round in circles, in words for the model and the person; null while the agent gets on. */
export type Stuck = { kind: 'sameResult' | 'sameError' | 'backAndForth' | 'noCall'; hint: string };

interface Step {
  call: string;
  result: string;
  ok: boolean;
}

const sameResults = 4;
const sameErrors = 3;
/** Steps that a cycle of two or three calls must fill. */
const cycle = 6;

/**
 * Whether the newest steps repeat: the same call with the same result four times, the same call with an error three times
 * (OpenHands' stuck detector counts so), or two or three calls in turn for six steps. Looked for since the last message of
 * the person or hint. Pure.
 */
export function findStuck(events: readonly AgentEvent[]): Stuck | null {
  const since = events.findLastIndex(({ type }) => type === 'user' || type === 'steer' || type === 'hint');
  const steps = stepsOf(events.slice(since + 1));
  const last = steps.at(-1);
  if (!last) return null;
  const tail = (count: number) => (steps.length >= count ? steps.slice(-count) : null);
  if (tail(sameErrors)?.every((step) => !step.ok && step.call === last.call)) {
    return { kind: 'sameError', hint: `This call has failed ${sameErrors} times in the same way. Do something else.` };
  }
  if (tail(sameResults)?.every((step) => step.call === last.call && step.result === last.result)) {
    return {
      kind: 'sameResult',
      hint: `This call has given the same result ${sameResults} times. Use what it said, or do something else.`,
    };
  }
  const round = tail(cycle);
  for (const length of [2, 3]) {
    const repeats = round?.every((step, i) => sameStep(step, round[i % length]));
    if (!repeats || round?.slice(0, length).every(({ call }) => call === last.call)) continue;
    const calls = length === 2 ? 'The same two calls alternate' : 'The same three calls come again in turn';
    return { kind: 'backAndForth', hint: `${calls} without getting further. Do something else.` };
  }
  return null;
}

/** "You should create the file ..." or "I will use grep ..." with no call: small models forget that they can do it themselves. */
export function promisesWithoutCall(answer: string): Stuck | null {
  const promise =
    /\b(you (should|can|need to|could) (now )?(create|add|edit|change|update|run|replace)|(I('ll| will| am going to| need to| can)|let me|let's) (now |first )?(create|add|edit|change|update|run|fix|write|look|use|search|find|check|read|open|list|call))\b/i;
  if (!promise.test(answer)) return null;
  return {
    kind: 'noCall',
    hint: 'You can do that yourself: call the tool now. If everything is done, say so in one line.',
  };
}

function stepsOf(events: readonly AgentEvent[]): Step[] {
  const calls = new Map(
    events.flatMap((event) => (event.type === 'answer' ? event.calls.map((call) => [call.id, call] as const) : [])),
  );
  return events.flatMap((event): Step[] => {
    if (event.type !== 'callEnd') return [];
    const call = calls.get(event.callId);
    return call ? [{ call: `${call.name} ${call.arguments}`, result: event.text, ok: event.ok }] : [];
  });
}

const sameStep = (a: Step, b: Step | undefined) => a.call === b?.call && a.result === b.result;

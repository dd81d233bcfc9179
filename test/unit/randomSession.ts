import fc from 'fast-check';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';

const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('Do it.', 'a\n```\nb', 'password = "hunter2"', '{"a": [1]}', '# Title'),
);
const oneCall = fc.record({
  name: fc.constantFrom('read', 'edit', 'bash'),
  arguments: fc.oneof(
    fc.constant('{"file_path":"a.py"}'),
    fc.constant('{"path": '),
    text.map((value) => JSON.stringify({ value })),
  ),
});

/** One answer with its calls and their results; `left` of the last are without one. */
const step = fc
  .record({
    text,
    calls: fc.array(oneCall, { maxLength: 3 }),
    left: fc.nat(2),
    results: fc.array(text, { minLength: 3, maxLength: 3 }),
    reviewed: fc.boolean(),
    after: fc.option(
      fc.constantFrom<AgentEvent>(
        { type: 'hint', text: 'Go on.' },
        { type: 'steer', text: 'Stop that.' },
        { type: 'note', text: 'By the way.' },
      ),
    ),
  })
  .map(({ text: said, calls, left, results, reviewed, after }): { events: AgentEvent[]; whole: boolean } => {
    const made = calls.map((call, at) => ({ ...call, id: `c${at}` }));
    const done = made.slice(0, made.length - left);
    const review: AgentEvent[] =
      reviewed && done.length > 0 ? [{ type: 'reviewed', changeSetId: 'r', files: [], told: 'Accepted.' }] : [];
    const ran = done.flatMap(({ id, name }, at): AgentEvent[] => [
      { type: 'callBegin', callId: id, name, title: `${name} it` },
      ...(at === 0 ? review : []),
      { type: 'callEnd', callId: id, ok: true, text: results[at] ?? '', summary: 'ok', ms: 1 },
    ]);
    const whole = done.length === made.length;
    const events: AgentEvent[] = [{ type: 'answer', text: said, reasoning: '', calls: made }, ...ran];
    return { events: whole && after ? [...events, after] : events, whole };
  });

const turn = fc
  .record({ message: text, context: text, steps: fc.array(step, { maxLength: 3 }), ends: fc.boolean() })
  .map(({ message, context, steps, ends }): AgentEvent[] => {
    const events: AgentEvent[] = [{ type: 'user', id: 'u', text: message, context }];
    for (const each of steps) {
      events.push(...each.events);
      // A turn that was stopped in the middle of its calls.
      if (!each.whole) return [...events, { type: 'end', reason: 'stopped' }];
    }
    return ends ? [...events, { type: 'end', reason: 'done' }] : events;
  });

/** Logs as the loop writes them: turns with calls, results, reviews, hints; some are stopped in the middle. */
export const randomSession: fc.Arbitrary<AgentEvent[]> = fc
  .array(turn, { minLength: 1, maxLength: 3 })
  .map((turns) => turns.flat());

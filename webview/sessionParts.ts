import type { SessionEvent } from '../sidecar/protocol/sessionEvents.ts';

/** Events that are told in one message: few enough for the panel to take them between two frames. */
const leastOfPart = 150;
/** Of the newest turns, which are told first: they fill what can be seen. */
const leastAtFirst = 60;

/**
 * A session's events as the panel is told them: those of the newest turns, then the turns before, part by part back to the
 * first. A part begins with a prompt and ends with no call open, so that each can be folded by itself.
 */
export function sessionParts<T extends SessionEvent>(events: readonly T[]): { newest: T[]; earlier: T[][] } {
  const cuts = beginnings(events);
  const parts: T[][] = [];
  let end = events.length;
  for (const cut of cuts.reverse()) {
    if (end - cut < (parts.length === 0 ? leastAtFirst : leastOfPart)) continue;
    parts.push(events.slice(cut, end));
    end = cut;
  }
  if (end > 0) parts.push(events.slice(0, end));
  const [newest = [], ...earlier] = parts;
  return { newest, earlier };
}

/** Where a part may begin: at prompts over which no call reaches. */
function beginnings(events: readonly SessionEvent[]): number[] {
  const lastOf = new Map<string, number>();
  events.forEach(({ event }, at) => {
    if ('callId' in event) lastOf.set(event.callId, at);
  });
  const cuts: number[] = [];
  let reach = 0;
  events.forEach(({ event }, at) => {
    if (event.type === 'user' && reach < at) cuts.push(at);
    if ('callId' in event) reach = Math.max(reach, lastOf.get(event.callId) ?? at);
  });
  return cuts;
}

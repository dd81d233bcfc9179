import type { AgentCall, AgentEvent } from '../protocol/agentEvents.ts';

/** How the newest turn of a log ended; `open`: it did not, `new`: there was none. */
export type TurnState = 'new' | 'open' | Extract<AgentEvent, { type: 'end' }>['reason'];

/** The state after one more event. */
export function nextTurnState(state: TurnState, event: AgentEvent): TurnState {
  switch (event.type) {
    case 'end':
      return event.reason;
    // These come between turns as well.
    case 'titled':
    case 'reviewed':
    case 'note':
    case 'pruned':
    case 'condensed':
      return state;
    default:
      return 'open';
  }
}

export const turnState = (events: readonly AgentEvent[]): TurnState => events.reduce(nextTurnState, 'new' as TurnState);

const closing = new Set<AgentEvent['type']>(['user', 'steer', 'hint', 'answer', 'end']);

/**
 * The calls of the newest answer that have no result, and whether they were begun. None where something followed that
 * left them behind. Ids count within one answer only: servers use them again.
 */
export function openCalls(events: readonly AgentEvent[]): { call: AgentCall; begun: boolean }[] {
  const at = events.findLastIndex(({ type }) => closing.has(type));
  const answer = events[at];
  if (answer?.type !== 'answer') return [];
  const later = events.slice(at + 1);
  const has = (type: 'callBegin' | 'callEnd', id: string) =>
    later.some((event) => event.type === type && event.callId === id);
  return answer.calls
    .filter(({ id }) => !has('callEnd', id))
    .map((call) => ({ call, begun: has('callBegin', call.id) }));
}

/**
 * The number of events, at most `wanted`, after which a log can be cut: no call loses a result that it has or may still
 * get. The messages of what is left are then the first messages of the whole, as far as nothing was condensed later.
 */
export function cleanCut(events: readonly AgentEvent[], wanted: number): number {
  const most = Math.max(0, Math.min(Math.floor(wanted), events.length));
  const answer = events.slice(0, most).findLastIndex(({ type }) => closing.has(type));
  if (events[answer]?.type !== 'answer') return most;
  const after = events.findIndex(({ type }, at) => at >= most && closing.has(type));
  const rest = events.slice(most, after === -1 ? events.length : after);
  const mayCome = after === -1 && openCalls(events).length > 0;
  // Before the answer nothing of it is open.
  return mayCome || rest.some(({ type }) => type === 'callEnd') ? answer : most;
}

import { randomUUID } from 'node:crypto';
import type { AgentCall, AgentEvent } from '../protocol/agentEvents.ts';

/**
 * The calls of an answer with ids that no other call of the session has: some servers count anew in each answer or give
 * all calls of one answer the same id, and results, dropped results and a mended log go by them.
 */
export function withOwnIds(calls: readonly AgentCall[], log: readonly AgentEvent[]): AgentCall[] {
  const taken = new Set(log.flatMap((event) => (event.type === 'answer' ? event.calls.map(({ id }) => id) : [])));
  return calls.map((call) => {
    // Nine letters and digits: what the strictest servers take.
    const id = taken.has(call.id) || call.id === '' ? randomUUID().replaceAll('-', '').slice(0, 9) : call.id;
    taken.add(id);
    return { ...call, id };
  });
}

import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { SessionEvent, ShownEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { sessionParts } from '../../webview/sessionParts.ts';

type State = Extract<HostMessage, { type: 'state' }>;

/** When sample sessions begin: a fixed morning. */
export const startedAt = new Date(2026, 10, 20, 14, 2).getTime();

/** Events with their indexes and times, as a log has them; what is only shown has none. `from`: the first index. */
export function events(list: readonly (AgentEvent | ShownEvent)[], from = 0, at = startedAt): SessionEvent[] {
  let index = from;
  let time = at;
  return list.map((event) => {
    time += 1000;
    return isShown(event) ? { event } : { index: index++, at: time, event };
  });
}

const shown = new Set(['text', 'reasoning', 'progress', 'output', 'notice', 'waiting', 'broken']);
const isShown = (event: AgentEvent | ShownEvent): event is ShownEvent => shown.has(event.type);

export const user = (text: string, attached: string[] = [], model = 'Small 2'): AgentEvent => ({
  ...{ type: 'user', id: text, text, context: '', model },
  attached,
});

const usage = { reusedTokens: 11_900, outputTokens: 318, tokensPerSecond: 43.2 };

const usageOf = (used: number) => {
  const promptTokens = used - usage.outputTokens;
  return { ...usage, promptTokens, reusedTokens: Math.min(usage.reusedTokens, promptTokens) };
};

/** An answer with its calls: `[id, name, arguments]`. `used`: tokens of it and its prompt. */
export function answer(
  text: string,
  calls: [string, string, unknown][] = [],
  reasoning = '',
  used = 12_730,
): AgentEvent {
  return {
    ...{ type: 'answer', text, reasoning, usage: usageOf(used) },
    calls: calls.map(([id, name, args]) => ({ id, name, arguments: JSON.stringify(args) })),
  };
}

export const begin = (callId: string, name: string, title: string): AgentEvent => ({
  ...{ type: 'callBegin', callId, name, title },
});

export const finish = (callId: string, summary: string, text = summary, ms = 200, ok = true): AgentEvent => ({
  ...{ type: 'callEnd', callId, ok, text, summary, ms },
});

export const done: AgentEvent = { type: 'end', reason: 'done' };

/** A panel with a session; what is not given is empty. */
export function stateOf(list: readonly SessionEvent[], more: Partial<State> & Partial<State['session']> = {}): State {
  const { id, title, mode, running, continues, waiting, branches, ...state } = more;
  return {
    type: 'state',
    session: {
      id: id ?? 'session',
      title: title ?? '',
      mode: mode ?? 'ask',
      events: [...list],
      running: running ?? false,
      continues: continues ?? false,
      waiting: waiting ?? [],
      branches: branches ?? [],
    },
    pending: null,
    staged: null,
    context: [],
    model: { name: 'Small 2', kind: 'local', contextSize: 32_768 },
    settings: { reasoning: 'folded', whileRunning: 'steer' },
    firstRun: null,
    downloads: [],
    language: 'en',
    platform: 'linux',
    ...state,
  };
}

/** A session as the extension tells it: its newest turns, and then those before. */
export function messagesOf(list: readonly SessionEvent[], more: Parameters<typeof stateOf>[1] = {}): HostMessage[] {
  const { newest, earlier } = sessionParts(list);
  const state = stateOf(newest, more);
  return [state, ...earlier.map((part) => ({ type: 'earlier' as const, sessionId: state.session.id, events: part }))];
}

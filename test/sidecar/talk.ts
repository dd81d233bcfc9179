import assert from 'node:assert/strict';
import type { AgentEvent, StepUsage } from '../../sidecar/protocol/agentEvents.ts';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import {
  sessionCreate,
  sessionEvents,
  sessionRemove,
  sessionSend,
  sessionStop,
} from '../../sidecar/protocol/sessions.ts';
import type { TestSidecar } from './startSidecar.ts';

/** What came of one message. */
export interface Turn {
  /** What the model said, in all answers of the turn. */
  text: string;
  end: Extract<AgentEvent, { type: 'end' }>['reason'];
  problem: ProblemReport | undefined;
  /** Of each answer that was counted. */
  usage: StepUsage[];
}

/** Sessions of a sidecar, as somebody has them who sends a message and waits for the end of its turn. */
export interface Talk {
  /** A session that only looks, so that nothing is asked. */
  begin(mode?: AgentMode): Promise<string>;
  say(sessionId: string, text: string, onEvent?: (event: SessionEvent['event']) => void): Promise<Turn>;
  /** Ends the turn; `say` answers with what had come. */
  stop(sessionId: string): Promise<void>;
  remove(sessionId: string): Promise<void>;
}

/** `onEvent` is told of the events of all sessions. */
export function talkWith(
  sidecar: TestSidecar,
  onEvent: (event: SessionEvent['event']) => void = () => undefined,
): Talk {
  const listeners = new Map<string, (event: SessionEvent['event']) => void>();
  sidecar.connection.onNotification(sessionEvents.method, (raw: unknown) => {
    const { sessionId, events } = sessionEvents.params.parse(raw);
    for (const { event } of events) {
      onEvent(event);
      listeners.get(sessionId)?.(event);
    }
  });

  function turn(sessionId: string, watch?: (event: SessionEvent['event']) => void): Promise<Turn> {
    const said: string[] = [];
    const answered: string[] = [];
    const usage: StepUsage[] = [];
    return new Promise((resolve, reject) => {
      listeners.set(sessionId, (event) => {
        watch?.(event);
        if (event.type === 'text') said.push(event.text);
        if (event.type === 'answer') answered.push(event.text);
        if (event.type === 'answer' && event.usage) usage.push(event.usage);
        if (event.type === 'broken') reject(new Error(event.problem.sentence));
        if (event.type !== 'end') return;
        listeners.delete(sessionId);
        const text = answered.join('');
        if (said.join('') !== text) reject(new Error(`told: ${said.join('')}; kept: ${text}`));
        resolve({ text, end: event.reason, problem: event.problem, usage });
      });
    });
  }

  return {
    async begin(mode = 'plan') {
      return (await sidecar.request(sessionCreate, { mode })).sessionId;
    },
    async say(sessionId, text, watch) {
      const ended = turn(sessionId, watch);
      const { taken } = await sidecar.request(sessionSend, { sessionId, text, context: [], whenBusy: 'queue' });
      assert.equal(taken, 'started');
      return ended;
    },
    async stop(sessionId) {
      await sidecar.request(sessionStop, { sessionId });
    },
    async remove(sessionId) {
      assert.equal((await sidecar.request(sessionRemove, { sessionId })).kind, 'done');
    },
  };
}

import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../sidecar/protocol/sessions.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { keepRule } from '../agent/agentSettings.ts';
import type { PanelHandlers } from './panelHandlers.ts';
import type { PanelProblem } from './panelProblem.ts';
import type { PendingQuestions } from './pendingQuestions.ts';
import type { Removals } from './removals.ts';
import type { SessionClient } from './sessionClient.ts';
import type { SessionTexts } from './sessionTexts.ts';

export interface SessionHandlersDeps {
  sessions: SessionClient;
  pending: PendingQuestions;
  /** What goes along with a message. */
  context(): Promise<SessionContext[]>;
  /** It has gone along. */
  contextSent(): void;
  problem: PanelProblem;
  texts: SessionTexts;
  post(message: HostMessage): void;
  history(query: string): Promise<void>;
  removals(): Removals;
  /** What a button does that is the same everywhere. */
  runAction(report: ProblemReport, action: string): void;
  switchMode(): unknown;
}

/** Buttons of a problem that the conversation itself answers. */
export const conversationActions: ReadonlySet<string> = new Set(['Retry', 'New Session', 'Condense', 'Give a Hint...']);

/** What the panel asks of sessions. */
export function sessionHandlers(deps: SessionHandlersDeps) {
  const { sessions, pending, problem, post } = deps;

  /** What could not be sent goes back into the composer. */
  async function send(text: string, whenBusy: 'steer' | 'queue'): Promise<void> {
    problem.tell(null);
    problem.tellTrust();
    try {
      await sessions.send(text, await deps.context(), whenBusy);
      deps.contextSent();
    } catch (error) {
      post({ type: 'focusComposer', text });
      problem.tellError(error);
    }
  }

  /** Goes on, or sends the last message again where there is nothing to go on with. */
  async function goOn(): Promise<void> {
    problem.tell(null);
    if (await sessions.continue()) return;
    const last = sessions.shown().events.findLast(({ event }) => event.type === 'user')?.event;
    if (last?.type === 'user') await sessions.send(last.text, [], 'steer');
  }

  async function runAction(event: number, action: string): Promise<void> {
    const report = event < 0 ? problem.shown() : sessions.shown().problemAt(event);
    // Only what the card offered: a message names an action, it does not make one.
    if (!report?.actions.includes(action)) return;
    switch (action) {
      case 'Retry':
        return goOn();
      case 'New Session':
        return sessions.newSession();
      case 'Condense':
        return sessions.condense();
      case 'Give a Hint...':
        return post({ type: 'focusComposer' });
      default:
        return deps.runAction(report, action);
    }
  }

  const handlers: PanelHandlers<
    | 'send'
    | 'stop'
    | 'continue'
    | 'takeBack'
    | 'moveWaiting'
    | 'sendNext'
    | 'stopCall'
    | 'setMode'
    | 'permit'
    | 'keepRule'
    | 'answerQuestion'
    | 'newSession'
    | 'openSession'
    | 'listSessions'
    | 'renameSession'
    | 'removeSession'
    | 'undoRemove'
    | 'fork'
    | 'resend'
    | 'condense'
    | 'openAnswer'
    | 'openOutput'
    | 'runAction'
  > = {
    send: ({ text, whenBusy }) => send(text, whenBusy),
    stop: () => sessions.stop(),
    continue: goOn,
    async takeBack({ messageId, edit }) {
      const text = await sessions.takeBack(messageId);
      if (edit && text !== null) post({ type: 'focusComposer', text });
    },
    moveWaiting: ({ messageId, by }) => sessions.moveWaiting(messageId, by),
    sendNext: () => sessions.sendNext(),
    stopCall: ({ callId }) => sessions.stopCall(callId),
    setMode: () => deps.switchMode(),
    permit({ callId, answer, acceptStaged, word }) {
      const asked = pending.of(sessions.shown().id);
      if (asked?.kind !== 'permission' || asked.asked.callId !== callId) return;
      const rejects = answer === 'reject_once';
      pending.answerPermit(asked, rejects ? { answer, ...(word ? { word } : {}) } : { answer, acceptStaged });
    },
    async keepRule({ rule }) {
      const [line = ''] = rule.trim().split('\n');
      if (line !== '') await keepRule(line);
    },
    answerQuestion: ({ id, answer }) => void pending.answerQuestion(id, answer),
    newSession: () => sessions.newSession(),
    openSession: ({ sessionId }) => sessions.open(sessionId),
    listSessions: ({ query }) => deps.history(query),
    renameSession: ({ sessionId, title }) => sessions.rename(sessionId, title),
    removeSession: ({ sessionId }) => deps.removals().add(sessionId),
    undoRemove: ({ sessionId }) => deps.removals().undo(sessionId),
    fork: ({ events }) => sessions.fork(events),
    async resend({ events, text }) {
      if (await sessions.fork(events, true)) await send(text, 'steer');
    },
    condense: () => sessions.condense(),
    openAnswer: ({ text }) => deps.texts.openAnswer(text),
    openOutput: ({ callId }) => deps.texts.openOutput(callId),
    runAction: ({ event, action }) => runAction(event, action),
  };
  return handlers;
}

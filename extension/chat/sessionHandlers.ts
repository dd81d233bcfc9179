import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../sidecar/protocol/sessions.ts';
import type { HostMessage } from '../../webview/protocol.ts';
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
  /** Stores a rule for this workspace. */
  keepRule(rule: string): Promise<void>;
}

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

  /** The last message in another version: what came of it before stays beside it. */
  async function sendAgain(): Promise<void> {
    const { events } = sessions.shown();
    const at = events.findLastIndex(({ event }) => event.type === 'user');
    const last = events[at]?.event;
    if (last?.type === 'user' && (await sessions.fork(at, true))) await send(last.text, 'steer');
  }

  /** The last message goes back into the composer, on a branch without it: what goes along with it can be chosen anew. */
  async function writeAgain(): Promise<void> {
    const { events } = sessions.shown();
    const at = events.findLastIndex(({ event }) => event.type === 'user');
    const last = events[at]?.event;
    if (last?.type === 'user' && (await sessions.fork(at, true))) post({ type: 'focusComposer', text: last.text });
  }

  async function runAction(event: number, action: string): Promise<void> {
    const report = event < 0 ? problem.shown() : sessions.shown().problemAt(event);
    // Only what the card offered: a message names an action, it does not make one.
    if (!report?.actions.includes(action)) return;
    switch (action) {
      case 'Retry':
        return report.code === 'streamCut' ? sendAgain() : goOn();
      case 'Continue':
      // What the model waits for is fetched when it is needed again.
      case 'Try Now':
      case 'Resume':
      case 'Resume Download':
      case 'Download Again':
        return goOn();
      case 'Close':
      case 'Cancel':
        return problem.tell(null);
      case 'New Session':
        return sessions.newSession();
      case 'Condense':
        return sessions.condense();
      case 'Remove Context...':
        return writeAgain();
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
      if (line !== '') await deps.keepRule(line);
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

import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import type { PanelHandlers } from './panelHandlers.ts';
import type { PanelProblem } from './panelProblem.ts';
import { canBeSeen, type PendingQuestions } from './pendingQuestions.ts';
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
  /** Goes along with the next message again. */
  putBack(context: readonly SessionContext[]): void;
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

  /** The message at an index in another version, with what went along with it: what is in the composer waits. */
  async function resend(at: number, text: string): Promise<void> {
    problem.tell(null);
    problem.tellTrust();
    let context: readonly SessionContext[] | null = [];
    try {
      context = await sessions.fork(at, true);
      if (context) await sessions.send(text, context, 'steer');
    } catch (error) {
      writeAgain({ text, context: context ?? [] });
      problem.tellError(error);
    }
  }

  function writeAgain({ text, context }: { text: string; context: readonly SessionContext[] }): void {
    deps.putBack(context);
    post({ type: 'focusComposer', text });
  }

  /** Goes on, or sends the last message again where there is nothing to go on with. */
  async function goOn(): Promise<void> {
    problem.tell(null);
    if (await sessions.continue()) return;
    const last = sessions.shown().events.findLast(({ event }) => event.type === 'user')?.event;
    if (last?.type === 'user') await sessions.send(last.text, [], 'steer');
  }

  function lastMessage(): { at: number; text: string } | undefined {
    const { events } = sessions.shown();
    const at = events.findLastIndex(({ event }) => event.type === 'user');
    const last = events[at]?.event;
    return last?.type === 'user' ? { at, text: last.text } : undefined;
  }

  /** What came of the last message before stays beside the new version. */
  async function sendAgain(): Promise<void> {
    const last = lastMessage();
    if (last) await resend(last.at, last.text);
  }

  /** The last message goes back into the composer with its chips, on a branch without it: some of them can be removed. */
  async function chooseContext(): Promise<void> {
    const last = lastMessage();
    const context = last && (await sessions.fork(last.at, true));
    if (context) writeAgain({ text: last.text, context });
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
        return chooseContext();
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
      const taken = await sessions.takeBack(messageId);
      if (edit && taken) writeAgain(taken);
    },
    moveWaiting: ({ messageId, by }) => sessions.moveWaiting(messageId, by),
    sendNext: () => sessions.sendNext(),
    stopCall: ({ callId }) => sessions.stopCall(callId),
    setMode: () => deps.switchMode(),
    permit({ callId, answer, acceptStaged, word }) {
      const asked = pending.of(sessions.shown().id);
      if (asked?.kind !== 'permission' || asked.asked.callId !== callId || !canBeSeen(asked)) return;
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
    async fork({ events }) {
      await sessions.fork(events);
    },
    resend: ({ events, text }) => resend(events, text),
    condense: () => sessions.condense(),
    openAnswer: ({ text }) => deps.texts.openAnswer(text),
    openOutput: ({ callId }) => deps.texts.openOutput(callId),
    runAction: ({ event, action }) => runAction(event, action),
  };
  return handlers;
}

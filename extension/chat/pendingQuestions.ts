import type { CancellationToken } from 'vscode';
import type { RequestParams, RequestResult } from '../../sidecar/protocol/messages.ts';
import type { Pending } from '../../webview/protocol.ts';

export type PermitAnswer = RequestResult<'hostPermit'>;

interface Waiting {
  sessionId: string;
  pending: Pending;
  /** Answers the sidecar; only the first answer counts. */
  settle(answer: { permit: PermitAnswer } | { question: string | null }): void;
}

/** Sooner than this nobody answers what they see. */
const seenMs = 300;

/**
 * Whether an answer can be meant for a question. One that has just come stands where the one before it stood: a second
 * press or click was about that one. (A clock that was set back does not keep it from being answered.)
 */
export const canBeSeen = ({ at }: Pending): boolean => Math.abs(Date.now() - at) >= seenMs;

/** What the sidecar asks the person, and waits for as long as it takes: permissions and questions, the oldest first. */
export interface PendingQuestions {
  permit(params: RequestParams<'hostPermit'>, token: CancellationToken): Promise<PermitAnswer>;
  ask(params: RequestParams<'hostAsk'>, token: CancellationToken): Promise<RequestResult<'hostAsk'>>;
  /** What a session waits for now. */
  of(sessionId: string): Pending | null;
  /** All that waits, the oldest first. */
  all(): readonly { sessionId: string; pending: Pending }[];
  /** False if it no longer waits. What is answered is what was shown: another call may have the same id. */
  answerPermit(shown: Pending, answer: PermitAnswer): boolean;
  answerQuestion(id: string, answer: string | null): boolean;
  /** Nobody waits for the answers any more. */
  endAll(): void;
}

/** `onChange` is told which session waits for something else now, and of what is new. */
export function createPendingQuestions(
  onChange: (sessionId: string, added: Pending | undefined) => void,
): PendingQuestions {
  let waiting: Waiting[] = [];
  let questions = 0;

  function add<T>(
    sessionId: string,
    pending: Pending,
    token: CancellationToken,
    read: (answer: Parameters<Waiting['settle']>[0]) => T,
    unanswered: Parameters<Waiting['settle']>[0],
  ): Promise<T> {
    return new Promise<T>((resolve) => {
      const entry: Waiting = {
        sessionId,
        pending,
        settle(answer) {
          if (!waiting.includes(entry)) return;
          waiting = waiting.filter((each) => each !== entry);
          cancelled.dispose();
          resolve(read(answer));
          onChange(sessionId, undefined);
        },
      };
      waiting.push(entry);
      const cancelled = token.onCancellationRequested(() => entry.settle(unanswered));
      onChange(sessionId, pending);
      if (token.isCancellationRequested) entry.settle(unanswered);
    });
  }

  const rejected: PermitAnswer = { answer: 'reject_once' };
  return {
    permit: ({ sessionId, asked }, token) =>
      add(
        sessionId,
        { kind: 'permission', at: Date.now(), asked },
        token,
        (answer) => ('permit' in answer ? answer.permit : rejected),
        { permit: rejected },
      ),
    ask({ sessionId, question, choices }, token) {
      const pending: Pending = { kind: 'question', at: Date.now(), id: `question-${++questions}`, question, choices };
      return add(sessionId, pending, token, (answer) => ({ answer: 'question' in answer ? answer.question : null }), {
        question: null,
      });
    },
    of: (sessionId) => waiting.find((each) => each.sessionId === sessionId)?.pending ?? null,
    all: () => waiting,
    answerPermit(shown, permit) {
      const entry = waiting.find(({ pending }) => pending === shown && pending.kind === 'permission');
      entry?.settle({ permit });
      return entry !== undefined;
    },
    answerQuestion(id, question) {
      const entry = waiting.find(({ pending }) => pending.kind === 'question' && pending.id === id);
      entry?.settle({ question });
      return entry !== undefined;
    },
    endAll() {
      for (const entry of waiting)
        entry.settle(entry.pending.kind === 'permission' ? { permit: rejected } : { question: null });
    },
  };
}

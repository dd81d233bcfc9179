import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import type { RequestMessage } from '../protocol/message.ts';
import { hostAsk, hostPermit, hostReview } from '../protocol/sessions.ts';
import { tokenOf } from './editorHost.ts';
import type { Person } from './person.ts';

/** The person at the editor, for one session. An editor that is gone, or a turn that ended, decides nothing. */
export function createEditorPerson(connection: ProtocolConnection, sessionId: string): Person {
  async function ask<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    params: z.infer<P>,
    signal: AbortSignal,
  ): Promise<z.infer<R> | null> {
    try {
      return message.result.parse(await connection.sendRequest(message.method, params, tokenOf(signal)));
    } catch {
      return null;
    }
  }
  return {
    async review(changeSet, acceptAll, signal) {
      return (await ask(hostReview, { sessionId, changeSet, acceptAll }, signal)) ?? { kind: 'left' };
    },
    async permit({ callId, title, assessment, staged }, signal) {
      const { risk, what, where, reasons, rule } = assessment;
      const asked = {
        ...{ callId, title, risk, what, reasons, staged },
        ...(where === undefined ? {} : { where }),
        ...(rule === undefined ? {} : { rule }),
      };
      return (await ask(hostPermit, { sessionId, asked }, signal)) ?? { answer: 'reject_once' };
    },
    async ask(question, choices, signal) {
      return (await ask(hostAsk, { sessionId, question, choices: [...choices] }, signal))?.answer ?? null;
    },
  };
}

import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { ReadOnlyDocuments } from '../readOnlyDocuments.ts';
import type { SessionClient } from './sessionClient.ts';

/** Texts of the session that is shown, opened in an editor. */
export interface SessionTexts {
  openAnswer(text: string): Promise<void>;
  openLastAnswer(): Promise<void>;
  openOutput(callId: string): Promise<void>;
}

export function createSessionTexts(sessions: Pick<SessionClient, 'shown'>, documents: ReadOnlyDocuments): SessionTexts {
  const openAnswer = (text: string) => documents.show(`${t('Answer')}.md`, text);
  return {
    openAnswer,
    async openLastAnswer() {
      const last = sessions.shown().events.findLast(({ event }) => event.type === 'answer' && event.text !== '')?.event;
      if (last?.type === 'answer') await openAnswer(last.text);
    },
    async openOutput(callId) {
      const running = sessions.shown().outputOf(callId);
      const ended = sessions.shown().events.find(({ event }) => event.type === 'callEnd' && event.callId === callId);
      const result = ended?.event.type === 'callEnd' ? ended.event.text : '';
      const whole = running ?? (await wholeOutput(result)) ?? result;
      await documents.show(`${t('Output')} ${callId}.log`, whole);
    },
  };
}

/** What the result of a command was cut from: the file that the result names. Undefined if there is none any more. */
async function wholeOutput(result: string): Promise<string | undefined> {
  const path = /the whole output is in (.+?\.log)\b/.exec(result)?.[1];
  if (path === undefined) return undefined;
  return vscode.workspace.fs.readFile(vscode.Uri.file(path)).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
}

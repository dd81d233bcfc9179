import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { type RecordedRequest, type ScriptedReply, startScriptedServer } from '../servers/scriptedServer.ts';
import { type Messages, recordMessages } from './messages.ts';
import { waitFor } from './waitFor.ts';

/** A window in which fixes are answered by a scripted server, through the real extension and the real sidecar. */
export interface FixHost {
  folder: string;
  messages: Messages;
  /** The server's reply to the next requests. */
  reply: (request: RecordedRequest) => ScriptedReply | Promise<ScriptedReply>;
  /** Answers every request with these files, each whole: the first is the one that is fixed. */
  answerWith(text: string, others?: Record<string, string>): void;
  /** Bodies of the requests since the start of the test, as JSON text. */
  bodies(): string[];
  /** Path of a file of this test in the workspace: each test has a folder of its own, as VS Code remembers texts by path. */
  relative(name: string): string;
  /** Writes a file and opens it. */
  open(name: string, content: string | Uint8Array): Promise<vscode.TextEditor>;
  path(name: string): string;
  bytes(name: string): Buffer;
  text(name: string): string;
  run(command: string, ...args: unknown[]): Promise<unknown>;
  /** Fixes the file in front and waits for the review. Answers its right side. */
  review(): Promise<vscode.TextEditor>;
  set(values: Record<string, unknown>): Promise<void>;
  start(): Promise<void>;
  /** Closes all editors, removes what the test made. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const fence = '````';

/** A whole-file answer, with further files by path. */
export const wholeFiles = (text: string, others: Record<string, string> = {}): ScriptedReply => {
  const blocks = [['python', text], ...Object.entries(others)];
  return { stream: [`Done.\n\n${blocks.map(([info, body]) => `${fence}${info}\n${body}\n${fence}\n`).join('\n')}`] };
};

export function createFixHost(): FixHost {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  assert.ok(folder, 'the tests run in a folder');
  let server: Awaited<ReturnType<typeof startScriptedServer>> | undefined;
  let seen = 0;
  const changed = new Set<string>();
  const prefix = `t${Date.now().toString(36)}`;
  let run = 0;
  const relative = (name: string) => `${prefix}-${run}/${name}`;
  const path = (name: string) => join(folder, relative(name));

  const host: FixHost = {
    folder,
    messages: recordMessages(),
    reply: () => ({ status: 500, body: 'no reply set' }),
    answerWith(text, others) {
      host.reply = () => wholeFiles(text, others);
    },
    bodies: () => (server?.chats() ?? []).slice(seen).map(({ body }) => JSON.stringify(body)),
    relative,
    async open(name, content) {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), content);
      return vscode.window.showTextDocument(vscode.Uri.file(path(name)), { preview: false });
    },
    path,
    bytes: (name) => readFileSync(path(name)),
    text: (name) => readFileSync(path(name), 'utf8'),
    run: async (command, ...args) => vscode.commands.executeCommand(command, ...args),
    async review() {
      await host.run('devstral.fixFile');
      return waitFor('the review', () => {
        const editor = vscode.window.activeTextEditor;
        return editor?.document.uri.scheme === 'devstral-review' && editor;
      }).catch((error: unknown) => {
        throw new Error(`${String(error)}; shown: ${host.messages.texts.join(' | ')}`);
      });
    },
    async set(values) {
      for (const [name, value] of Object.entries(values)) {
        changed.add(name);
        await vscode.workspace.getConfiguration().update(name, value, vscode.ConfigurationTarget.Global);
      }
    },
    async start() {
      server = await startScriptedServer((request) => host.reply(request));
      await host.set({
        'devstral.servers': [{ name: 'scripted', url: server.url, model: 'scripted' }],
        'devstral.model': 'scripted',
        'devstral.fix.attempts': 1,
      });
    },
    async reset() {
      // Files of unsaved buffers first: VS Code would ask for them.
      for (const document of vscode.workspace.textDocuments) {
        if (!document.isDirty || document.uri.scheme !== 'file') continue;
        await vscode.window.showTextDocument(document);
        await host.run('workbench.action.files.revert');
      }
      await host.run('devstral.review.rejectAll');
      await host.run('workbench.action.closeAllEditors');
      rmSync(path('.'), { recursive: true, force: true });
      run++;
      host.messages.texts.length = 0;
      host.messages.asked.length = 0;
      seen = server?.chats().length ?? 0;
    },
    async stop() {
      host.messages.restore();
      for (const name of changed) {
        await vscode.workspace.getConfiguration().update(name, undefined, vscode.ConfigurationTarget.Global);
      }
      await server?.close();
    },
  };
  return host;
}

/** Two functions with a bug each, lines apart, so that mending them makes two changes. */
export const buggy = [
  'def first(values):',
  '    return values[1]',
  '',
  '',
  'def middle(values):',
  '    return values[len(values) // 2]',
  '',
  '',
  'def mean(values):',
  '    return sum(values) / (len(values) - 1)',
  '',
].join('\n');
export const firstMended = buggy.replace('values[1]', 'values[0]');
export const secondMended = buggy.replace('(len(values) - 1)', 'len(values)');
export const mended = firstMended.replace('(len(values) - 1)', 'len(values)');

/**
 * Replaces the only place of `from` in the editor's text. VS Code answers that it did where an editor still is read-only
 * (what was streamed into it is unlocked a moment after it is shown), so it is asked again.
 */
export async function replace(editor: vscode.TextEditor, from: string, to: string): Promise<void> {
  const { version } = editor.document;
  const at = editor.document.getText().indexOf(from);
  assert.ok(at >= 0, `${from} is not in the editor`);
  const range = new vscode.Range(editor.document.positionAt(at), editor.document.positionAt(at + from.length));
  for (let tries = 0; tries < 40 && editor.document.version === version; tries++) {
    if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(await editor.edit((edit) => edit.replace(range, to)));
  }
  assert.ok(editor.document.version > version, 'the editor can be edited');
}

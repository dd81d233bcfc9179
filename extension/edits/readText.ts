import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { hostReadText } from '../../sidecar/protocol/host.ts';
import { hashText } from './hashText.ts';

/** A file's text as the editor decodes it, for encodings that the sidecar does not read itself. */
export async function readText({
  uri,
}: z.infer<typeof hostReadText.params>): Promise<z.infer<typeof hostReadText.result>> {
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  } catch {
    return { kind: 'unreadable', reason: 'binary', encoding: 'UTF-8' };
  }
  const text = document.getText();
  // A character that could not be decoded would be lost on the next save.
  if (text.includes('\uFFFD')) return { kind: 'unreadable', reason: 'encoding', encoding: document.encoding };
  return {
    kind: 'text',
    file: {
      text,
      eol: document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n',
      mixedEol: false,
      bom: document.encoding.endsWith('bom'),
      encoding: document.encoding,
      revision: { kind: 'buffer', version: document.version, sha256: hashText(text) },
    },
  };
}

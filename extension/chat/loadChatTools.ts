import { join } from 'node:path';
import type * as vscode from 'vscode';
import type * as Bundle from './chatTools.ts';

/** Loads the bundle when something of it is first needed. */
export function loadChatTools(extensionUri: vscode.Uri): Bundle.ChatTools {
  const { chatTools } = require(join(extensionUri.fsPath, 'dist', 'chatTools.cjs')) as typeof Bundle;
  return chatTools;
}

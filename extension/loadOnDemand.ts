import { join } from 'node:path';
import type * as vscode from 'vscode';
import type * as Bundle from './onDemand.ts';

/** Loads the bundle when something of it is first needed. */
export function loadOnDemand(extensionUri: vscode.Uri): Bundle.OnDemand {
  const { onDemand } = require(join(extensionUri.fsPath, 'dist', 'onDemand.cjs')) as typeof Bundle;
  return onDemand;
}

import ignore from 'ignore';
import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import { hasSecretName } from '../../../sidecar/protocol/secretNames.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import { nameOf } from './contextItem.ts';

export type IsIgnored = (uri: vscode.Uri) => boolean;

/** The predicate of files of rules (gitignore's syntax) in the workspace's folders, as they are now. */
export async function readIgnoreFiles(names: readonly string[]): Promise<IsIgnored> {
  const rules = new Map<string, ReturnType<typeof ignore>>();
  for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
    const texts = await Promise.all(names.map((name) => textOf(vscode.Uri.joinPath(uri, name))));
    rules.set(uri.toString(), ignore().add(texts.join('\n')));
  }
  return (uri) => {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    const path = folder && uri.path.slice(folder.uri.path.replace(/\/$/, '').length + 1);
    return path ? (rules.get(folder.uri.toString())?.ignores(path) ?? false) : false;
  };
}

const textOf = (uri: vscode.Uri) =>
  vscode.workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );

/** Why a file or folder cannot go along with a message; null if it can. The sidecar asks the same once more when it reads. */
export async function refusalOf(uri: vscode.Uri): Promise<ProblemReport | null> {
  const refuse = (reason: string) => problem('contextRefused', { what: nameOf(uri), reason });
  if (uri.scheme !== 'file' || !vscode.workspace.getWorkspaceFolder(uri)) {
    return refuse(t('is outside of the open folders'));
  }
  if (hasSecretName(vscode.workspace.asRelativePath(uri, false))) return refuse(t('may hold secrets'));
  const isIgnored = await readIgnoreFiles(['.devstralignore']);
  // A rule for folders ("private/") is seen by what it holds.
  const named = isIgnored(uri) || isIgnored(vscode.Uri.joinPath(uri, '-'));
  return named ? refuse(t('is named in .devstralignore')) : null;
}

import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import { hasSecretName } from '../../../sidecar/protocol/secretNames.ts';
import { t } from '../../../sidecar/protocol/translate.ts';
import { type ContextItem, textItem } from './contextItem.ts';
import { readableDiff } from './readableDiff.ts';
import { readIgnoreFiles } from './refusedFiles.ts';

/** Of the API that VS Code's own git extension gives to others (extensions/git/src/api/git.d.ts). */
interface GitExtension {
  enabled: boolean;
  getAPI(version: 1): { repositories: Repository[] };
}
interface Repository {
  rootUri: vscode.Uri;
  diff(cached?: boolean): Promise<string>;
  state: { untrackedChanges?: { uri: vscode.Uri }[] };
}

/** The workspace's repositories; why there are none, if the git extension cannot say. */
async function repositories(): Promise<Repository[] | string> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  const git = await extension?.activate();
  if (!git?.enabled) return t('needs the Git extension, which is off');
  const all = git.getAPI(1).repositories;
  const open = all.filter(({ rootUri }) =>
    vscode.workspace.workspaceFolders?.some(({ uri }) => isWithin(uri, rootUri) || isWithin(rootUri, uri)),
  );
  return open.length > 0 ? open : t('needs a Git repository');
}

const isWithin = (inner: vscode.Uri, outer: vscode.Uri) => `${inner.path}/`.startsWith(`${outer.path}/`);

/** What is not committed, staged or not, without files with secrets; what cannot be had is said. */
export async function diffItem(): Promise<ContextItem | ProblemReport> {
  const label = t('Working tree');
  const refuse = (reason: string) => problem('contextRefused', { what: label, reason });
  const found = await repositories();
  if (typeof found === 'string') return refuse(found);
  const isIgnored = await readIgnoreFiles(['.devstralignore']);
  const texts: string[] = [];
  for (const repository of found) {
    const { rootUri, state } = repository;
    const at = (path: string) => vscode.Uri.joinPath(rootUri, path);
    const isHidden = (path: string) => hasSecretName(path) || isIgnored(at(path));
    const [staged, unstaged] = await Promise.all([repository.diff(true), repository.diff(false)]);
    const fresh = (state.untrackedChanges ?? []).map(({ uri }) => uri.path.slice(rootUri.path.length + 1));
    texts.push(readableDiff(`${staged}\n${unstaged}`, fresh, isHidden));
  }
  const text = texts.filter(Boolean).join('\n');
  return text === '' ? refuse(t('has no changes')) : textItem('diff', { id: 'tree', label, path: label, text });
}

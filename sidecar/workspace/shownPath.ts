import { basename } from 'node:path';
import { URI } from 'vscode-uri';
import { resolveInside } from './workspacePath.ts';

/** A file as people and models are shown it: below its root, after the root's name where there are several; else whole. */
export function shownPath(roots: readonly string[], uri: string): string {
  const found = resolveInside([...roots], uri);
  if (found.kind === 'outside') return uri.startsWith('file:') ? URI.parse(uri).fsPath : uri;
  return (roots.length > 1 ? [basename(found.root), found.relative].filter(Boolean).join('/') : found.relative) || '.';
}

import { relative } from 'node:path';
import { URI } from 'vscode-uri';
import { resolveInside } from './workspacePath.ts';

/** A file as people and the model call it: its path below its root, with `/`; the whole path where it is in none. */
export function nameInRoots(roots: readonly string[], uri: string): string {
  const path = URI.parse(uri).fsPath;
  const place = resolveInside([...roots], path);
  return place.kind === 'inside' ? relative(place.root, place.path).replaceAll('\\', '/') : path;
}

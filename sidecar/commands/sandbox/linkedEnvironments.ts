import { existsSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { isBelow } from './home.ts';

/**
 * Virtual environments of Python that the workspace only links, by where they lie: in the home they would be hidden. A command
 * can make such a link itself, so only to what is an environment and holds nothing else.
 */
export function linkedEnvironments(roots: readonly string[], home: string): string[] {
  return roots
    .flatMap((root) => ['.venv', 'venv'].map((name) => posix.join(root, name)))
    .flatMap((path) => realPath(path) ?? [])
    .filter((folder) => existsSync(posix.join(folder, 'pyvenv.cfg')))
    .filter(
      (folder) => !isBelow(home, folder) && !roots.some((root) => isBelow(folder, root) || isBelow(root, folder)),
    );
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

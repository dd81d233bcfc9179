import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import ignore from 'ignore';
import { resolveInside } from '../workspace/workspacePath.ts';
import type { IsIgnored } from './redactEvent.ts';

/** The predicate of the roots' `.devstralignore` files (gitignore's syntax), as they are now. */
export async function readDevstralIgnore(roots: readonly string[]): Promise<IsIgnored> {
  const rules = new Map<string, ReturnType<typeof ignore>>();
  for (const root of roots) {
    const text = await readFile(join(root, '.devstralignore'), 'utf8').catch(() => '');
    if (text.trim() !== '') rules.set(root, ignore().add(text));
  }
  if (rules.size === 0) return () => false;
  return (path) => {
    const found = resolveInside([...roots], path);
    if (found.kind === 'outside' || found.relative === '') return false;
    return rules.get(found.root)?.ignores(found.relative) ?? false;
  };
}

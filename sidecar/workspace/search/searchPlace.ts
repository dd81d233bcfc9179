import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { resolveInside } from '../workspacePath.ts';
import { createIgnoreRules, type IgnoreRules, topOfRules } from './ignoreRules.ts';

/** A folder or file to look in. */
export interface SearchPlace {
  /** Absolute real path. */
  path: string;
  kind: 'file' | 'folder';
  rules: IgnoreRules;
  /** Whether ignore files above `path` count; not below a folder that is ignored itself and was named all the same. */
  rulesAbove: boolean;
  isRepository: boolean;
  /** A path below as people and models are shown it: with forward slashes, after the root's name where there are several. */
  shown(path: string): string;
}

type Overlay = ReadonlyMap<string, string | null>;

/** Where to look: at what a model names, or at all roots. `reason` is one line for the model. */
export async function searchPlaces(
  roots: readonly string[],
  named: string | undefined,
  staged: Overlay,
): Promise<{ places: SearchPlace[] } | { reason: string }> {
  const several = roots.length > 1;
  const all = named === undefined || /^\.?\/?$/.test(named);
  // The name of one of several roots, alone.
  const meant = several ? roots.filter((root) => basename(root) === named?.replace(/\/$/, '')) : [];
  if (all || (meant.length > 0 && !existsSync(join(roots[0] ?? '', named)))) {
    const wanted = all ? roots : meant;
    return { places: await Promise.all(wanted.map((root) => placeOf(root, root, several, 'folder'))) };
  }
  const found = resolveInside([...roots], named);
  if (found.kind === 'outside') return { reason: `${named} is outside of the workspace.` };
  const onDisk = await stat(found.path).catch(() => null);
  const kind = kindOf(found.path, onDisk, staged);
  if (kind === null) return { reason: `There is no ${found.relative || named}.` };
  return { places: [await placeOf(found.path, found.root, several, kind)] };
}

function kindOf(
  path: string,
  onDisk: { isDirectory(): boolean; isFile(): boolean } | null,
  staged: Overlay,
): SearchPlace['kind'] | null {
  const text = staged.get(path);
  if (text !== undefined) return text === null ? null : 'file';
  if (onDisk?.isDirectory() || [...staged].some(([file, to]) => to !== null && file.startsWith(path + sep)))
    return 'folder';
  return onDisk?.isFile() ? 'file' : null;
}

async function placeOf(path: string, root: string, several: boolean, kind: SearchPlace['kind']): Promise<SearchPlace> {
  const { top, isRepository } = topOfRules(root);
  const outer = createIgnoreRules(top);
  const counts = kind === 'folder' && (await outer.folder(path)) !== null;
  const shown = (file: string) => {
    const below = relative(root, file).split(sep).join('/');
    return (several ? [basename(root), below].filter(Boolean).join('/') : below) || '.';
  };
  const rules = counts || kind === 'file' ? outer : createIgnoreRules(path);
  return { path, kind, rules, rulesAbove: counts, isRepository, shown };
}

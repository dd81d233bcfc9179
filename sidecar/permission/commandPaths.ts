import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { realPath } from '../workspace/workspacePath.ts';
import { assessPath, type PathAccess, pathClass, walkedPath } from './pathRisk.ts';
import { ignoredReason, pathReasons, publicSystemPaths } from './pathTable.ts';
import type { Word } from './shellWord.ts';

/** Where a command may be when it uses a path: the folder it starts in and each that it may have changed to. */
export interface Places {
  roots: readonly string[];
  cwds: string[];
  /** What `.devstralignore` names; its text must not reach the model unasked. */
  isIgnored?(path: string): boolean;
}

const mostMatches = 2_000;

/** Why a command may not just use this path; null where it may. `publicToo`: the system's own files may be read. */
export function pathProblem(
  places: Places,
  path: string,
  access: PathAccess,
  { publicToo = false, writesCode = access === 'write' } = {},
): string | null {
  if (path === '/dev/null' || /^\/dev\/(?:std(?:out|err)|fd\/[12])$/.test(path)) return null;
  for (const cwd of places.cwds) {
    const real = walkedPath(cwd, path);
    if (real === null) return pathReasons.nowhere;
    // Both ways from the root: the system goes through links before it goes up, some programs after.
    for (const each of [real, isAbsolute(path) ? path : join(cwd, path)]) {
      const { verdict, place, reason } = assessPath(places.roots, each, access);
      if (places.isIgnored?.(each)) return ignoredReason;
      const system = publicToo && access === 'read' && place.kind === 'outside' && publicSystemPaths.test(place.path);
      if (verdict !== 'plain' && !(system && reason === pathReasons.outsideRead)) return reason ?? pathReasons.nowhere;
      if (writesCode && place.kind === 'inside' && pathClass(place.relative).has('project-code')) {
        return pathReasons['project-code'];
      }
    }
  }
  return null;
}

/**
 * Whether a program is the `python` of a virtual environment in the workspace: a link to the interpreter that it was made
 * with, which lies outside, and would be run by its bare name as well.
 */
export function isVenvPython(places: Places, path: string): boolean {
  const isPython = (name: string) => /^python(?:3(?:\.\d+)?)?$/.test(name);
  return (
    isPython(basename(path)) &&
    !path.split('/').includes('..') &&
    pathProblem(places, dirname(path), 'read') === null &&
    places.cwds.every((cwd) => {
      const program = resolve(cwd, path);
      return isPython(basename(realPath(program) ?? '')) && existsSync(join(dirname(program), '..', 'pyvenv.cfg'));
    })
  );
}

/** What a word may name once the shell has expanded it, in every place; null if that cannot be told. */
export function expandedPaths(places: Places, word: Word): string[] | null {
  if (word.text === null) return null;
  if (word.tilde) {
    const home = /^~(?=\/|$)/.test(word.text) ? word.text.replace('~', homedir()) : null;
    return home === null || word.pattern !== undefined ? null : [home];
  }
  if (word.pattern === undefined) return [word.text];
  const matches: string[] = [word.text];
  for (const cwd of places.cwds) {
    const found = expandPattern(cwd, word.pattern);
    if (found === null) return null;
    matches.push(...found);
  }
  return matches;
}

/** Paths that a pattern of the shell matches now; null for too many. */
function expandPattern(cwd: string, pattern: string): string[] | null {
  const bare = (text: string) => text.replace(/\\([\s\S])/g, '$1');
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const segment of pattern.split('/')) {
    if (segment === '') continue;
    if (!/(?<!\\)[*?[]/.test(segment)) {
      found = found.map((folder) => join(folder, bare(segment)));
      continue;
    }
    const expression = segmentPattern(segment);
    if (expression === null) return null;
    found = found.flatMap((folder) =>
      namesIn(resolve(cwd, folder))
        .filter((name) => expression.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
        .map((name) => join(folder, name)),
    );
    if (found.length > mostMatches) return null;
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return ['.', '..', ...readdirSync(folder)];
  } catch {
    return [];
  }
}

function segmentPattern(segment: string): RegExp | null {
  let source = '';
  for (const [part] of segment.matchAll(/\\[\s\S]|\[[!^]?\]?[^\]]*\]|[\s\S]/g)) {
    if (part === '*') source += '.*';
    else if (part === '?') source += '.';
    // Classes take any character: more than the shell would, never less.
    else if (part.length > 2) source += '.';
    else source += part.replace(/^\\/, '').replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  return source.length > 1_000 || source.split('.*').length > 6 ? null : new RegExp(`^${source}$`, 'isu');
}

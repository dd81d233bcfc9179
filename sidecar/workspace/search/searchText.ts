import { open } from 'node:fs/promises';
import { isSecretPath } from '../../permission/pathRisk.ts';
import { globEndings, globMatcher } from './globFiles.ts';
import { createCollector, type FileHits, largestSearched, type SearchQuery, type SearchResult } from './hits.ts';
import { byPath, type FoundFile, listFiles, stagedFiles } from './listFiles.ts';
import { decodeLines, linesOf, matchLines } from './matchLines.ts';
import { runRipgrep } from './ripgrep.ts';
import type { SearchPlace } from './searchPlace.ts';

export interface SearchDeps {
  /** Null: our own walk. */
  ripgrep: string | null;
  /** Absolute path to the text that stands for the file; null: it is gone. */
  staged: ReadonlyMap<string, string | null>;
  signal: AbortSignal;
  /** Milliseconds. */
  longest?: number;
}

export interface TextQuery extends SearchQuery {
  glob?: string;
}

/** Searches the text of files, as it stands with what is staged. Who does the work, ripgrep or we, makes no difference. */
export async function searchText(
  places: readonly SearchPlace[],
  query: TextQuery,
  deps: SearchDeps,
): Promise<SearchResult> {
  const timeUp = AbortSignal.timeout(deps.longest ?? 20_000);
  const signal = AbortSignal.any([deps.signal, timeUp]);
  const collector = createCollector(byPath);
  const fits = fileFilter(query);
  let whole = true;
  try {
    for (const place of places) {
      const found =
        deps.ripgrep !== null && place.kind === 'folder'
          ? await byRipgrep(place, { query, deps, signal, fits, onFile: collector.add })
          : await byWalk(place, { query, deps, signal, fits, onFile: collector.add });
      if (found.kind === 'refused') return found;
      whole &&= found.whole;
    }
  } catch (error) {
    if (!signal.aborted || deps.signal.aborted) throw error;
    return collector.result(query.context, 'time');
  }
  return collector.result(query.context, whole ? undefined : 'files');
}

interface Job {
  query: TextQuery;
  deps: SearchDeps;
  signal: AbortSignal;
  fits(file: FoundFile): boolean;
  onFile(file: FileHits): void;
}
type Done = { kind: 'done'; whole: boolean } | { kind: 'refused'; reason: string };

/** By the glob, and without files whose contents are never shown. */
function fileFilter({ glob }: TextQuery): (file: FoundFile) => boolean {
  const matches = glob === undefined ? () => true : globMatcher(glob);
  return ({ shown }) => matches(shown) && !isSecretPath(shown);
}

async function byWalk(place: SearchPlace, job: Job): Promise<Done> {
  const { files, whole } = await listFiles(place, job.deps.staged, job.signal);
  const tooSlow = await searchFiles(files.filter(job.fits), job);
  return tooSlow ?? { kind: 'done', whole };
}

async function byRipgrep(place: SearchPlace, job: Job): Promise<Done> {
  const { query, deps, signal, fits } = job;
  const checks: Promise<void>[] = [];
  const run = await runRipgrep(query, {
    program: deps.ripgrep ?? '',
    place,
    endings: query.glob === undefined ? null : globEndings(query.glob),
    signal,
    onFile(file) {
      if (deps.staged.has(file.path) || !fits(file)) return;
      checks.push(place.rules.isIgnored(file.path).then((out) => (out ? undefined : job.onFile(file))));
    },
  });
  await Promise.all(checks);
  // A ripgrep that cannot run or knows other options than we do is as good as none.
  if (run.kind === 'broke' && checks.length === 0) return byWalk(place, job);
  const tooSlow = await searchFiles((await stagedFiles(place, deps.staged)).filter(fits), job);
  return tooSlow ?? { kind: 'done', whole: run.kind === 'done' };
}

async function searchFiles(files: readonly FoundFile[], job: Job): Promise<Done | null> {
  for (const file of files) {
    job.signal.throwIfAborted();
    const lines = await readLines(file.path, job.deps.staged);
    if (lines === null) continue;
    const matched = matchLines(lines, job.query);
    if (matched.kind === 'tooSlow') {
      return {
        kind: 'refused',
        reason: `The pattern takes too long on ${file.shown}: make it simpler, with fewer nested repetitions.`,
      };
    }
    if (matched.count > 0) job.onFile({ ...file, count: matched.count, lines: matched.lines });
  }
  return null;
}

/** Null: no text, too large, or gone meanwhile. */
async function readLines(path: string, staged: SearchDeps['staged']): Promise<(string | null)[] | null> {
  const text = staged.get(path);
  if (text !== undefined) return text === null ? null : linesOf(text);
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    return size > largestSearched ? null : decodeLines(await file.readFile());
  } catch {
    return null;
  }
}

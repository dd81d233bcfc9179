import type { StagedFile } from '../../webview/protocol.ts';
import { hunkOnRight, type ReviewFile, rejectedHunks } from './reviewState.ts';

/** The files as the panel lists them: a rename is one row. */
export function stagedFiles(files: readonly ReviewFile[], nameOf: (uri: string) => string): StagedFile[] {
  const origins = new Set(files.map(({ change }) => change.renamed?.from));
  return files
    .filter(({ change }) => !origins.has(change.uri))
    .map((file): StagedFile => {
      const row = stagedFile(file, nameOf(file.change.uri));
      const { renamed } = file.change;
      if (!renamed) return row;
      const { from, added, removed } = renamed;
      // What the person changed meanwhile under the old name is resolved there.
      const meets = files.some(({ change, conflicts }) => change.uri === from && conflicts.length > 0);
      const place = meets ? { uri: from, conflict: true } : {};
      return { ...row, ...place, operation: 'rename', from: nameOf(from), added, removed };
    });
}

/** One file under review as the panel lists it: what would be written now, and every change in the order of its lines. */
function stagedFile(file: ReviewFile, path: string): StagedFile {
  const { change, hunks } = file;
  const rejected = rejectedHunks(file).flatMap(({ id }) => hunkOnRight(file, id) ?? []);
  return {
    uri: change.uri,
    path,
    operation: change.operation,
    added: hunks.reduce((sum, { proposedCount }) => sum + proposedCount, 0),
    removed: hunks.reduce((sum, { baseCount }) => sum + baseCount, 0),
    conflict: file.conflicts.length > 0,
    hunks: [...hunks, ...rejected]
      .sort((a, b) => a.baseStart - b.baseStart)
      .map(({ id, proposedStart, proposedCount, state }) => ({
        id,
        firstLine: proposedStart + 1,
        lastLine: proposedStart + Math.max(1, proposedCount),
        state,
      })),
  };
}

import type { StagedFile } from '../../webview/protocol.ts';
import { hunkOnRight, type ReviewFile, rejectedHunks } from './reviewState.ts';

/** One file under review as the panel lists it: what would be written now, and every change in the order of its lines. */
export function stagedFile(file: ReviewFile, path: string): StagedFile {
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

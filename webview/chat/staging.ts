import type { Staged, StagedFile } from '../protocol.ts';

/** Counts over the changes under review. Open counts as accepted; what is in conflict is left out. Pure. */
export interface StagedCounts {
  files: number;
  changes: number;
  /** What Accept would apply. */
  accepted: number;
  conflicts: number;
  added: number;
  removed: number;
}

/** A file without changes of its own (created, deleted) counts as one. */
export const changesOf = ({ hunks }: StagedFile) => Math.max(1, hunks.length);

export function countStaged({ files }: Staged): StagedCounts {
  const sum = (count: (file: StagedFile) => number) => files.reduce((total, file) => total + count(file), 0);
  return {
    files: files.length,
    changes: sum(changesOf),
    accepted: sum((file) => (file.conflict ? 0 : changesOf(file) - rejectedOf(file))),
    conflicts: files.filter(({ conflict }) => conflict).length,
    added: sum(({ added }) => added),
    removed: sum(({ removed }) => removed),
  };
}

export const rejectedOf = ({ hunks }: StagedFile) => hunks.filter(({ state }) => state === 'rejected').length;
export const openOf = ({ hunks }: StagedFile) => hunks.filter(({ state }) => state === 'open').length;

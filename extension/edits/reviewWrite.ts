import type { ApplyResult, FileOutcome, Hunk } from '../../sidecar/protocol/changes.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import { appliedText } from './appliedText.ts';
import type { OpenReview, ReviewAnswer } from './openReviews.ts';
import type { ConflictFiles } from './resolveConflicts.ts';

/** What became of Accept All. */
export type Written =
  | { kind: 'applied'; answer: Extract<ReviewAnswer, { kind: 'applied' }>; text: string }
  | { kind: 'nothing' }
  | { kind: 'conflict'; files: ConflictFiles }
  | { kind: 'failed'; problem: ProblemReport };

export interface WriteDeps {
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  apply(params: { changeSetId: string; files: FileOutcome[] }): Promise<ApplyResult>;
}

type Applied = Extract<ApplyResult, { kind: 'applied' }>;

/** Writes what is accepted at this moment, or nothing at all. */
export async function writeAccepted({ session, changeSetId }: OpenReview, deps: WriteDeps): Promise<Written> {
  await session.follow();
  const met = session.conflicts();
  if (met.length > 0) return { kind: 'conflict', files: met };
  const files = await session.outcomes();
  if (files.length === 0) return { kind: 'nothing' };
  const kept = await session.keptLines();
  const result = await deps.apply({ changeSetId, files });
  if (result.kind === 'failed') return result;
  if (result.kind === 'conflict') {
    await session.follow();
    const now = session.conflicts();
    return { kind: 'conflict', files: now.length > 0 ? now : result.files };
  }
  const { applyId } = result;
  const textsAfter = result.files.map(({ uri, textAfter }) => ({ uri, text: textAfter }));
  const keptLines = kept.flatMap(({ lines }) => lines);
  const text = appliedText(files, result, keptLines, await changedOnSave(files, result.files, deps));
  return { kind: 'applied', answer: { kind: 'applied', applyId, files, textsAfter }, text };
}

/** Lines that the editor's save participants made of what was accepted. Only told: it is 0 where it cannot be found out. */
async function changedOnSave(files: readonly FileOutcome[], after: Applied['files'], deps: WriteDeps): Promise<number> {
  const differences = after.map(async ({ uri, textAfter, mergedLines }) => {
    const accepted = files.find((file) => file.uri === uri && file.operation !== 'delete')?.finalText;
    if (accepted === undefined || accepted === textAfter || mergedLines.length > 0) return [];
    return deps.hunks(accepted, textAfter).catch(() => []);
  });
  const hunks = (await Promise.all(differences)).flat();
  return hunks.reduce((lines, { baseCount, proposedCount }) => lines + Math.max(baseCount, proposedCount), 0);
}

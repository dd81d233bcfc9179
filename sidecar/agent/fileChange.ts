import { computeHunks } from '../edits/hunks.ts';
import { restoreLineEndings } from '../edits/lineEndings.ts';
import type { FileChange } from '../protocol/changes.ts';
import type { CandidateFile } from './candidates.ts';

/** A file of an answer as it goes into the review: in the line endings of its base, with its hunks. */
export function fileChange({ uri, operation, base, text }: CandidateFile): FileChange {
  const proposedText = restoreLineEndings(base.text, text, base.eol);
  return { uri, operation, base, proposedText, hunks: computeHunks(base.text, proposedText) };
}

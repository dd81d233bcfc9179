import type { FileText } from '../protocol/text.ts';

/** A file of an answer that passed the checks: its text with `\n` endings. */
export interface CandidateFile {
  uri: string;
  operation: 'edit' | 'create';
  base: FileText;
  text: string;
}

export interface Candidate {
  files: CandidateFile[];
  prose: string;
  answer: string;
  /** Equal for two answers that differ only in comments and layout. */
  fingerprint: string;
  /** Edits of the answer whose old text was not found. */
  missed: number;
}

export type Judged = { kind: 'usable'; candidate: Candidate } | { kind: 'dropped'; reason: DropReason; answer: string };

export type DropReason =
  | 'unchanged'
  | 'noFile'
  | 'cutShort'
  | 'doesNotParse'
  | 'addsProblems'
  | 'notMatched'
  | 'outside';

/**
 * The answer to take: the first that a second one agrees with, else the first usable one. An answer with fewer missed
 * edits comes before one with more.
 */
export function choose(candidates: readonly Candidate[]): { candidate: Candidate; votes: number } | null {
  let best: { candidate: Candidate; votes: number } | null = null;
  for (const candidate of candidates) {
    const votes = candidates.filter((other) => other.fingerprint === candidate.fingerprint).length;
    if (!best || votes > best.votes || (votes === best.votes && candidate.missed < best.candidate.missed)) {
      best = { candidate, votes };
    }
  }
  return best;
}

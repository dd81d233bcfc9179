import type { ChangeSet, Hunk } from '../../sidecar/protocol/changes.ts';
import type { Lines } from './inlineLines.ts';
import type { ProposalStream } from './proposalStream.ts';

/** Where a proposal comes from that was asked for in the editor. */
export interface Origin {
  /** Closing its tab rejects, and after Accept the cursor stands behind the new text. */
  inline: boolean;
  /** The lines of the base that are rewritten; none for a whole file. */
  lines?: Lines;
  /** What was asked for so far. */
  instructions: readonly string[];
}

/** A review of one file, in the editor in front. */
export interface ReviewInFront {
  readonly changeSet: ChangeSet;
  readonly origin: Origin;
  state(): Promise<{ text: string; hunks: Hunk[] }>;
  /** Takes it back to being written: nothing of it is decided until it is staged again. Undefined if it is decided by now. */
  rewrite(text: string): Promise<ProposalStream | undefined>;
}

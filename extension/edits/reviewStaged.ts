import * as vscode from 'vscode';
import type { ChangeSet, FileChange } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { openReviewWhenFinished } from '../config.ts';
import type { Asker, OpenReview, OpenReviews, ReviewAnswer } from './openReviews.ts';
import type { ReviewFile } from './reviewState.ts';

/** A session whose edits are staged. */
export interface StagingSession {
  id: string;
  /** Makes it ask once more (`devstral/session/review`): the person goes on with edits that nobody asks about. */
  again(): void;
}

/** The review of what sessions of the agent have staged; each has one at most. */
export interface StagedReviews {
  /**
   * Puts a session's edits under review and answers when the person has decided on all of them. `left` when `token` is
   * cancelled: the edits and the decisions so far stay. `acceptAll`: applied at once; only a conflict is shown.
   */
  reviewStaged(
    changeSet: ChangeSet,
    acceptAll: boolean,
    token: vscode.CancellationToken,
    session: StagingSession,
  ): Promise<ReviewAnswer>;
  /** Shows edits that a session has staged while it does not ask, as after a reload. Dispose when it has none any more. */
  keepStaged(changeSet: ChangeSet, session: StagingSession): vscode.Disposable;
  /** The process that asked is gone: what it asked is left. */
  leaveAll(): void;
}

export function createStagedReviews(reviews: OpenReviews): StagedReviews {
  /** Answers whoever asks. From then on nobody does. */
  function leave({ asker }: OpenReview): void {
    const answer = asker?.answer;
    if (!asker || !answer) return;
    asker.answer = null;
    answer({ kind: 'left' });
  }

  /** The review of these edits, with what was decided on them so far. Each time they are asked for they have another id. */
  function underReview(changeSet: ChangeSet, { id, again }: StagingSession): { at: OpenReview; asker: Asker } {
    const earlier = reviews.all().find(({ asker }) => asker?.sessionId === id);
    if (earlier) leave(earlier);
    if (earlier?.asker && sameChanges(earlier.session.changeSet, changeSet)) {
      earlier.changeSetId = changeSet.id;
      earlier.asker.again = again;
      earlier.asker.released = false;
      return { at: earlier, asker: earlier.asker };
    }
    const asker: Asker = { sessionId: id, answer: null, again, wanted: null, released: false };
    const at = reviews.add(changeSet, { asker }, earlier && decidedIn(earlier, changeSet));
    if (earlier) void replace(earlier, at);
    return { at, asker };
  }

  /** The new proposal takes the tab's place. */
  async function replace(earlier: OpenReview, at: OpenReview): Promise<void> {
    const shown = reviews.isShown(earlier);
    await reviews.remove(earlier);
    if (shown) await at.session.open({ preserveFocus: true });
  }

  /** What is done without a further word of the person. */
  function firstStep(at: OpenReview, wanted: Asker['wanted'], acceptAll: boolean): (() => Promise<void>) | null {
    if (wanted === 'reject') return () => reviews.rejectAll(at, 'panel');
    if (wanted === 'accept') return () => reviews.applyAll(at, 'panel');
    return acceptAll ? () => reviews.applyAtOnce(at) : null;
  }

  return {
    async reviewStaged(changeSet, acceptAll, token, session) {
      if (token.isCancellationRequested) return { kind: 'left' };
      const { at, asker } = underReview(changeSet, session);
      const wanted = asker.wanted;
      asker.wanted = null;
      const answered = new Promise<ReviewAnswer>((resolve) => {
        asker.answer = resolve;
      });
      const cancelled = token.onCancellationRequested(() => leave(at));
      const decide = firstStep(at, wanted, acceptAll);
      if (decide) reviews.inTurn(at, decide).catch((error: unknown) => fail(asker, error));
      else if (isLookedAt(changeSet)) await at.session.open({ preserveFocus: true });
      return answered.finally(() => cancelled.dispose());
    },
    keepStaged(changeSet, session) {
      const { at, asker } = underReview(changeSet, session);
      return new vscode.Disposable(() => {
        // A session that is opened again names the same edits at once: what was decided on them stays.
        asker.released = true;
        setImmediate(() => {
          if (asker.released && !asker.answer && reviews.all().includes(at)) void reviews.remove(at);
        });
      });
    },
    leaveAll() {
      for (const each of reviews.all()) leave(each);
    },
  };
}

function fail(asker: Asker, error: unknown): void {
  asker.answer?.({ kind: 'failed', problem: problem('internal', { reason: String(error) }) });
  asker.answer = null;
}

const sameFile = (a: FileChange, b: FileChange) =>
  a.uri === b.uri && a.operation === b.operation && a.base.text === b.base.text && a.proposedText === b.proposedText;

const isIn = ({ files }: ChangeSet, file: FileChange) => files.some((each) => sameFile(each, file));

const sameChanges = (a: ChangeSet, b: ChangeSet) =>
  a.files.length === b.files.length && a.files.every((file) => isIn(b, file));

/** What was decided on files that are proposed as they were before. */
function decidedIn({ session }: OpenReview, changeSet: ChangeSet): Map<string, ReviewFile> {
  const files = session.files().filter(({ proposed }) => isIn(changeSet, proposed));
  return new Map(files.map((file) => [file.proposed.uri, file]));
}

/** Whether the person is in the one file that this is about and wants to see it then. */
function isLookedAt({ files }: ChangeSet): boolean {
  const uri = vscode.window.activeTextEditor?.document.uri.toString();
  return openReviewWhenFinished() && files.length === 1 && files[0]?.operation === 'edit' && files[0].uri === uri;
}

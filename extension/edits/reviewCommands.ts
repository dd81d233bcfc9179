import * as vscode from 'vscode';
import type { OpenReview, OpenReviews } from './openReviews.ts';
import type { ProposalStream } from './proposalStream.ts';
import type { Place } from './reviewCursor.ts';
import type { ReviewDecisions } from './reviewDecisions.ts';
import type { ReviewSession } from './reviewSession.ts';

/** The tab in front, if its proposal is still being written: there is nothing to decide yet. */
export interface WrittenInFront {
  tab: vscode.Tab;
  stream: ProposalStream;
}

/** The commands that open a review and decide on it: by keys, menus, code lenses and the palette. */
export function registerReviewCommands(
  reviews: Pick<OpenReviews, 'all' | 'current' | 'inTurn'>,
  decisions: Pick<ReviewDecisions, 'applyAll' | 'rejectAll' | 'restore' | 'undo'>,
  writtenInFront: () => WrittenInFront | undefined,
): vscode.Disposable {
  const { inTurn } = reviews;

  /** Runs a decision about one change; when all are decided the rest follows by itself. */
  const decide = (step: (session: ReviewSession, place: Place | undefined) => Promise<boolean>) =>
    withCurrent(async (at, place) => {
      if (await step(at.session, place)) await decisions.applyAll(at, 'editor');
    });

  const withCurrent = (run: (at: OpenReview, place?: Place) => Promise<void>) => async (given?: unknown) => {
    const place = placeOf(given);
    await writtenInFront()?.stream.handedOver();
    const at = place ? reviews.all().find(({ session }) => session.owns(place.uri)) : reviews.current();
    if (at) await inTurn(at, () => run(at, place));
  };
  const commands: Record<string, (given?: unknown) => Promise<void>> = {
    'devstral.review.open': withCurrent(({ session }) => session.open()),
    'devstral.review.acceptChange': decide((session, place) => session.acceptChange(place)),
    'devstral.review.rejectChange': decide((session, place) => session.rejectChange(place)),
    'devstral.review.acceptFile': decide((session) => session.acceptFile()),
    'devstral.review.rejectFile': decide((session) => session.rejectFile()),
    'devstral.review.acceptAll': withCurrent((at) => decisions.applyAll(at, 'editor')),
    'devstral.review.rejectAll': async () => {
      const written = writtenInFront();
      if (written && !written.stream.handedOver()) await vscode.window.tabGroups.close(written.tab);
      else await withCurrent((at) => decisions.rejectAll(at, 'editor'))();
    },
    'devstral.review.restore': () => inTurn(null, decisions.restore),
    'devstral.undoAccepted': () => inTurn(null, decisions.undo),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
  );
}

/** The line that a menu of line numbers (from 1) or a code lens is about. */
function placeOf(given: unknown): Place | undefined {
  if (typeof given !== 'object' || given === null || !('uri' in given) || !('lineNumber' in given)) return undefined;
  const { uri, lineNumber } = given;
  return uri instanceof vscode.Uri && typeof lineNumber === 'number' ? { uri, line: lineNumber - 1 } : undefined;
}

import type { PanelSession } from '../../webview/protocol.ts';
import type { Review } from '../edits/registerReview.ts';
import type { PanelHandlers } from './panelHandlers.ts';

type ReviewMessage =
  | 'openReview'
  | 'acceptAll'
  | 'rejectAll'
  | 'decideFile'
  | 'decideHunk'
  | 'resetDecision'
  | 'restoreTurn';

/** What the panel decides of a review. With nothing under review, what the last turn of the session changed is shown. */
export function reviewHandlers({ panel: review, restoreTurn, showTurn }: Review, shown: () => PanelSession) {
  const handlers: PanelHandlers<ReviewMessage> = {
    openReview({ uri }) {
      const turn = lastTurn(shown());
      return review.staged() === null && turn !== undefined ? showTurn(shown().id, turn) : review.openReview(uri);
    },
    acceptAll: () => review.acceptAll(),
    rejectAll: () => review.rejectAll(),
    decideFile: ({ uri, accept }) => review.decideFile(uri, accept),
    decideHunk: ({ uri, hunkId, accept }) => review.decideHunk(uri, hunkId, accept ? 'accept' : 'reject'),
    resetDecision: ({ uri, hunkId }) => review.resetDecision(uri, hunkId),
    restoreTurn: ({ turn }) => restoreTurn(shown().id, turn),
  };
  return handlers;
}

/** The index of the event that the last turn began with. */
function lastTurn({ events }: PanelSession): number | undefined {
  const begin = events.findLast((each) => 'index' in each && each.event.type === 'user');
  return begin && 'index' in begin ? begin.index : undefined;
}

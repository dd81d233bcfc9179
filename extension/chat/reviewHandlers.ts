import type { Review } from '../edits/reviewCommands.ts';
import type { PanelHandlers } from './panelHandlers.ts';

/** What the panel decides of a review, and turns that it takes back. */
export function reviewHandlers({ panel, restoreTurn }: Review, sessionId: () => string) {
  const handlers: PanelHandlers<
    'openReview' | 'acceptAll' | 'rejectAll' | 'decideFile' | 'decideHunk' | 'resetDecision' | 'restoreTurn'
  > = {
    openReview: ({ uri }) => panel.openReview(uri),
    acceptAll: () => panel.acceptAll(),
    rejectAll: () => panel.rejectAll(),
    decideFile: ({ uri, accept }) => panel.decideFile(uri, accept),
    decideHunk: ({ uri, hunkId, accept }) => panel.decideHunk(uri, hunkId, accept ? 'accept' : 'reject'),
    resetDecision: ({ uri, hunkId }) => panel.resetDecision(uri, hunkId),
    restoreTurn: ({ turn }) => restoreTurn(sessionId(), turn),
  };
  return handlers;
}

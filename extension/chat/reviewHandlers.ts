import type { ReviewPanel } from '../edits/reviewPanel.ts';
import type { PanelHandlers } from './panelHandlers.ts';

/** What the panel decides of a review. */
export function reviewHandlers(review: ReviewPanel) {
  const handlers: PanelHandlers<'openReview' | 'acceptAll' | 'rejectAll' | 'decideFile' | 'decideHunk'> = {
    openReview: ({ uri }) => review.openReview(uri),
    acceptAll: () => review.acceptAll(),
    rejectAll: () => review.rejectAll(),
    decideFile: ({ uri, accept }) => review.decideFile(uri, accept),
    decideHunk: ({ uri, hunkId, accept }) => review.decideHunk(uri, hunkId, accept ? 'accept' : 'reject'),
  };
  return handlers;
}

import type * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { keepRule } from '../agent/agentSettings.ts';
import type { StagedReviews, StagingSession } from '../edits/reviewStaged.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { PendingQuestions } from './pendingQuestions.ts';

/** Sessions as the review sees them. */
export interface Staging extends vscode.Disposable {
  session(sessionId: string): StagingSession;
  /** A session was opened; `changeSet`: its edits that wait for review. */
  keep(sessionId: string, changeSet: ChangeSet | null): void;
}

export function stagingOf(sidecar: SidecarClient, reviews: StagedReviews, onError: (error: unknown) => void): Staging {
  const kept = new Map<string, vscode.Disposable>();
  const session = (id: string): StagingSession => ({
    id,
    again: () => void sidecar.request('sessionReview', { sessionId: id }).catch(onError),
  });
  return {
    session,
    keep(sessionId, changeSet) {
      kept.get(sessionId)?.dispose();
      kept.delete(sessionId);
      if (changeSet) kept.set(sessionId, reviews.keepStaged(changeSet, session(sessionId)));
    },
    dispose() {
      for (const each of kept.values()) each.dispose();
    },
  };
}

/** Answers what the agent asks of the person. */
export function answerHostRequests(
  sidecar: SidecarClient,
  pending: PendingQuestions,
  reviews: StagedReviews,
  { session }: Staging,
  onReview: (changeSet: ChangeSet) => void,
): void {
  sidecar.onRequest('hostPermit', (params, token) => pending.permit(params, token));
  sidecar.onRequest('hostAsk', (params, token) => pending.ask(params, token));
  sidecar.onRequest('hostReview', ({ sessionId, changeSet, acceptAll }, token) => {
    if (!acceptAll) onReview(changeSet);
    return reviews.reviewStaged(changeSet, acceptAll, token, session(sessionId));
  });
  sidecar.onRequest('hostKeepRule', async ({ rule }) => {
    await keepRule(rule);
    return {};
  });
}

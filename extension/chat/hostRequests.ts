import type * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { RequestResult } from '../../sidecar/protocol/messages.ts';
import { keepRule } from '../agent/agentSettings.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { PendingQuestions } from './pendingQuestions.ts';

export type ReviewAnswer = RequestResult<'hostReview'>;

/** A session whose edits are staged; `again` makes it ask for their review once more. */
export interface StagingSession {
  id: string;
  again(): void;
}

/** The review of what sessions have staged. */
export interface StagedReviews {
  /** Answers when the person has decided; `acceptAll`: they have already. Cancelled: the edits stay staged. */
  reviewStaged(
    changeSet: ChangeSet,
    acceptAll: boolean,
    token: vscode.CancellationToken,
    session: StagingSession,
  ): Promise<ReviewAnswer>;
  /** Shows edits of a session that does not ask, as after a reload. Dispose when it has none any more. */
  keepStaged(changeSet: ChangeSet, session: StagingSession): vscode.Disposable;
  /** The process that asked is gone. */
  leaveAll(): void;
}

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
): void {
  sidecar.onRequest('hostPermit', (params, token) => pending.permit(params, token));
  sidecar.onRequest('hostAsk', (params, token) => pending.ask(params, token));
  sidecar.onRequest('hostReview', ({ sessionId, changeSet, acceptAll }, token) =>
    reviews.reviewStaged(changeSet, acceptAll, token, session(sessionId)),
  );
  sidecar.onRequest('hostKeepRule', async ({ rule }) => {
    await keepRule(rule);
    return {};
  });
}

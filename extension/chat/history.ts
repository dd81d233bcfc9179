import type { PanelSummary } from '../../webview/protocol.ts';
import type { PendingQuestions } from './pendingQuestions.ts';
import type { SessionClient } from './sessionClient.ts';

/** Rows of the history, the newest first: all sessions, or those whose title or text holds the query. */
export async function historyOf(
  sessions: Pick<SessionClient, 'list' | 'search'>,
  pending: Pick<PendingQuestions, 'of'>,
  query: string,
): Promise<PanelSummary[]> {
  const all = await sessions.list();
  const wanted = query.trim().toLowerCase();
  const hits = wanted === '' ? [] : await sessions.search(query.trim());
  const excerpts = new Map(hits.map(({ sessionId, excerpt }) => [sessionId, excerpt]));
  return all
    .filter(({ id, title }) => wanted === '' || excerpts.has(id) || title.toLowerCase().includes(wanted))
    .map((session) => {
      const excerpt = excerpts.get(session.id);
      return {
        ...session,
        // A decision that waits is what a person has to see first.
        state: pending.of(session.id) ? 'asks' : session.state,
        ...(excerpt === undefined ? {} : { excerpt }),
      };
    });
}

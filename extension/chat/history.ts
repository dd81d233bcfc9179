import type { RequestResult } from '../../sidecar/protocol/messages.ts';
import type { PanelSummary } from '../../webview/protocol.ts';
import type { PendingQuestions } from './pendingQuestions.ts';
import type { Removals } from './removals.ts';
import type { SessionClient } from './sessionClient.ts';

type Summary = RequestResult<'sessionList'>['sessions'][number];

/** What a person has to see first, of the branches of one conversation. */
const urgency: readonly Summary['state'][] = ['asks', 'running', 'waits'];

/** Rows of the history, the newest first: all conversations, or those whose title or text holds the query. */
export async function historyOf(
  sessions: Pick<SessionClient, 'list' | 'search'>,
  pending: Pick<PendingQuestions, 'of'>,
  removals: Pick<Removals, 'has'>,
  query: string,
): Promise<PanelSummary[]> {
  const all = await sessions.list();
  const wanted = query.trim().toLowerCase();
  const hits = wanted === '' ? [] : await sessions.search(query.trim());
  const excerpts = new Map(hits.map(({ sessionId, excerpt }) => [sessionId, excerpt]));
  const found = all
    .filter(({ id, title }) => wanted === '' || excerpts.has(id) || title.toLowerCase().includes(wanted))
    // A decision that waits is what a person has to see first.
    .map((session) => ({ ...session, state: pending.of(session.id) ? ('asks' as const) : session.state }));
  const removed = new Set(all.filter(({ id }) => removals.has(id)).map(conversationOf));
  return conversations(found).map(([first, ...others]) => {
    const excerpt = excerpts.get(first.id);
    const branches = all.filter(({ family }) => family !== undefined && family === first.family).length;
    return {
      ...first,
      changedAt: Math.max(...[first, ...others].map(({ changedAt }) => changedAt)),
      ...(branches > 1 ? { branches } : {}),
      ...(removed.has(conversationOf(first)) ? { removed: true as const } : {}),
      ...(excerpt === undefined ? {} : { excerpt }),
    };
  });
}

const conversationOf = ({ id, family }: Summary) => family ?? id;

/** The branches of each conversation, the one to open first. */
function conversations(found: readonly Summary[]): [Summary, ...Summary[]][] {
  const groups = new Map<string, [Summary, ...Summary[]]>();
  for (const session of found) {
    const group = groups.get(conversationOf(session));
    if (!group) groups.set(conversationOf(session), [session]);
    else if (rank(session) < rank(group[0])) group.unshift(session);
    else group.push(session);
  }
  return [...groups.values()];
}

const rank = ({ state }: Summary) => (urgency.includes(state) ? urgency.indexOf(state) : urgency.length);

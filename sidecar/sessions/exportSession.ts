import { basename } from 'node:path';
import * as z from 'zod/mini';
import { AgentEvent } from '../protocol/agentEvents.ts';
import { t } from '../protocol/translate.ts';
import { version } from '../version.ts';
import { createRedaction, type IsIgnored, nothingIgnored } from './redactEvent.ts';
import type { LoggedEvent, SessionHead } from './sessionLog.ts';

const Export = z.object({
  kind: z.literal('devstral-session'),
  v: z.literal(1),
  app: z.string(),
  id: z.string(),
  startedAt: z.number(),
  /** Names of the workspace's folders: where they lie says who someone is. */
  folders: z.array(z.string()),
  events: z.array(z.object({ at: z.number(), event: AgentEvent })),
});

/** A session as JSON that replays: its events without secrets and without contents of ignored files. */
export function exportJson(
  head: SessionHead,
  events: readonly LoggedEvent[],
  isIgnored: IsIgnored = nothingIgnored,
): string {
  const redact = createRedaction(isIgnored);
  const out: z.infer<typeof Export> = {
    kind: 'devstral-session',
    v: 1,
    app: version,
    id: head.id,
    startedAt: head.startedAt,
    folders: head.roots.map((root) => basename(root)),
    events: events.map(({ at, event }) => ({ at, event: withoutPlaces(redact(event)) })),
  };
  return `${JSON.stringify(out, null, 1)}\n`;
}

/** What went along stands in the event; the places that it came from are of this computer. */
function withoutPlaces(event: AgentEvent): AgentEvent {
  if (event.type !== 'user') return event;
  const { sources: _, ...rest } = event;
  return rest;
}

export type ImportRead = { kind: 'read'; events: LoggedEvent[] } | { kind: 'unreadable'; reason: string };

/** The events of an export. */
export function readExport(text: string): ImportRead {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: t('it is not JSON') };
  }
  const read = Export.safeParse(value);
  if (read.success) return { kind: 'read', events: read.data.events };
  return { kind: 'unreadable', reason: t('it is no session that was exported, or of another version') };
}

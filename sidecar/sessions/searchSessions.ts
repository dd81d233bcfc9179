import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { linesFrom } from './sessionIndex.ts';
import { readLine } from './sessionLog.ts';

export interface SessionHit {
  id: string;
  /** Index of the event in the log. */
  event: number;
  /** The words around the first place, on one line. */
  excerpt: string;
}

const mostHitsASession = 5;
const around = 60;

/** Where messages, answers, titles and summaries contain a text, upper and lower case alike; the newest session first. */
export async function searchSessions(
  folder: string,
  query: string,
  signal: AbortSignal,
  most = 100,
): Promise<SessionHit[]> {
  const wanted = query.trim().toLowerCase();
  if (wanted === '') return [];
  // As it stands in a line of JSON; lines without it need no parsing.
  const raw = JSON.stringify(wanted).slice(1, -1);
  const names = await readdir(folder).catch((): string[] => []);
  const hits: SessionHit[] = [];
  for (const name of names
    .filter((each) => each.endsWith('.jsonl'))
    .sort()
    .reverse()) {
    const id = name.slice(0, -'.jsonl'.length);
    let inThis = 0;
    let event = -2;
    for await (const { line } of linesFrom(join(folder, name), 0)) {
      event++;
      if (signal.aborted || hits.length >= most) return hits;
      if (inThis >= mostHitsASession) break;
      if (event < 0 || !line.toLowerCase().includes(raw)) continue;
      const logged = readLine(line);
      const text = logged && textOf(logged.event).find((each) => each.toLowerCase().includes(wanted));
      if (!text) continue;
      hits.push({ id, event, excerpt: excerptOf(text, text.toLowerCase().indexOf(wanted), wanted.length) });
      inThis++;
    }
  }
  return hits;
}

function textOf(event: AgentEvent): string[] {
  switch (event.type) {
    case 'titled':
      return [event.title];
    case 'condensed':
      return [event.summary];
    case 'user':
    case 'steer':
    case 'answer':
      return [event.text];
    default:
      return [];
  }
}

function excerptOf(text: string, at: number, length: number): string {
  const start = Math.max(0, at - around);
  const end = Math.min(text.length, at + length + around);
  const words = text.slice(start, end).replace(/\s+/g, ' ').trim();
  return `${start > 0 ? '...' : ''}${words}${end < text.length ? '...' : ''}`;
}

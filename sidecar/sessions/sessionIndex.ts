import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../workspace/atomicFile.ts';
import type { BranchOrigin } from './branches.ts';
import { isSessionId, sessionFiles } from './sessionFiles.ts';
import { branchOrigin, type LoggedEvent, readHead, readLine, writerOf } from './sessionLog.ts';
import { nextTurnState, type TurnState } from './turnState.ts';

/** `interrupted`: its process ended in the middle of a turn. `waits`: staged edits wait for a review. */
export type SessionState = 'running' | 'interrupted' | 'waits' | Exclude<TurnState, 'open'>;

export interface SessionSummary {
  id: string;
  /** The person's name for it, else the first line of the first message; empty before that. */
  title: string;
  startedAt: number;
  /** Of the newest event. Milliseconds since 1970, as all times here. */
  changedAt: number;
  /** Messages of the person. */
  messages: number;
  /** Of the log. */
  bytes: number;
  state: SessionState;
  /** The process that has it open. */
  openIn: number | null;
  /** It was made by editing a message of another. */
  branchOf?: BranchOrigin;
}

/** What is known of a log up to a byte. */
const Entry = z.object({
  bytes: z.number(),
  startedAt: z.number(),
  changedAt: z.number(),
  named: z.string(),
  firstLine: z.string(),
  messages: z.number(),
  turn: z.string(),
  branchOf: z.optional(z.object({ id: z.string(), events: z.number() })),
});
type Entry = z.infer<typeof Entry>;
const Index = z.object({ v: z.literal(2), logs: z.record(z.string(), Entry) });

const mostTitle = 80;
const mostAtOnce = 1 << 20;

/**
 * Lists the sessions in a folder. Who asks while a listing runs shares the one after it with all who ask until then: it
 * sees what they have done.
 */
export function createListing(folder: string): () => Promise<SessionSummary[]> {
  let running: Promise<SessionSummary[]> | null = null;
  let next: Promise<SessionSummary[]> | null = null;
  function start() {
    next = null;
    const mine = listSessions(folder).finally(() => {
      if (running === mine) running = null;
    });
    running = mine;
    return mine;
  }
  return () => {
    if (next) return next;
    if (!running) return start();
    next = running.then(start, start);
    return next;
  };
}

/**
 * The sessions in a workspace's folder, the newest first. Of a log only what was written since the last time is read:
 * `index.json` says what came before. It is no more than that, and is made again when it is lost.
 */
export async function listSessions(folder: string): Promise<SessionSummary[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const ids = names.filter((name) => name.endsWith('.jsonl')).map((name) => name.slice(0, -'.jsonl'.length));
  const indexPath = join(folder, 'index.json');
  const before = await readIndex(indexPath);
  const logs: Record<string, Entry> = {};
  const found: SessionSummary[] = [];
  let isNew = Object.keys(before).length !== ids.length;
  for (const id of ids.filter(isSessionId)) {
    const files = sessionFiles(folder, id);
    const size = (await stat(files.log).catch(() => null))?.size;
    if (size === undefined) continue;
    const known = before[id];
    const entry = known?.bytes === size ? known : await readOn(files.log, known && known.bytes < size ? known : null);
    if (entry === null) continue;
    isNew ||= entry !== known;
    logs[id] = entry;
    const openIn = await writerOf(files.log);
    const waits = (await stat(files.staged).catch(() => null)) !== null;
    found.push({
      id,
      title: entry.named || entry.firstLine,
      startedAt: entry.startedAt,
      changedAt: entry.changedAt,
      messages: entry.messages,
      bytes: size,
      state: stateOf(entry.turn as TurnState, openIn, waits),
      openIn,
      ...(entry.branchOf ? { branchOf: entry.branchOf } : {}),
    });
  }
  // Next time it is read again; that is all that a full disk costs.
  if (isNew)
    await writeFileAtomic(indexPath, Buffer.from(JSON.stringify({ v: 2, logs })), 0o600).catch(() => undefined);
  return found.sort((a, b) => b.changedAt - a.changedAt || (a.id < b.id ? 1 : -1));
}

function stateOf(turn: TurnState, openIn: number | null, waits: boolean): SessionState {
  if (turn === 'open') return openIn === null ? 'interrupted' : 'running';
  return waits ? 'waits' : turn;
}

async function readIndex(path: string): Promise<Record<string, Entry>> {
  try {
    const read = Index.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data.logs : {};
  } catch {
    return {};
  }
}

/** Reads what follows what is known; null if it is no session. */
async function readOn(path: string, known: Entry | null): Promise<Entry | null> {
  let entry = known;
  for await (const { line, end } of linesFrom(path, known?.bytes ?? 0)) {
    if (entry === null) {
      const head = readHead(line);
      if (head === null) return null;
      const { startedAt } = head;
      const branchOf = branchOrigin(head);
      entry = {
        ...{ bytes: end, startedAt, changedAt: startedAt, named: '', firstLine: '', messages: 0, turn: 'new' },
        ...(branchOf ? { branchOf } : {}),
      };
      continue;
    }
    const event = readLine(line);
    // As when the session is opened: it ends where it cannot be read.
    if (event === null) break;
    entry = { ...withEvent(entry, event), bytes: end };
  }
  return entry;
}

function withEvent(entry: Entry, { at, event }: LoggedEvent): Entry {
  // A name is no news: the session stays where it is in the list.
  if (event.type === 'titled') return { ...entry, named: event.title };
  const next = { ...entry, changedAt: at, turn: nextTurnState(entry.turn as TurnState, event) };
  if (event.type !== 'user') return next;
  const firstLine = next.firstLine || (event.text.trim().split('\n')[0] ?? '').slice(0, mostTitle);
  return { ...next, messages: next.messages + 1, firstLine };
}

/** Whole lines from a byte on, each with the byte after its end. */
export async function* linesFrom(path: string, from: number): AsyncGenerator<{ line: string; end: number }> {
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(Math.min(mostAtOnce, Math.max(1, (await file.stat()).size - from)));
    let rest: Buffer = Buffer.alloc(0);
    let at = from;
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, at + rest.length);
      if (bytesRead === 0) return;
      rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      let start = 0;
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
        yield { line: rest.toString('utf8', start, end), end: at + end + 1 };
        start = end + 1;
      }
      rest = rest.subarray(start);
      at += start;
    }
  } finally {
    await file.close();
  }
}

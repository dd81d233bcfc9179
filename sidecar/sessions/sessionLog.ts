import { type FileHandle, mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { AgentEvent } from '../protocol/agentEvents.ts';
import { t } from '../protocol/translate.ts';
import { version } from '../version.ts';
import { isStillWriter, syncFolder } from '../workspace/atomicFile.ts';
import type { BranchOrigin } from './branches.ts';

/** First line of a session's file. */
const Head = z.object({
  v: z.literal(1),
  app: z.string(),
  /** Of the events; a later one is not read by this version. */
  format: z.literal(1),
  id: z.string(),
  /** Milliseconds since 1970. */
  startedAt: z.number(),
  roots: z.array(z.string()),
  /** The session and the number of its events that this one began with; `edited`: to send a message in another way. */
  forkedFrom: z.optional(z.object({ id: z.string(), events: z.number(), edited: z.optional(z.literal(true)) })),
});
export type SessionHead = z.infer<typeof Head>;

/** Where a session branches off another, if it was made by editing a message. */
export function branchOrigin({ forkedFrom }: Pick<SessionHead, 'forkedFrom'>): BranchOrigin | undefined {
  return forkedFrom?.edited ? { id: forkedFrom.id, events: forkedFrom.events } : undefined;
}

const Line = z.object({ at: z.number(), event: AgentEvent });
export type LoggedEvent = z.infer<typeof Line>;

/** What of an event may stand on disk (`redactEvent.ts`). */
export type Redaction = (event: AgentEvent) => AgentEvent;

export interface SessionLog {
  readonly head: SessionHead;
  /** What was read from disk, then each event as it was given: the model goes on with the text that it has read. */
  readonly events: readonly LoggedEvent[];
  /** On disk, flushed, when it resolves. Throws when that is impossible: then nothing may follow from the event. */
  append(event: AgentEvent): Promise<void>;
  close(): Promise<void>;
}

export type Opened =
  | { kind: 'open'; log: SessionLog }
  /** Another process writes it. */
  | { kind: 'inUse'; pid: number }
  | { kind: 'unreadable'; reason: string };

export type SessionRead =
  | { kind: 'read'; head: SessionHead; events: LoggedEvent[]; bytes: number }
  | { kind: 'unreadable'; reason: string };

/**
 * Reads a log. A line that a crash tore off at the end was never acted on and is left out; `bytes` is the length of what is
 * whole. A line that cannot be read in the middle ends the log there: what follows it cannot be trusted to fit.
 */
export async function readSession(path: string): Promise<SessionRead> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof Error ? error.message : String(error) };
  }
  const lines = text.split('\n').slice(0, -1);
  const head = readHead(lines[0]);
  if (head === null) return { kind: 'unreadable', reason: t('it is of another version, or no session') };
  const events: LoggedEvent[] = [];
  let bytes = Buffer.byteLength(`${lines[0]}\n`);
  for (const line of lines.slice(1)) {
    const event = readLine(line);
    if (event === null) break;
    events.push(event);
    bytes += Buffer.byteLength(`${line}\n`);
  }
  return { kind: 'read', head, events, bytes };
}

/** A line of a log after the first; null if it is not whole. */
export function readLine(line: string): LoggedEvent | null {
  const event = Line.safeParse(parse(line));
  return event.success ? event.data : null;
}

/** The first line of a log; null if it is of another version, or no session. */
export function readHead(line: string | undefined): SessionHead | null {
  const head = Head.safeParse(parse(line));
  return head.success ? head.data : null;
}

const asItIs: Redaction = (event) => event;

/** Makes a new log with some events in it; the file must not exist yet. */
export async function createSession(
  path: string,
  head: Pick<SessionHead, 'id' | 'roots' | 'forkedFrom'>,
  events: readonly LoggedEvent[] = [],
  redaction: Redaction = asItIs,
): Promise<SessionLog> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const first: SessionHead = { v: 1, app: version, format: 1, startedAt: Date.now(), ...head };
  const unlock = await lockSession(path);
  if (typeof unlock === 'number') throw new Error(`process ${unlock} writes this session`);
  const file = await open(path, 'ax', 0o600);
  const kept = events.map(({ at, event }) => ({ at, event: redaction(event) }));
  await file.writeFile([first, ...kept].map((line) => `${JSON.stringify(line)}\n`).join(''));
  await file.sync();
  await syncFolder(dirname(path));
  return writer(file, first, [...events], unlock, redaction);
}

/** Opens a log to go on with it. */
export async function openSession(path: string, redaction: Redaction = asItIs): Promise<Opened> {
  const unlock = await lockSession(path);
  if (typeof unlock === 'number') return { kind: 'inUse', pid: unlock };
  const read = await readSession(path);
  if (read.kind === 'unreadable') {
    await unlock();
    return read;
  }
  await truncate(path, read.bytes);
  return { kind: 'open', log: writer(await open(path, 'a'), read.head, read.events, unlock, redaction) };
}

function writer(
  file: FileHandle,
  head: SessionHead,
  events: LoggedEvent[],
  unlock: () => Promise<void>,
  redaction: Redaction,
): SessionLog {
  /** One line after the other; after one that failed nothing more is written. */
  let order: Promise<void> = Promise.resolve();
  return {
    head,
    events,
    append(event) {
      const at = Date.now();
      order = order.then(async () => {
        await file.appendFile(`${JSON.stringify({ at, event: redaction(event) })}\n`);
        await file.datasync();
        events.push({ at, event });
      });
      return order;
    },
    async close() {
      await order.catch(() => undefined);
      await file.close();
      await unlock();
    },
  };
}

/** One writer a session: a file beside it names the process. Answers how to let go, or the process that has it. */
export async function lockSession(path: string): Promise<(() => Promise<void>) | number> {
  const beside = `${path}.lock`;
  for (;;) {
    try {
      const file = await open(beside, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(beside, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const pid = await writerOf(path);
    if (pid !== null) return pid;
    // Whoever wrote it was killed.
    await rm(beside, { force: true });
  }
}

/** The process that has a session open; null: none. A lock from before the computer started is nobody's. */
export async function writerOf(path: string): Promise<number | null> {
  const beside = `${path}.lock`;
  const pid = Number(await readFile(beside, 'utf8').catch(() => ''));
  const lockedAt = (await stat(beside).catch(() => null))?.mtimeMs ?? 0;
  return isStillWriter(pid, lockedAt) ? pid : null;
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

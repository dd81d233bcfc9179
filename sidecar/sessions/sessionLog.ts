import { type FileHandle, mkdir, open, readFile, rm, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { AgentEvent } from '../protocol/agentEvents.ts';
import { version } from '../version.ts';
import { isAlive } from '../workspace/atomicFile.ts';

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
  /** The session and the number of its events that this one began with. */
  forkedFrom: z.optional(z.object({ id: z.string(), events: z.number() })),
});
export type SessionHead = z.infer<typeof Head>;

const Line = z.object({ at: z.number(), event: AgentEvent });
export type LoggedEvent = z.infer<typeof Line>;

export interface SessionLog {
  readonly head: SessionHead;
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
  const head = Head.safeParse(parse(lines[0]));
  if (!head.success) return { kind: 'unreadable', reason: 'it is of another version, or no session' };
  const events: LoggedEvent[] = [];
  let bytes = Buffer.byteLength(`${lines[0]}\n`);
  for (const line of lines.slice(1)) {
    const event = Line.safeParse(parse(line));
    if (!event.success) break;
    events.push(event.data);
    bytes += Buffer.byteLength(`${line}\n`);
  }
  return { kind: 'read', head: head.data, events, bytes };
}

/** Makes a new log with some events in it; the file must not exist yet. */
export async function createSession(
  path: string,
  head: Pick<SessionHead, 'id' | 'roots' | 'forkedFrom'>,
  events: readonly LoggedEvent[] = [],
): Promise<SessionLog> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const first: SessionHead = { v: 1, app: version, format: 1, startedAt: Date.now(), ...head };
  const unlock = await lock(path);
  if (typeof unlock === 'number') throw new Error(`process ${unlock} writes this session`);
  const file = await open(path, 'ax', 0o600);
  await file.writeFile([first, ...events].map((line) => `${JSON.stringify(line)}\n`).join(''));
  await file.sync();
  return writer(file, first, [...events], unlock);
}

/** Opens a log to go on with it. */
export async function openSession(path: string): Promise<Opened> {
  const unlock = await lock(path);
  if (typeof unlock === 'number') return { kind: 'inUse', pid: unlock };
  const read = await readSession(path);
  if (read.kind === 'unreadable') {
    await unlock();
    return read;
  }
  await truncate(path, read.bytes);
  return { kind: 'open', log: writer(await open(path, 'a'), read.head, read.events, unlock) };
}

function writer(file: FileHandle, head: SessionHead, events: LoggedEvent[], unlock: () => Promise<void>): SessionLog {
  /** One line after the other; after one that failed nothing more is written. */
  let order: Promise<void> = Promise.resolve();
  return {
    head,
    events,
    append(event) {
      const line = { at: Date.now(), event };
      order = order.then(async () => {
        await file.appendFile(`${JSON.stringify(line)}\n`);
        await file.datasync();
        events.push(line);
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
async function lock(path: string): Promise<(() => Promise<void>) | number> {
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
    const pid = Number(await readFile(beside, 'utf8').catch(() => ''));
    if (Number.isInteger(pid) && pid > 0 && isAlive(pid)) return pid;
    // Whoever wrote it was killed.
    await rm(beside, { force: true });
  }
}

function parse(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}

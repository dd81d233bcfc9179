import { join } from 'node:path';
import { checkpointReview } from '../checkpoints/checkpointReview.ts';
import { type CheckpointRoom, openCheckpoints, unlimitedRoom } from '../checkpoints/checkpointStore.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import type { Journal } from '../workspace/journal.ts';
import { placeOf } from './branches.ts';
import { type ImportRead, readExport } from './exportSession.ts';
import { mendSession } from './mendSession.ts';
import { createRedaction, type IsIgnored, nothingIgnored } from './redactEvent.ts';
import { deleteSession } from './retention.ts';
import { type SessionHit, searchSessions } from './searchSessions.ts';
import { newSessionId, sessionFiles, workspaceId } from './sessionFiles.ts';
import { copyImages } from './sessionImages.ts';
import { createListing, type SessionSummary } from './sessionIndex.ts';
import {
  createSession,
  type LoggedEvent,
  openSession,
  readSession,
  type SessionHead,
  type SessionLog,
} from './sessionLog.ts';
import { readStaged, removeStaged } from './stagedCopy.ts';
import { cleanCut, turnState } from './turnState.ts';

interface StoreDeps {
  /** The folder of all workspaces' sessions, `sessions` in the data folder. */
  sessions: string;
  /** Absolute real paths of the workspace's folders. */
  roots: readonly string[];
  journal: Pick<Journal, 'committed' | 'read'>;
  checkpointRoom?: CheckpointRoom;
  isIgnored?: IsIgnored;
  nameOf(uri: string): string;
}

export type NotOpened = { kind: 'inUse'; pid: number } | { kind: 'unreadable'; reason: string };

/** A session to go on with. `continues`: a turn was running when its process ended, and can go on (`runTurn(null, ...)`). */
export type Resumed = { kind: 'open'; log: SessionLog; staged: ChangeSet | null; continues: boolean } | NotOpened;

export interface SessionStore {
  readonly folder: string;
  /** Where a session's staged edits and checkpoints are. */
  files(id: string): ReturnType<typeof sessionFiles>;
  list(): Promise<SessionSummary[]>;
  search(query: string, signal: AbortSignal): Promise<SessionHit[]>;
  create(): Promise<SessionLog>;
  /**
   * Opens a session, with what its end left out written into its log. To be called after `recoverOpenIntents`; the staged
   * edits go to `StagedFiles.restore`.
   */
  resume(id: string): Promise<Resumed>;
  /** Gives a name to a session that this process has open, or that none has. */
  rename(id: string, title: string): Promise<{ kind: 'done' } | NotOpened>;
  /** Of a session that is open here, close it first. */
  remove(id: string): Promise<{ kind: 'done' } | Extract<NotOpened, { kind: 'inUse' }>>;
  /**
   * A new session that begins with the first `events` of another, or fewer where a call would lose its result. `edited`: to
   * send the message there in another way; the two are then branches of one conversation.
   */
  fork(
    id: string,
    events: number,
    edited?: boolean,
  ): Promise<{ kind: 'open'; log: SessionLog; left: AgentEvent | undefined } | NotOpened>;
  /** A new session from an export (`exportJson`). */
  importText(text: string): Promise<{ kind: 'open'; log: SessionLog } | Extract<ImportRead, { kind: 'unreadable' }>>;
}

/** Where the person's messages stand among the events. */
export const promptIndexes = (events: readonly AgentEvent[]): number[] =>
  events.flatMap(({ type }, index) => (type === 'user' ? [index] : []));

const branched =
  'The conversation was branched here. Your later edits, and those that were not accepted, may not be in the files: read a file again before you edit it.';

/** The sessions of one workspace. */
export function createSessionStore({
  sessions,
  roots,
  journal,
  checkpointRoom = unlimitedRoom,
  isIgnored = nothingIgnored,
  nameOf,
}: StoreDeps): SessionStore {
  const folder = join(sessions, workspaceId(roots));
  /** Open here. */
  const open = new Map<string, SessionLog>();
  const list = createListing(folder);
  const filesOf = (id: string) => sessionFiles(folder, id);

  function opened(log: SessionLog): SessionLog {
    const { id } = log.head;
    const kept: SessionLog = {
      head: log.head,
      events: log.events,
      append: (event) => log.append(event),
      async close() {
        open.delete(id);
        await log.close();
      },
    };
    open.set(id, kept);
    return kept;
  }

  async function begin(events: readonly LoggedEvent[], forkedFrom?: SessionHead['forkedFrom']) {
    const id = newSessionId();
    const head = { id, roots: [...roots], ...(forkedFrom ? { forkedFrom } : {}) };
    return opened(await createSession(filesOf(id).log, head, events, createRedaction(isIgnored)));
  }

  return {
    folder,
    files: filesOf,
    list,
    search: (query, signal) => searchSessions(folder, query, signal),
    create: () => begin([]),

    async resume(id) {
      const found = await openSession(filesOf(id).log, createRedaction(isIgnored));
      if (found.kind !== 'open') return found;
      const log = opened(found.log);
      const stagedPath = filesOf(id).staged;
      const copy = await readStaged(stagedPath);
      const applied = copy ? await journal.committed(copy.changeSet.id) : null;
      const mended = mendSession(
        log.events.map(({ event }) => event),
        copy,
        applied,
        nameOf,
      );
      const checkpoints = openCheckpoints(filesOf(id).folder, checkpointRoom);
      for (const event of mended.events) {
        await checkpointReview(
          event,
          log.events.map((line) => line.event),
          checkpoints,
          journal,
        );
        await log.append(event);
      }
      if (copy && !mended.staged) await removeStaged(stagedPath);
      const continues = turnState(log.events.map(({ event }) => event)) === 'open';
      return { kind: 'open', log, staged: mended.staged, continues };
    },

    async rename(id, title) {
      const event: AgentEvent = { type: 'titled', title: title.trim() };
      const here = open.get(id);
      if (here) {
        await here.append(event);
        return { kind: 'done' };
      }
      const found = await openSession(filesOf(id).log, createRedaction(isIgnored));
      if (found.kind !== 'open') return found;
      await found.log.append(event);
      await found.log.close();
      return { kind: 'done' };
    },

    async remove(id) {
      const pid = await deleteSession(folder, id);
      return pid === null ? { kind: 'done' } : { kind: 'inUse', pid };
    },

    async fork(id, wanted, edited = false) {
      const read = await readSession(filesOf(id).log);
      if (read.kind === 'unreadable') return read;
      const events = read.events.map(({ event }) => event);
      const cut = cleanCut(events, wanted);
      const kept = read.events.slice(0, cut);
      const at = Date.now();
      const named = events.findLast(({ type }) => type === 'titled');
      // A branch waits for the person, who has not said anything in it yet.
      if (turnState(kept.map(({ event }) => event)) === 'open')
        kept.push({ at, event: { type: 'end', reason: 'stopped' } });
      const last = kept.findLast(({ event }) => event.type !== 'titled')?.event;
      const noted = last?.type === 'note' && last.text === branched;
      if (cut > 0 && !noted) kept.push({ at, event: { type: 'note', text: branched } });
      // It is the same conversation, under the name that it was given.
      if (edited && named && !kept.some(({ event }) => event === named)) kept.push({ at, event: named });
      const origins = new Map((await list()).map((one) => [one.id, one.branchOf]));
      const place = edited && placeOf((of) => origins.get(of), promptIndexes(events), { id, events: cut });
      const log = await begin(kept, place ? { ...place, edited: true } : { id, events: cut });
      await copyImages(
        filesOf(id).folder,
        filesOf(log.head.id).folder,
        kept.map(({ event }) => event),
      );
      return { kind: 'open', log, left: events[cut] };
    },

    async importText(text) {
      const read = readExport(text);
      return read.kind === 'unreadable' ? read : { kind: 'open', log: await begin(read.events) };
    },
  };
}

import type { Person } from '../host/person.ts';
import type { Log } from '../log.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { AgentMode } from '../protocol/agentMode.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { SessionEvent } from '../protocol/sessionEvents.ts';
import { openSessionImages, type SessionImages } from '../sessions/sessionImages.ts';
import type { SessionLog } from '../sessions/sessionLog.ts';
import type { NotOpened, SessionStore } from '../sessions/sessionStore.ts';
import { createAgentSession } from './agentSession.ts';
import type { AgentWorkspace } from './agentWorkspace.ts';
import { sourcesOf } from './contextAgain.ts';
import { createLiveSession, type LiveSession } from './liveSession.ts';
import type { ContextDeps } from './messageContext.ts';
import { readContext } from './messageContext.ts';
import { contextsInPrompt } from './transcript.ts';
import type { SentMessage } from './waitingMessages.ts';

interface Deps {
  workspace: AgentWorkspace;
  contextDeps: Omit<ContextDeps, 'earlier'>;
  personFor(sessionId: string): Person;
  keepRule(rule: string): Promise<void>;
  tell(sessionId: string, event: SessionEvent): void;
  log: Log;
}

export type Opening = { kind: 'open'; live: LiveSession } | { kind: 'failed'; problem: ProblemReport };

/** The sessions that this process has open, each once. */
export interface OpenSessions {
  create(mode: AgentMode): Promise<LiveSession>;
  /** From disk if it is not open yet; a session that another process writes cannot be. */
  open(id: string): Promise<Opening>;
  /** Adopts a log that the store has just made. */
  adopt(log: SessionLog, mode: AgentMode): Promise<LiveSession>;
  get(id: string): LiveSession | undefined;
  all(): LiveSession[];
  close(id: string): Promise<void>;
  dispose(): Promise<void>;
}

export function createOpenSessions({ workspace, contextDeps, personFor, keepRule, tell, log }: Deps): OpenSessions {
  const open = new Map<string, Promise<LiveSession>>();
  const live = new Map<string, LiveSession>();

  async function make(
    store: SessionStore,
    sessionLog: SessionLog,
    mode: AgentMode,
    staged: Parameters<typeof createAgentSession>[2] = null,
  ): Promise<LiveSession> {
    const { id } = sessionLog.head;
    const { folder, staged: stagedPath } = store.files(id);
    const made = await createLiveSession({
      mode,
      log,
      tell: (event) => tell(id, event),
      read: (message, events, signal) => readMessage(message, openSessionImages(folder), events, signal),
      async makeSession(one) {
        const deps = await workspace.sessionDeps({
          person: personFor(id),
          hasPerson: true,
          mode: () => one.mode,
          keepRule,
          takeSteer: one.takeSteer,
          steered: one.steered,
        });
        return createAgentSession(deps, { log: sessionLog, folder, stagedPath }, staged);
      },
    });
    live.set(id, made);
    return made;
  }

  async function readMessage(
    { text, context }: SentMessage,
    images: SessionImages,
    events: readonly AgentEvent[],
    signal: AbortSignal,
  ) {
    const deps = { ...contextDeps, earlier: contextsInPrompt(events), keepImage: images.keep };
    const read = await readContext(context, deps, signal);
    return { text, context: read.text, attached: read.attached, images: read.images, sources: sourcesOf(context) };
  }

  function keep(id: string, made: Promise<LiveSession>): Promise<LiveSession> {
    open.set(id, made);
    made.catch(() => open.delete(id));
    return made;
  }

  return {
    async create(mode) {
      const store = await workspace.store();
      const sessionLog = await store.create();
      return keep(sessionLog.head.id, make(store, sessionLog, mode));
    },
    async open(id) {
      const known = open.get(id);
      if (known) return { kind: 'open', live: await known };
      let refused: NotOpened | undefined;
      const resuming = (async () => {
        const store = await workspace.store();
        const resumed = await store.resume(id);
        if (resumed.kind !== 'open') {
          refused = resumed;
          throw new Error('not opened');
        }
        return make(store, resumed.log, 'ask', resumed.staged);
      })();
      try {
        return { kind: 'open', live: await keep(id, resuming) };
      } catch (error) {
        if (!refused) throw error;
        return { kind: 'failed', problem: notOpenedProblem(refused) };
      }
    },
    async adopt(sessionLog, mode) {
      return keep(sessionLog.head.id, make(await workspace.store(), sessionLog, mode));
    },
    get: (id) => live.get(id),
    all: () => [...live.values()],
    async close(id) {
      const made = await open.get(id)?.catch(() => undefined);
      open.delete(id);
      live.delete(id);
      await made?.close();
    },
    async dispose() {
      const all = await Promise.allSettled(open.values());
      open.clear();
      live.clear();
      await Promise.allSettled(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    },
  };
}

export function notOpenedProblem(refused: NotOpened): ProblemReport {
  return refused.kind === 'inUse'
    ? problem('sessionInUse', { pid: refused.pid })
    : problem('sessionUnreadable', { reason: refused.reason });
}

import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { RequestResult } from '../../sidecar/protocol/messages.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import { rememberedModes } from './rememberedModes.ts';
import type { SessionState } from './sessionState.ts';
import { createShownSession, type ShownSessionDeps } from './shownSession.ts';

export type SessionClientDeps = Omit<ShownSessionDeps, 'modes'>;

/**
 * The sessions of this window: one is shown, others may run. The sidecar owns them; here is what the panel shows of one.
 * A session is made when its first message is sent, so that looking at the panel starts nothing.
 */
export interface SessionClient {
  shown(): SessionState;
  /** Shows the session of before a reload. Does nothing once another is shown. */
  restore(): Promise<void>;
  newSession(): void;
  open(sessionId: string): Promise<boolean>;
  send(
    text: string,
    context: readonly SessionContext[],
    whenBusy: 'steer' | 'queue',
  ): Promise<RequestResult<'sessionSend'>['taken']>;
  /** Goes on with a turn that was cut off; false if there is nothing to go on with. */
  continue(): Promise<boolean>;
  stop(): Promise<void>;
  takeBack(messageId: string): Promise<RequestResult<'sessionTakeBack'>['message']>;
  moveWaiting(messageId: string, by: -1 | 1): Promise<unknown>;
  /** Sends the first message that waits. */
  sendNext(): Promise<void>;
  /** Ends one call that runs. */
  stopCall(callId: string): Promise<unknown>;
  setMode(mode: AgentMode): Promise<void>;
  rename(sessionId: string, title: string): Promise<void>;
  remove(sessionId: string): Promise<void>;
  /**
   * Shows a new session with the first `events` of the one that is shown; `edited`: as a branch of the same conversation.
   * Answers what went along with the message that is left out; null if there is no new session.
   */
  fork(events: number, edited?: boolean): Promise<readonly SessionContext[] | null>;
  /** Makes room in the conversation. */
  condense(): Promise<void>;
  /** The turns that condensing would drop; null where nothing can count them. */
  dropped(): Promise<RequestResult<'sessionDropped'>['turns']>;
  export(format: 'markdown' | 'json'): Promise<string | null>;
  /** Shows a new session with the events of an export; null, or why it is none. */
  import(text: string): Promise<string | null>;
  list(): Promise<RequestResult<'sessionList'>['sessions']>;
  search(query: string): Promise<RequestResult<'sessionSearch'>['hits']>;
}

export function createSessionClient(deps: SessionClientDeps): SessionClient {
  const { sidecar } = deps;
  const modes = rememberedModes(deps.memento);
  const session = createShownSession({ ...deps, modes });
  const shown = session.current;

  function began(state: SessionState): void {
    state.begin();
    deps.onChange();
  }

  return {
    shown,
    restore: session.restore,
    newSession: session.startNew,
    open: async (sessionId) => (await session.open(sessionId)) !== null,
    async send(text, context, whenBusy) {
      const state = await session.begun();
      const { taken } = await sidecar.request('sessionSend', {
        sessionId: state.id,
        text,
        context: [...context],
        whenBusy,
      });
      if (taken === 'started') began(state);
      return taken;
    },
    async continue() {
      if (shown().id === '') return false;
      const state = await session.ready();
      const { started } = await sidecar.request('sessionContinue', { sessionId: state.id });
      if (started) began(state);
      return started;
    },
    async stop() {
      if (shown().id !== '') await sidecar.request('sessionStop', { sessionId: shown().id });
    },
    async takeBack(messageId) {
      return (await sidecar.request('sessionTakeBack', { sessionId: shown().id, messageId })).message;
    },
    moveWaiting: (messageId, by) => sidecar.request('sessionMoveWaiting', { sessionId: shown().id, messageId, by }),
    async sendNext() {
      const state = await session.ready();
      const { started } = await sidecar.request('sessionSendNext', { sessionId: state.id });
      if (started) began(state);
    },
    stopCall: (callId) => sidecar.request('sessionStopCall', { sessionId: shown().id, callId }),
    async setMode(mode) {
      const state = shown();
      if (state.id !== '') {
        await sidecar.request('sessionMode', { sessionId: state.id, mode });
        modes.remember(state.id, mode);
      }
      state.setMode(mode);
      deps.onChange();
    },
    async rename(sessionId, title) {
      const done = await sidecar.request('sessionRename', { sessionId, title });
      if (done.kind === 'failed') return deps.onProblem(done.problem);
      deps.onTurns();
    },
    async remove(sessionId) {
      const done = await sidecar.request('sessionRemove', { sessionId });
      if (done.kind === 'failed') return deps.onProblem(done.problem);
      session.removed(done.sessionIds);
    },
    async fork(events, edited = false) {
      const { id, mode } = shown();
      const forked = await sidecar.request('sessionFork', { sessionId: id, events, edited });
      if (forked.kind === 'failed') {
        deps.onProblem(forked.problem);
        return null;
      }
      modes.remember(forked.sessionId, mode);
      return (await session.open(forked.sessionId)) && forked.context;
    },
    async condense() {
      if (shown().id !== '') await sidecar.request('sessionCondense', { sessionId: shown().id });
    },
    async dropped() {
      if (shown().id === '') return null;
      return (await sidecar.request('sessionDropped', { sessionId: shown().id })).turns;
    },
    async export(format) {
      const exported = await sidecar.request('sessionExport', { sessionId: shown().id, format });
      if (exported.kind === 'done') return exported.text;
      deps.onProblem(exported.problem);
      return null;
    },
    async import(text) {
      const { mode } = shown();
      const imported = await sidecar.request('sessionImport', { text, mode });
      if (imported.kind === 'unreadable') return imported.reason;
      modes.remember(imported.sessionId, mode);
      deps.onTurns();
      await session.open(imported.sessionId);
      return null;
    },
    list: async () => (await sidecar.request('sessionList', {})).sessions,
    search: async (query) => (await sidecar.request('sessionSearch', { query })).hits,
  };
}

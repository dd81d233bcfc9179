import type { Memento } from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { RequestResult } from '../../sidecar/protocol/messages.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { rememberedModes } from './rememberedModes.ts';
import { createSessionState, type SessionState } from './sessionState.ts';

export interface SessionClientDeps {
  sidecar: Pick<SidecarClient, 'request' | 'onNotification' | 'onRunning' | 'onEnded'>;
  /** Keeps which session is shown over a reload of the window. */
  memento: Memento;
  /** Mode of a session that begins now. */
  newMode(): AgentMode;
  /** Another session is shown, or the same one as the sidecar has it now. */
  onShown(): void;
  /** New events of the session that is shown. */
  onEvents(events: readonly SessionEvent[]): void;
  /** Something else of it changed: its mode, its name, whether it runs. */
  onChange(): void;
  /** A turn began or ended in any session. */
  onTurns(): void;
  onProblem(report: ProblemReport): void;
  /** A session was opened; `changeSet`: its edits that wait for review. */
  onStaged(sessionId: string, changeSet: ChangeSet | null): void;
}

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

const shownKey = 'devstral.session.shown';

export function createSessionClient(deps: SessionClientDeps): SessionClient {
  const { sidecar, memento } = deps;
  const modes = rememberedModes(memento);
  let shown = unsent();
  /** Of the newest wish to show something: an answer to an older one comes too late. */
  let wish = 0;
  let restored = memento.get<string>(shownKey) === undefined;
  let making: Promise<SessionState> | undefined;
  /** A process ended since the session was opened. */
  let lost = false;
  /** Until the process has the session, and its mode. */
  let opening: Promise<SessionState | null> | undefined;

  function unsent(): SessionState {
    return createSessionState('', deps.newMode(), null);
  }

  function show(next: SessionState): void {
    shown = next;
    restored = true;
    lost = false;
    void memento.update(shownKey, next.id || undefined);
    deps.onShown();
  }

  /** Opens a session as the sidecar has it and shows it; null if it cannot be opened or another was asked for meanwhile. */
  function open(sessionId: string): Promise<SessionState | null> {
    const made = openNow(sessionId).finally(() => {
      if (opening === made) opening = undefined;
    });
    opening = made;
    return made;
  }

  async function openNow(sessionId: string): Promise<SessionState | null> {
    const own = ++wish;
    const opened = await sidecar.request('sessionOpen', { sessionId });
    if (own !== wish) return null;
    if (opened.kind === 'failed') {
      deps.onProblem(opened.problem);
      return null;
    }
    const mode = modes.of(sessionId) ?? opened.mode;
    const state = createSessionState(sessionId, mode, opened);
    // At once: what is told from here on continues what was opened.
    show(state);
    deps.onStaged(sessionId, opened.staged);
    // A process that was started since has forgotten it.
    if (mode !== opened.mode) await sidecar.request('sessionMode', { sessionId, mode });
    return state;
  }

  /** Nothing is sent to a process that would take it in another mode: one that was started since has forgotten it. */
  async function ready(): Promise<SessionState> {
    if (opening) await opening;
    else if (lost) await open(shown.id);
    return shown;
  }

  /** The session that is shown, made if nothing was sent in it yet. */
  async function begun(): Promise<SessionState> {
    if (shown.id !== '') return ready();
    const { mode } = shown;
    making ??= sidecar
      .request('sessionCreate', { mode })
      .then(async ({ sessionId }) => {
        modes.remember(sessionId, mode);
        const state = await open(sessionId);
        if (!state) throw new Error('the new session could not be opened');
        return state;
      })
      .finally(() => {
        making = undefined;
      });
    return making;
  }

  /** A turn that was stopped or broke off may leave edits that nobody has been shown. */
  async function keepStaged(sessionId: string): Promise<void> {
    const opened = await sidecar.request('sessionOpen', { sessionId });
    if (opened.kind === 'open') deps.onStaged(sessionId, opened.staged);
  }

  sidecar.onNotification('sessionEvents', ({ sessionId, events }) => {
    const brokeOff = events.some(({ event }) => event.type === 'end' && event.reason !== 'done');
    if (brokeOff) keepStaged(sessionId).catch(() => undefined);
    if (events.some(({ event }) => turning.has(event.type))) deps.onTurns();
    if (sessionId !== shown.id || lost) return;
    const state = shown;
    const before = { title: state.title, running: state.running };
    const fresh = state.take(events);
    if (fresh === null) {
      open(sessionId).catch(() => undefined);
      return;
    }
    if (fresh.length > 0) deps.onEvents(fresh);
    if (state.title !== before.title || state.running !== before.running) deps.onChange();
  });
  sidecar.onEnded(() => {
    if (shown.id === '') return;
    lost = true;
    shown.cutOff();
    deps.onShown();
  });
  sidecar.onRunning(() => {
    if (lost && shown.id !== '') open(shown.id).catch(() => undefined);
  });

  function began(state: SessionState): void {
    state.begin();
    deps.onChange();
  }

  return {
    shown: () => shown,
    async restore() {
      const sessionId = memento.get<string>(shownKey);
      if (restored || sessionId === undefined) return;
      restored = true;
      await open(sessionId);
    },
    newSession() {
      wish++;
      show(unsent());
    },
    open: async (sessionId) => (await open(sessionId)) !== null,
    async send(text, context, whenBusy) {
      const state = await begun();
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
      if (shown.id === '') return false;
      const state = await ready();
      const { started } = await sidecar.request('sessionContinue', { sessionId: state.id });
      if (started) began(state);
      return started;
    },
    async stop() {
      if (shown.id !== '') await sidecar.request('sessionStop', { sessionId: shown.id });
    },
    async takeBack(messageId) {
      return (await sidecar.request('sessionTakeBack', { sessionId: shown.id, messageId })).message;
    },
    moveWaiting: (messageId, by) => sidecar.request('sessionMoveWaiting', { sessionId: shown.id, messageId, by }),
    async sendNext() {
      const state = await ready();
      const { started } = await sidecar.request('sessionSendNext', { sessionId: state.id });
      if (started) began(state);
    },
    stopCall: (callId) => sidecar.request('sessionStopCall', { sessionId: shown.id, callId }),
    async setMode(mode) {
      const state = shown;
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
      if (done.sessionIds.includes(shown.id)) show(unsent());
    },
    async fork(events, edited = false) {
      const { id, mode } = shown;
      const forked = await sidecar.request('sessionFork', { sessionId: id, events, edited });
      if (forked.kind === 'failed') {
        deps.onProblem(forked.problem);
        return null;
      }
      modes.remember(forked.sessionId, mode);
      return (await open(forked.sessionId)) && forked.context;
    },
    async condense() {
      if (shown.id !== '') await sidecar.request('sessionCondense', { sessionId: shown.id });
    },
    async dropped() {
      if (shown.id === '') return null;
      return (await sidecar.request('sessionDropped', { sessionId: shown.id })).turns;
    },
    async export(format) {
      const exported = await sidecar.request('sessionExport', { sessionId: shown.id, format });
      if (exported.kind === 'done') return exported.text;
      deps.onProblem(exported.problem);
      return null;
    },
    async import(text) {
      const { mode } = shown;
      const imported = await sidecar.request('sessionImport', { text, mode });
      if (imported.kind === 'unreadable') return imported.reason;
      modes.remember(imported.sessionId, mode);
      deps.onTurns();
      await open(imported.sessionId);
      return null;
    },
    list: async () => (await sidecar.request('sessionList', {})).sessions,
    search: async (query) => (await sidecar.request('sessionSearch', { query })).hits,
  };
}

/** Events that change the rows of the history. */
const turning: ReadonlySet<string> = new Set(['user', 'end', 'titled']);

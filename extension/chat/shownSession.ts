import type { Memento } from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { RememberedModes } from './rememberedModes.ts';
import { createSessionState, type SessionState } from './sessionState.ts';

export interface ShownSessionDeps {
  sidecar: Pick<SidecarClient, 'request' | 'onNotification' | 'onRunning' | 'onEnded'>;
  /** Keeps which session is shown over a reload of the window. */
  memento: Memento;
  modes: RememberedModes;
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

/** Which session this window shows, followed over what the sidecar tells, over its end and over a reload of the window. */
export interface ShownSession {
  current(): SessionState;
  /** Shows the session of before a reload. Does nothing once another is shown. */
  restore(): Promise<void>;
  /** Shows one in which nothing was sent yet, whatever is being opened. */
  startNew(): void;
  /** Sessions are gone: if the one that is shown is among them, a new one takes its place. */
  removed(sessionIds: readonly string[]): void;
  /** Opens a session as the sidecar has it and shows it; null if it cannot be opened or another was asked for meanwhile. */
  open(sessionId: string): Promise<SessionState | null>;
  /** Nothing is sent to a process that would take it in another mode: one that was started since has forgotten it. */
  ready(): Promise<SessionState>;
  /** The session that is shown, made if nothing was sent in it yet. */
  begun(): Promise<SessionState>;
}

const shownKey = 'devstral.session.shown';

export function createShownSession(deps: ShownSessionDeps): ShownSession {
  const { sidecar, memento, modes } = deps;
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

  async function ready(): Promise<SessionState> {
    if (opening) await opening;
    else if (lost) await open(shown.id);
    return shown;
  }

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

  return {
    current: () => shown,
    async restore() {
      const sessionId = memento.get<string>(shownKey);
      if (restored || sessionId === undefined) return;
      restored = true;
      await open(sessionId);
    },
    startNew() {
      wish++;
      show(unsent());
    },
    removed(sessionIds) {
      if (sessionIds.includes(shown.id)) show(unsent());
    },
    open,
    ready,
    begun,
  };
}

/** Events that change the rows of the history. */
const turning: ReadonlySet<string> = new Set(['user', 'end', 'titled']);

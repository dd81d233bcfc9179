import { batch, computed, signal } from '@preact/signals';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import type { BranchPoint, SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import type {
  Budget,
  Candidate,
  ContextChip,
  DroppedTurn,
  FirstRun,
  HostMessage,
  PanelDownload,
  PanelModel,
  PanelSettings,
  PanelSummary,
  Pending,
  Staged,
} from '../protocol.ts';
import { byFrame } from './byFrame.ts';
import { atRest, fold, foldAll, foldEarlier } from './fold.ts';
import { recall, remember } from './hostApi.ts';
import { firstAround, firstInSight } from './turnWindow.ts';
import { emptyView } from './view.ts';

export const sessionId = signal('');
/** Whether anything is known yet: the page is drawn before the first message. */
export const known = signal(false);
export const view = signal(emptyView);
/** Index of the first turn that is drawn, and of the first that will be in the next frames; earlier ones are scrolled to. */
export const shownFrom = signal(0);
export const wantedFrom = signal(0);
export const title = signal('');
/** Prompts of the session that were asked in several ways. */
export const branches = signal<readonly BranchPoint[]>([]);
export const mode = signal<AgentMode>('ask');
export const continues = signal(false);
export const pending = signal<Pending | null>(null);
export const staged = signal<Staged | null>(null);
export const problem = signal<ProblemReport | null>(null);
/** Work that no event of the session tells of. */
export const hostProgress = signal<TurnProgress | null>(null);
export const context = signal<readonly ContextChip[]>([]);
export const model = signal<PanelModel>({ name: '', kind: 'none' });
export const settings = signal<PanelSettings>({ reasoning: 'folded', whileRunning: 'steer' });
export const firstRun = signal<FirstRun | null>(null);
export const downloads = signal<readonly PanelDownload[]>([]);
export const sessions = signal<{ query: string; sessions: readonly PanelSummary[] } | null>(null);
export const candidates = signal<{ query: string; candidates: readonly Candidate[] } | null>(null);
export const budget = signal<Budget | null>(null);
/** Asked for by the budget; undefined: not asked. */
export const dropped = signal<readonly DroppedTurn[] | null | undefined>(undefined);
export const language = signal('en');
export const platform = signal<'mac' | 'windows' | 'linux'>('linux');

/** Which of the panel's faces is shown. */
export const face = signal<'conversation' | 'history'>('conversation');
/** Counts the requests to put the cursor into the composer. */
export const focusRequests = signal(0);
/** The article that was entered with Enter: its links and buttons are in the tab order. */
export const enteredArticle = signal<string | undefined>(undefined);

const memory = recall();
export const draft = signal(memory.draft);
export const fromEnd = signal(memory.fromEnd);

/** The model or a tool works; while only the person is waited for nothing does. */
export const busy = computed(() => view.value.running && !view.value.reviewing);

/** Saves draft and scroll position, which are all that the panel keeps itself. */
export function save(): void {
  const height = fromEnd.value;
  remember(height === undefined ? { draft: draft.value } : { draft: draft.value, fromEnd: height });
}

/** Changes the draft and keeps it. */
export function write(text: string): void {
  draft.value = text;
  save();
}

/** A message comes back: what is being written stays below it. */
function writeBefore(text: string): void {
  write(draft.value.trim() === '' ? text : `${text}\n\n${draft.value}`);
}

/** Puts the cursor into the composer. */
export function focusComposer(): void {
  focusRequests.value += 1;
}

/** The version of a prompt that was asked for: its session, the button to be on when it is there, and what is said then. */
interface Towards {
  sessionId: string;
  /** Which of the places with versions: all before it are the same in both sessions. */
  at: number;
  button: string;
  text: string;
}
let towards: Towards | undefined;

export function goTowards(wanted: Towards): void {
  towards = wanted;
}

/** Where the person wants to be in the session that is shown now, until `arrived`. */
export const arrival = (): Towards | undefined => (towards?.sessionId === sessionId.peek() ? towards : undefined);

export function arrived(): void {
  towards = undefined;
}

/** The prompt that the person goes towards is drawn; one that lies far back comes with a later part of the session. */
function drawArrival(): void {
  const wanted = arrival();
  if (!wanted) return;
  const { turns } = view.value;
  const asked = turns.find(({ index }) => index === branches.value[wanted.at]?.event);
  if (asked) {
    shownFrom.value = Math.min(shownFrom.value, asked.index);
    wantedFrom.value = Math.min(wantedFrom.value, shownFrom.value);
  } else if (turns[0]?.index === 0) {
    arrived();
  }
}

const incoming = byFrame<SessionEvent>((all) =>
  batch(() => {
    const now = Date.now();
    view.value = all.reduce((before, event) => fold(before, event, now), view.value);
    if (!view.value.running) return;
    problem.value = null;
    continues.value = false;
  }),
);

/** Takes a message of the extension. Events wait for the next frame; nothing overtakes them. */
export function apply(message: Exclude<HostMessage, { type: 'readImage' | 'menuAction' }>): void {
  if (message.type === 'events') {
    if (message.sessionId === sessionId.value) incoming.add(message.events);
    return;
  }
  if (message.type === 'state') incoming.drop();
  else incoming.flush();
  batch(() => take(message));
}

function take(message: Exclude<HostMessage, { type: 'events' | 'readImage' | 'menuAction' }>): void {
  switch (message.type) {
    case 'state':
      takeState(message);
      return;
    case 'earlier':
      if (message.sessionId !== sessionId.value) return;
      view.value = foldEarlier(view.value, message.events, Date.now());
      wantedFrom.value = Math.min(wantedFrom.value, firstAround(view.value.turns));
      drawArrival();
      return;
    case 'pending':
      if (message.sessionId === sessionId.value) pending.value = message.pending;
      return;
    case 'mode':
      mode.value = message.mode;
      return;
    case 'title':
      title.value = message.title;
      return;
    case 'problem':
      problem.value = message.problem;
      return;
    case 'staged':
      staged.value = message.staged;
      return;
    case 'sessions':
      sessions.value = message;
      return;
    case 'candidates':
      candidates.value = message;
      return;
    case 'budget':
      budget.value = message.budget;
      return;
    case 'dropped':
      dropped.value = message.turns;
      return;
    case 'firstRun':
      firstRun.value = message.firstRun;
      return;
    case 'downloads':
      downloads.value = message.downloads;
      return;
    case 'context':
      context.value = message.context;
      return;
    case 'model':
      model.value = message.model;
      return;
    case 'settings':
      settings.value = message.settings;
      return;
    case 'progress':
      hostProgress.value = message.progress;
      return;
    case 'focusComposer':
      face.value = 'conversation';
      if (message.text !== undefined) writeBefore(message.text);
      focusComposer();
      return;
    case 'showHistory':
      face.value = 'history';
      return;
  }
}

function takeState(state: Extract<HostMessage, { type: 'state' }>): void {
  const { session } = state;
  const folded = foldAll(session.events, Date.now());
  const around = firstAround(folded.turns);
  // What was drawn of the same session is drawn again, as it comes.
  wantedFrom.value = session.id === sessionId.value && known.value ? Math.min(around, wantedFrom.value) : around;
  shownFrom.value = firstInSight(folded.turns);
  if (known.value && session.id !== sessionId.value) {
    // Another session is read from its end.
    fromEnd.value = undefined;
  }
  known.value = true;
  sessionId.value = session.id;
  const shown = session.running ? { ...folded, running: true } : atRest(folded);
  view.value = { ...shown, waiting: session.waiting };
  title.value = session.title;
  branches.value = session.branches;
  drawArrival();
  mode.value = session.mode;
  continues.value = session.continues;
  pending.value = state.pending;
  staged.value = state.staged;
  problem.value = null;
  hostProgress.value = null;
  context.value = state.context;
  model.value = state.model;
  settings.value = state.settings;
  firstRun.value = state.firstRun;
  downloads.value = state.downloads;
  language.value = state.language;
  platform.value = state.platform;
}

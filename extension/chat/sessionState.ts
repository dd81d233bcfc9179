import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent, ShownEvent, WaitingMessage } from '../../sidecar/protocol/sessionEvents.ts';
import type { OpenSession } from '../../sidecar/protocol/sessions.ts';
import type { PanelSession } from '../../webview/protocol.ts';

type KeptEvent = OpenSession['events'][number];

/** What the panel shows of one session: a fold over what the sidecar tells of it. */
export interface SessionState {
  readonly id: string;
  readonly mode: AgentMode;
  readonly title: string;
  readonly running: boolean;
  readonly events: readonly KeptEvent[];
  /**
   * Takes events and answers those that were not known yet; null if some are missing before them, and then the session has
   * to be opened again.
   */
  take(events: readonly SessionEvent[]): SessionEvent[] | null;
  setMode(mode: AgentMode): void;
  /** A turn began, of which no event tells yet. */
  begin(): void;
  /** Its process ended: what was running is cut off. */
  cutOff(): void;
  /** What a panel that is built now has to know. */
  snapshot(): PanelSession;
  /** Of the event at an index; one that broke off without an event of its own stands behind them all. */
  problemAt(index: number): ProblemReport | undefined;
  /** Output of a call that still runs. */
  outputOf(callId: string): string | undefined;
}

/** Characters of a running command that are kept for a panel that is built again; all of it is on disk. */
const longestOutput = 200_000;

/** A session that the sidecar opened, or (null) one in which nothing has been sent; `mode` is the one in force. */
export function createSessionState(id: string, mode: AgentMode, opened: OpenSession | null): SessionState {
  const kept: KeptEvent[] = [...(opened?.events ?? [])];
  const outputs = new Map<string, string>();
  let partial = opened?.partial ?? '';
  let reasoning = '';
  let progress: Extract<ShownEvent, { type: 'progress' }> | null = null;
  let broken: Extract<ShownEvent, { type: 'broken' }> | null = null;
  let waiting: readonly WaitingMessage[] = opened?.waiting ?? [];
  let current = mode;
  let running = opened?.running ?? false;
  let reviewing = opened?.reviewing ?? false;
  let continues = opened?.continues ?? false;

  function show(event: ShownEvent): void {
    switch (event.type) {
      case 'reviewing':
        reviewing = true;
        progress = null;
        return;
      case 'text':
        partial += event.text;
        return;
      case 'reasoning':
        reasoning += event.text;
        return;
      case 'progress':
        progress = event;
        return;
      case 'output':
        outputs.set(event.callId, `${outputs.get(event.callId) ?? ''}${event.text}`.slice(-longestOutput));
        return;
      case 'waiting':
        waiting = event.messages;
        return;
      case 'broken':
        broken = event;
        running = false;
        progress = null;
        return;
      case 'notice':
        return;
    }
  }

  function keep(event: KeptEvent): void {
    kept.push(event);
    broken = null;
    const { type } = event.event;
    // A name can be given at any time.
    if (type !== 'titled') reviewing = false;
    if (type === 'answer') {
      partial = '';
      reasoning = '';
      progress = null;
    }
    if (event.event.type === 'callEnd') outputs.delete(event.event.callId);
    if (type === 'end') {
      running = false;
      progress = null;
      outputs.clear();
    } else if (ofTurn.has(type)) {
      running = true;
      continues = false;
    }
  }

  return {
    id,
    get mode() {
      return current;
    },
    get title() {
      return titleOf(kept) || (opened?.title ?? '');
    },
    get running() {
      return running;
    },
    events: kept,
    take(events) {
      const fresh: SessionEvent[] = [];
      for (const event of events) {
        if ('index' in event) {
          if (event.index < kept.length) continue;
          if (event.index > kept.length) return null;
          keep(event);
        } else {
          show(event.event);
        }
        fresh.push(event);
      }
      return fresh;
    },
    setMode(next) {
      current = next;
    },
    begin() {
      running = true;
      continues = false;
    },
    cutOff() {
      continues ||= running;
      running = false;
      reviewing = false;
      progress = null;
      outputs.clear();
    },
    snapshot() {
      const shown: ShownEvent[] = [];
      if (reasoning) shown.push({ type: 'reasoning', text: reasoning });
      if (partial) shown.push({ type: 'text', text: partial });
      for (const [callId, text] of outputs) shown.push({ type: 'output', callId, text });
      if (progress) shown.push(progress);
      if (reviewing) shown.push({ type: 'reviewing' });
      if (broken) shown.push(broken);
      const events = [...kept, ...shown.map((event) => ({ event }))];
      return {
        ...{ id, title: titleOf(kept), mode: current, events, running, continues, waiting: [...waiting] },
        branches: opened?.branches ?? [],
      };
    },
    problemAt(index) {
      if (index === kept.length) return broken?.problem;
      const event = kept[index]?.event;
      return event?.type === 'end' ? event.problem : undefined;
    },
    outputOf: (callId) => outputs.get(callId),
  };
}

/** Kept events that only a turn brings. */
const ofTurn: ReadonlySet<AgentEvent['type']> = new Set(['user', 'steer', 'answer', 'callBegin', 'callEnd', 'hint']);

const longestTitle = 60;

/** The person's name for it, else the first line of the first message. */
function titleOf(events: readonly KeptEvent[]): string {
  const named = events.findLast(({ event }) => event.type === 'titled')?.event;
  if (named?.type === 'titled') return named.title;
  const first = events.find(({ event }) => event.type === 'user')?.event;
  const line = first?.type === 'user' ? (first.text.trim().split('\n', 1)[0] ?? '') : '';
  return line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line;
}

import type { Log } from '../log.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { AgentMode } from '../protocol/agentMode.ts';
import { problem } from '../protocol/problems.ts';
import type { SessionEvent } from '../protocol/sessionEvents.ts';
import type { OpenSession } from '../protocol/sessions.ts';
import { turnState } from '../sessions/turnState.ts';
import type { Steer } from './agentLoop.ts';
import type { AgentSession } from './agentSession.ts';
import { isKept, type LoopEvent } from './loopEvents.ts';
import { titleOf } from './sessionTitle.ts';
import type { UserMessage } from './userMessage.ts';
import { createWaitingMessages, type SentMessage } from './waitingMessages.ts';

/** A session that an editor has open: what runs in it, and what waits. */
export interface LiveSession {
  readonly session: AgentSession;
  mode: AgentMode;
  running(): boolean;
  snapshot(): Omit<OpenSession, 'branches'>;
  /** Takes a message: it begins a turn, or waits for the one that runs. */
  send(message: SentMessage, whenBusy: 'steer' | 'queue'): 'started' | 'steer' | 'queue';
  /** Goes on with a turn that ended early. */
  goOn(): boolean;
  review(): void;
  condense(): boolean;
  /** A message that waits, taken back; null if it was taken meanwhile. */
  takeBack(messageId: string): SentMessage | null;
  /** One place up or down; it takes the kind of the message that it passes. */
  moveWaiting(messageId: string, by: -1 | 1): void;
  /** Sends the first message that waits; false if a turn runs or nothing waits. */
  sendNext(): boolean;
  /** The name is kept, and told. */
  rename(title: string): Promise<void>;
  /** Says something to the model with the next thing that it reads; during a turn, once that has ended. */
  note(text: string): Promise<void>;
  takeSteer(): Promise<Steer | undefined>;
  /** Aborted as soon as a message waits that is to be taken now. */
  steered(): AbortSignal;
  /** Answers when the turn has ended. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

interface Deps {
  makeSession(live: Pick<LiveSession, 'takeSteer' | 'steered'> & { readonly mode: AgentMode }): Promise<AgentSession>;
  mode: AgentMode;
  /** As the files are when the message is taken. */
  read(message: SentMessage, events: readonly AgentEvent[], signal: AbortSignal): Promise<UserMessage>;
  tell(event: SessionEvent): void;
  log: Log;
}

export async function createLiveSession({ makeSession, mode, read, tell, log }: Deps): Promise<LiveSession> {
  const waiting = createWaitingMessages((messages) => tell({ event: { type: 'waiting', messages } }));
  let running: { abort: AbortController; ended: Promise<void>; isTurn: boolean } | null = null;
  /** The turn waits for a decision of the person. */
  let reviewing = false;
  let partial = '';
  let closed = false;
  /** Notes for the end of the turn that runs. */
  const notes: string[] = [];
  /** The note that is being written: a turn begins behind it. */
  let noting: Promise<void> = Promise.resolve();

  /** Kept events that were told. What is appended while a turn runs comes between those of the turn. */
  let told = 0;

  async function takeSteer(): Promise<Steer | undefined> {
    const steer = waiting.takeSteer();
    if (!steer) return undefined;
    const { text, context, attached, images } = await readSafely(steer, running?.abort.signal ?? AbortSignal.abort());
    return {
      type: 'steer',
      text,
      ...(context === '' ? {} : { context }),
      ...(attached.length > 0 ? { attached: [...attached] } : {}),
      ...(images.length > 0 ? { images: [...images] } : {}),
    };
  }

  /** A message is never lost for what goes along with it. */
  async function readSafely(message: SentMessage, signal: AbortSignal): Promise<UserMessage> {
    try {
      return await read(message, events(), signal);
    } catch (error) {
      if (!signal.aborted) log.warn(`context of a message: ${String(error)}`);
      return { text: message.text, context: '', attached: [], images: [], sources: [] };
    }
  }

  const live = { mode, takeSteer, steered: waiting.steered };
  const session = await makeSession(live);
  const events = () => session.log.events.map(({ event }) => event);
  told = session.log.events.length;

  function pass(event: LoopEvent): void {
    if (event.type === 'text') partial += event.text;
    if (event.type === 'answer') partial = '';
    // Review and permission come as requests of their own.
    if (event.type === 'asking') return;
    reviewing = event.type === 'reviewing' && running?.isTurn === true;
    if (event.type === 'reviewing') {
      if (reviewing) tell({ event: { type: 'reviewing' } });
      return;
    }
    if (isKept(event)) tellKept();
    else tell({ event });
  }

  function tellKept(): void {
    for (const { at, event } of session.log.events.slice(told)) tell({ index: told++, at, event });
  }

  /** Nothing that a turn can do is thrown, but for a log that cannot be written: that ends it. */
  function run(work: (signal: AbortSignal) => AsyncGenerator<LoopEvent, void>, isTurn = true): void {
    const abort = new AbortController();
    const turn = async () => {
      await noting.catch(() => undefined);
      await follow(work(abort.signal));
      for (const text of notes.splice(0)) await append({ type: 'note', text }).catch(cannotNote);
    };
    const ended = turn().then(() => {
      running = null;
      partial = '';
      reviewing = false;
      next();
    });
    running = { abort, ended, isTurn };
  }

  async function append(event: AgentEvent): Promise<void> {
    await session.log.append(event);
    tellKept();
  }
  const cannotNote = (error: unknown) => log.warn(`note in session ${session.log.head.id}: ${String(error)}`);

  async function follow(made: AsyncGenerator<LoopEvent, void>): Promise<void> {
    try {
      for await (const event of made) pass(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error(`session ${session.log.head.id}: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
      tell({ event: { type: 'broken', problem: problem('internal', { reason }) } });
    }
  }

  function begin(message: SentMessage): void {
    run(async function* turn(signal) {
      const user = await readSafely(message, signal);
      yield* session.send(user, signal);
    });
  }

  /** What waits goes on by itself after a turn that came to its end; a stop or an error holds it. */
  function next(): void {
    const last = events().findLast(({ type }) => type === 'end');
    if (!closed && last?.type === 'end' && ['done', 'asks'].includes(last.reason)) sendNext();
  }

  function sendNext(): boolean {
    if (running) return false;
    const first = waiting.takeFirst();
    if (!first) return false;
    begin(first);
    return true;
  }

  function send(message: SentMessage, whenBusy: 'steer' | 'queue'): ReturnType<LiveSession['send']> {
    if (!running) {
      begin(message);
      return 'started';
    }
    const { isTurn, abort, ended } = running;
    if (!isTurn) {
      // A review that no turn waits for keeps no message from its turn; its edits stay staged.
      abort.abort();
      void ended.then(() => send(message, whenBusy));
      return 'started';
    }
    waiting.add(message, whenBusy);
    return whenBusy;
  }

  async function stop(): Promise<void> {
    running?.abort.abort();
    await running?.ended;
  }

  return Object.assign(live, {
    session,
    running: () => running !== null,
    snapshot: () => ({
      kind: 'open' as const,
      title: titleOf(events()),
      mode: live.mode,
      events: session.log.events.map(({ at, event }, index) => ({ index, at, event })),
      partial,
      running: running !== null,
      reviewing,
      continues: running === null && turnState(events()) === 'open',
      waiting: waiting.shown(),
      staged: session.staged(),
    }),
    send,
    goOn() {
      if (running || !events().some(({ type }) => type === 'user')) return false;
      run((signal) => session.send(null, signal));
      return true;
    },
    review() {
      if (!running && session.staged()) run(session.review, false);
    },
    condense() {
      if (running) return false;
      run(session.condense);
      return true;
    },
    takeBack: waiting.takeBack,
    moveWaiting: waiting.move,
    sendNext,
    async rename(title: string) {
      await append({ type: 'titled', title: title.trim() });
    },
    async note(text: string) {
      if (running) {
        notes.push(text);
        return;
      }
      noting = append({ type: 'note', text });
      await noting;
    },
    stop,
    async close() {
      closed = true;
      await stop();
      await session.log.close();
    },
  });
}

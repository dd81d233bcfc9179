import { randomUUID } from 'node:crypto';
import type { ApplyResult, ChangeSet, FileOutcome } from '../protocol/changes.ts';
import type { Journal } from '../workspace/journal.ts';
import type { LiveSession } from './liveSession.ts';
import type { OpenSessions } from './openSessions.ts';

interface Deps {
  sessions: Pick<OpenSessions, 'open' | 'all'>;
  journal: Pick<Journal, 'read'>;
  nameOf(uri: string): string;
}

/** Tells the model of a session which of its edits the person took back, or brought back; else it goes on as if they stood. */
export interface UndoNotes {
  /** The id of a change set that takes back what a session did from event `turn` on. */
  restoring(sessionId: string, turn: number): ChangeSet['id'];
  /** After an apply. */
  applied(changeSetId: string, files: readonly FileOutcome[], result: ApplyResult): Promise<void>;
  /** After an undo of an apply. */
  undone(applyId: string, result: ApplyResult): Promise<void>;
}

const mostQuoted = 80;
const readAgain = 'Read a file again before you change it.';

export function createUndoNotes({ sessions, journal, nameOf }: Deps): UndoNotes {
  const restores = new Map<string, { sessionId: string; turn: number }>();
  const named = (uris: readonly string[]) => uris.map(nameOf).join(', ');

  async function sessionOf(changeSetId: string): Promise<LiveSession | undefined> {
    const restore = restores.get(changeSetId);
    if (!restore) {
      const reviewed = ({ session }: LiveSession) =>
        session.log.events.some(({ event }) => event.type === 'reviewed' && event.changeSetId === changeSetId);
      return sessions.all().find(reviewed);
    }
    const opened = await sessions.open(restore.sessionId);
    return opened.kind === 'open' ? opened.live : undefined;
  }

  return {
    restoring(sessionId, turn) {
      const id = randomUUID();
      restores.set(id, { sessionId, turn });
      return id;
    },
    async applied(changeSetId, files, result) {
      const restore = restores.get(changeSetId);
      if (!restore || result.kind !== 'applied') return;
      const live = await sessionOf(changeSetId);
      const taken = files.filter(({ accepted, changedByPerson }) => accepted > 0 || changedByPerson);
      const inPart = taken.filter(({ rejected, changedByPerson }) => rejected > 0 || changedByPerson);
      const whole = taken.filter((file) => !inPart.includes(file));
      if (!live || taken.length === 0) return;
      const asked = live.session.log.events[restore.turn]?.event;
      const text = asked?.type === 'user' ? (asked.text.trim().split('\n')[0] ?? '') : '';
      const lines = [
        `The person took back your changes since their message "${text.slice(0, mostQuoted)}".`,
        ...(whole.length > 0 ? [`As before that message: ${named(whole.map(({ uri }) => uri))}.`] : []),
        ...(inPart.length > 0 ? [`Taken back in part: ${named(inPart.map(({ uri }) => uri))}.`] : []),
        readAgain,
      ];
      await live.note(lines.join(' '));
    },
    async undone(applyId, result) {
      if (result.kind !== 'applied' || result.files.length === 0) return;
      const entry = await journal.read(applyId);
      const live = entry && (await sessionOf(entry.intent.changeSetId));
      if (!live) return;
      const files = named(result.files.map(({ uri }) => uri));
      // An undo is an apply itself; what took changes back, undone, brings them back.
      const backAgain = (entry.intent.undoes !== null) !== restores.has(entry.intent.changeSetId);
      const what = backAgain
        ? `The person brought back your changes that they had taken back in ${files}: these stand again.`
        : `The person took back your edits in ${files}: these files are as before them.`;
      await live.note(`${what} ${readAgain}`);
    },
  };
}

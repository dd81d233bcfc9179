import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { URI } from 'vscode-uri';
import { isAlive, removeLeftovers, syncFolder, writeFileAtomic } from './atomicFile.ts';
import { encodeFile, readFileText } from './fileText.ts';

/** One side of a change: a text with all that is needed to write it back. */
export interface JournalText {
  text: string;
  bom: boolean;
  encoding: string;
  sha256: string;
}

export interface JournalFile {
  uri: string;
  /** Null: there was no such file. */
  before: JournalText | null;
  /** Null: there shall be no such file. */
  after: JournalText | null;
}

export interface Intent {
  applyId: string;
  changeSetId: string;
  label: string;
  /** The apply that this one takes back. */
  undoes: string | null;
  /** Whether we write the files ourselves; else an editor does, and its buffers are not ours to roll back. */
  writesDisk: boolean;
  files: JournalFile[];
}

/** What stands in each file after the commit, save participants of the editor included; null: no file. */
export type Committed = { uri: string; sha256: string | null; text: string }[];

export interface JournalEntry {
  intent: Intent;
  outcome: { kind: 'open' } | { kind: 'committed'; files: Committed } | { kind: 'aborted'; reason: string };
}

/** Append-only: one file an apply, flushed before and after the effect. */
export interface Journal {
  /** Flushed to disk when it returns; throws if that is impossible (disk full), and then nothing may be written. */
  begin(intent: Omit<Intent, 'applyId'>): Promise<string>;
  commit(applyId: string, files: Committed): Promise<void>;
  abort(applyId: string, reason: string): Promise<void>;
  read(applyId: string): Promise<JournalEntry | null>;
  /** The newest apply of a change set that was committed. */
  committed(changeSetId: string): Promise<JournalEntry | null>;
  /** Intents whose process is gone and that have neither commit nor abort. */
  abandoned(): Promise<Intent[]>;
}

type JournalRecord =
  | ({ v: 1; kind: 'intent'; at: string; pid: number; started: number } & Intent)
  | { kind: 'committed'; at: string; files: Committed }
  | { kind: 'aborted'; at: string; reason: string };

const mostEntries = 200;
const mostAgeMs = 30 * 24 * 60 * 60 * 1000;
/** A process id can be given out again: an intent older than this belongs to nobody. */
const longestApplyMs = 10 * 60 * 1000;
const started = Math.round(performance.timeOrigin);

/** The journal in a data folder. Entries older than 30 days, and all but the newest 200, are removed when one is added. */
export function openJournal(dataFolder: string): Journal {
  const folder = join(dataFolder, 'journal');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (applyId: string) => (/^[\w-]+$/.test(applyId) ? join(folder, `${applyId}.jsonl`) : null);

  async function append(applyId: string, record: JournalRecord, flags: 'ax' | 'a'): Promise<void> {
    const path = pathOf(applyId);
    if (path === null) throw new Error(`no such apply: ${applyId}`);
    const file = await open(path, flags, 0o600);
    try {
      await file.writeFile(`${JSON.stringify(record)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  async function records(applyId: string): Promise<JournalRecord[]> {
    const path = pathOf(applyId);
    if (path === null) return [];
    const text = await readFile(path, 'utf8').catch(() => '');
    // A crash can tear the last line; a record without its newline was never acted on.
    return text
      .split('\n')
      .slice(0, -1)
      .flatMap((line): JournalRecord[] => {
        try {
          return [JSON.parse(line) as JournalRecord];
        } catch {
          return [];
        }
      });
  }

  async function ids(): Promise<string[]> {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.jsonl'))
      .map((name) => basename(name, '.jsonl'))
      .sort();
  }

  async function read(applyId: string): Promise<JournalEntry | null> {
    const [intent, ...rest] = await records(applyId);
    if (intent?.kind !== 'intent') return null;
    const last = rest.at(-1);
    if (last?.kind === 'committed') return { intent, outcome: { kind: 'committed', files: last.files } };
    if (last?.kind === 'aborted') return { intent, outcome: { kind: 'aborted', reason: last.reason } };
    return { intent, outcome: { kind: 'open' } };
  }

  async function prune(): Promise<void> {
    const all = await ids();
    for (const [index, id] of all.entries()) {
      const tooMany = index < all.length - mostEntries;
      if (!tooMany && Date.now() - timeOf(id) <= mostAgeMs) break;
      const path = pathOf(id);
      if (path !== null && (await read(id))?.outcome.kind !== 'open') await rm(path, { force: true });
    }
  }

  return {
    read,
    async committed(changeSetId) {
      for (const id of (await ids()).reverse()) {
        const entry = await read(id);
        const { changeSetId: found, undoes } = entry?.intent ?? {};
        if (found === changeSetId && undoes === null && entry?.outcome.kind === 'committed') return entry;
      }
      return null;
    },
    async begin(intent) {
      // Names sort by time.
      const applyId = `${Date.now().toString(36).padStart(9, '0')}-${randomUUID().slice(0, 8)}`;
      const at = new Date().toISOString();
      try {
        await append(applyId, { v: 1, kind: 'intent', at, pid: process.pid, started, ...intent, applyId }, 'ax');
      } catch (error) {
        const path = pathOf(applyId);
        if (path !== null) await rm(path, { force: true });
        throw error;
      }
      await syncFolder(folder);
      await prune();
      return applyId;
    },
    commit: (applyId, files) => append(applyId, { kind: 'committed', at: new Date().toISOString(), files }, 'a'),
    abort: (applyId, reason) => append(applyId, { kind: 'aborted', at: new Date().toISOString(), reason }, 'a'),
    async abandoned() {
      const found: Intent[] = [];
      for (const id of await ids()) {
        const [intent, last] = await records(id);
        if (intent?.kind === 'intent' && last === undefined && !mayStillRun(intent)) found.push(intent);
      }
      return found;
    },
  };
}

function mayStillRun(intent: { pid: number; started: number; applyId: string }): boolean {
  if (intent.pid === process.pid) return intent.started === started;
  return Date.now() - timeOf(intent.applyId) < longestApplyMs && isAlive(intent.pid);
}

function timeOf(applyId: string): number {
  return Number.parseInt(applyId.slice(0, 9), 36);
}

/**
 * Closes what a crash left open, at start. Files that we were writing ourselves end up all new or all old; what an editor
 * was writing is only looked at. A file that is neither is left alone, and one line for the log says so.
 */
export async function recoverOpenIntents(journal: Journal): Promise<string[]> {
  const lines: string[] = [];
  for (const intent of await journal.abandoned()) {
    const states = await Promise.all(intent.files.map(stateOf));
    const foreign = intent.files.filter((_file, index) => states[index] === 'other');
    const written = intent.files.filter((_file, index) => states[index] === 'after');
    if (intent.writesDisk) for (const file of intent.files) await removeLeftovers(pathOf(file));
    if (foreign.length > 0) {
      lines.push(`${intent.label} was interrupted; left as they are: ${foreign.map(pathOf).join(', ')}`);
      await journal.abort(intent.applyId, 'interrupted, and changed since');
    } else if (written.length === intent.files.length || (written.length > 0 && !intent.writesDisk)) {
      await journal.commit(intent.applyId, intent.files.map(committedAsIntended));
      lines.push(`${intent.label} was interrupted after it was written; it is kept`);
    } else {
      for (const file of written) await writeBack(file);
      await journal.abort(intent.applyId, 'interrupted');
      if (written.length > 0) lines.push(`${intent.label} was interrupted; all files are as before`);
    }
  }
  return lines;
}

/** The outcome if nothing but the intent was written. */
export function committedAsIntended(file: JournalFile): Committed[number] {
  return { uri: file.uri, sha256: file.after?.sha256 ?? null, text: file.after?.text ?? '' };
}

async function stateOf(file: JournalFile): Promise<'before' | 'after' | 'other'> {
  const now = await readFileText(pathOf(file));
  if (now.kind === 'unreadable' && now.reason !== 'missing') return 'other';
  const sha256 = now.kind === 'text' && now.file.revision.kind === 'disk' ? now.file.revision.sha256 : null;
  if (sha256 === (file.after?.sha256 ?? null)) return 'after';
  return sha256 === (file.before?.sha256 ?? null) ? 'before' : 'other';
}

async function writeBack(file: JournalFile): Promise<void> {
  if (file.before === null) await rm(pathOf(file), { force: true });
  else await writeFileAtomic(pathOf(file), encodeFile(file.before.text, file.before));
}

function pathOf(file: JournalFile): string {
  return URI.parse(file.uri).fsPath;
}

import { lstatSync, readFileSync } from 'node:fs';
import { URI } from 'vscode-uri';
import { createBreather } from '../workspace/breather.ts';
import { decodeFile } from '../workspace/fileText.ts';
import { type FileSide, type SkipReason, type TouchedFile, touchedBetween } from './touchedFile.ts';
import { type KnownRules, walkWorkspace } from './walkWorkspace.ts';

export interface WatchLimits {
  /** Files that are looked at; a walk of so many takes some tenths of a second. */
  files: number;
  /** Bytes of one file whose text is kept. */
  fileBytes: number;
  /** Bytes of all texts that are kept in memory between two looks. */
  textBytes: number;
}

const defaultLimits: WatchLimits = { files: 20_000, fileBytes: 1_000_000, textBytes: 64_000_000 };

export interface CommandChanges {
  files: TouchedFile[];
  /** There are more files than were looked at: what changed in the others is not known. */
  incomplete: boolean;
}

export interface WorkspaceWatch {
  /** Right before a command: remembers what stands in the files. */
  look(signal: AbortSignal): Promise<void>;
  /** Right after it, also if it was stopped: what is different now. The signal is one of its own. */
  changes(signal: AbortSignal): Promise<CommandChanges>;
}

interface Seen {
  /** One of these changes whenever the file is written. */
  stamp: { mtimeMs: number; ctimeMs: number; size: number; ino: number };
  /** Read as a text only if it turns out to be another one. */
  contents: Buffer | SkipReason;
}

/**
 * What a command changes on disk, seen by a look before it and one after it. A file is read again only if its times, size
 * or inode are different. Not seen: files that git ignores, what node_modules and the like hold, links, permissions; of
 * files over the limits, and of those that are not UTF-8, only that they changed.
 */
export function createWorkspaceWatch(roots: readonly string[], limits: WatchLimits = defaultLimits): WorkspaceWatch {
  let seen = new Map<string, Seen>();
  let incomplete = false;
  const rules: KnownRules = new Map();

  async function walk(signal: AbortSignal): Promise<Map<string, Seen>> {
    const now = new Map<string, Seen>();
    const breathe = createBreather();
    let bytes = 0;
    incomplete = false;
    for (const root of roots) {
      for await (const paths of walkWorkspace(root, signal, rules)) {
        for (const path of paths) {
          if (now.size >= limits.files) {
            incomplete = true;
            return now;
          }
          const pause = breathe();
          if (pause) await pause;
          const stamp = stampOf(path);
          if (!stamp) continue;
          const before = seen.get(path);
          const known = before && isSame(before.stamp, stamp) ? before : null;
          const room = stamp.size <= limits.fileBytes && bytes + stamp.size <= limits.textBytes;
          const file: Seen = known ?? { stamp, contents: room ? contentsOf(path) : 'large' };
          if (Buffer.isBuffer(file.contents)) bytes += stamp.size;
          now.set(path, file);
        }
      }
    }
    incomplete = signal.aborted;
    return now;
  }

  return {
    async look(signal) {
      seen = await walk(signal);
    },
    async changes(signal) {
      const before = seen;
      const wasIncomplete = incomplete;
      seen = await walk(signal);
      const files = touchedBetween(sidesOf(before, seen), sidesOf(seen, before), (path) => URI.file(path).toString());
      if (!wasIncomplete && !incomplete) return { files, incomplete: false };
      // Which files a walk stops at may differ: one that is in only one of them need not be new or gone.
      return {
        files: files.filter(({ before: was, after: is }) => was.kind !== 'absent' && is.kind !== 'absent'),
        incomplete: true,
      };
    },
  };
}

/** What is kept of each file; one without a text that was written to is another one. */
function sidesOf(one: ReadonlyMap<string, Seen>, other: ReadonlyMap<string, Seen>): Map<string, FileSide> {
  const sides = new Map<string, FileSide>();
  for (const [path, seen] of one) {
    const counterpart = other.get(path);
    if (!counterpart || !isSame(seen.stamp, counterpart.stamp)) sides.set(path, sideOf(seen.contents));
  }
  return sides;
}

const isSame = (one: Seen['stamp'], other: Seen['stamp']): boolean =>
  one === other ||
  (one.mtimeMs === other.mtimeMs && one.ctimeMs === other.ctimeMs && one.size === other.size && one.ino === other.ino);

function stampOf(path: string): Seen['stamp'] | null {
  try {
    const stats = lstatSync(path);
    if (!stats.isFile()) return null;
    const { mtimeMs, ctimeMs, size, ino } = stats;
    return { mtimeMs, ctimeMs, size, ino };
  } catch {
    return null;
  }
}

function contentsOf(path: string): Buffer | SkipReason {
  try {
    const bytes = readFileSync(path);
    // What is no text takes no room from texts.
    return bytes.includes(0) ? 'notText' : bytes;
  } catch {
    return 'unknown';
  }
}

function sideOf(contents: Buffer | SkipReason): FileSide {
  if (!Buffer.isBuffer(contents)) return { kind: 'skipped', reason: contents };
  const decoded = decodeFile(contents);
  if (decoded.kind !== 'text') return { kind: 'skipped', reason: 'notText' };
  const { text, bom, encoding } = decoded.file;
  return { kind: 'text', text, bom, encoding };
}

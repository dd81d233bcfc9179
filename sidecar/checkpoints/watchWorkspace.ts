import { readFile, stat } from 'node:fs/promises';
import { URI } from 'vscode-uri';
import { decodeFile } from '../workspace/fileText.ts';
import { type FileSide, type TouchedFile, touchedBetween } from './touchedFile.ts';
import { walkWorkspace } from './walkWorkspace.ts';

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
  /** Changes whenever the file is written: times in nanoseconds, size, inode. */
  stamp: string;
  side: FileSide;
}

/**
 * What a command changes on disk, seen by a look before it and one after it. A file is read again only if its times, size
 * or inode are different. Not seen: files that git ignores, what node_modules and the like hold, links, permissions; of
 * files over the limits, and of those that are not UTF-8, only that they changed.
 */
export function createWorkspaceWatch(roots: readonly string[], limits: WatchLimits = defaultLimits): WorkspaceWatch {
  let seen = new Map<string, Seen>();
  let incomplete = false;

  async function walk(signal: AbortSignal): Promise<Map<string, Seen>> {
    const now = new Map<string, Seen>();
    let bytes = 0;
    incomplete = false;
    for (const root of roots) {
      for await (const path of walkWorkspace(root, signal)) {
        if (now.size >= limits.files) {
          incomplete = true;
          return now;
        }
        const stats = await stat(path, { bigint: true }).catch(() => null);
        if (!stats?.isFile()) continue;
        const stamp = `${stats.mtimeNs}:${stats.ctimeNs}:${stats.size}:${stats.ino}`;
        const size = Number(stats.size);
        const known = seen.get(path);
        const room = size <= limits.fileBytes && bytes + size <= limits.textBytes;
        const side = known?.stamp === stamp ? known.side : await readSide(path, room);
        if (side.kind === 'text') bytes += size;
        now.set(path, { stamp, side });
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
  const changed = ([path, { stamp }]: [string, Seen]) => other.get(path)?.stamp !== stamp;
  return new Map([...one].filter(changed).map(([path, { side }]) => [path, side]));
}

async function readSide(path: string, room: boolean): Promise<FileSide> {
  if (!room) return { kind: 'skipped', reason: 'large' };
  const bytes = await readFile(path).catch(() => null);
  if (bytes === null) return { kind: 'skipped', reason: 'unknown' };
  const decoded = decodeFile(bytes);
  if (decoded.kind !== 'text') return { kind: 'skipped', reason: 'notText' };
  const { text, bom, encoding } = decoded.file;
  return { kind: 'text', text, bom, encoding };
}

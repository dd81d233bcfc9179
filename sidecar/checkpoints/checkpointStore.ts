import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../workspace/atomicFile.ts';
import type { FileSide, TouchedFile } from './touchedFile.ts';

const StoredSide = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('absent') }),
  z.object({ kind: z.literal('text'), sha256: z.string(), bom: z.boolean(), encoding: z.string() }),
  z.object({ kind: z.literal('skipped'), reason: z.enum(['large', 'notText', 'unknown']) }),
]);
type StoredSide = z.infer<typeof StoredSide>;

/** What a turn touched: each file once, as it was before and as it was left. */
const Manifest = z.object({
  v: z.literal(1),
  /** Index of the turn's first event in the session's log. */
  turn: z.number(),
  at: z.number(),
  /** Its texts were deleted because checkpoints had grown too large. */
  dropped: z.boolean(),
  files: z.array(z.object({ uri: z.string(), before: StoredSide, after: StoredSide })),
});
export type Manifest = z.infer<typeof Manifest>;

/** Characters; a larger file is data that a program wrote. */
const largestText = 5_000_000;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

export interface Checkpoints {
  /** Adds what a turn touched; a file that it touched before keeps its first side. On disk when it resolves. */
  touch(turn: number, files: readonly TouchedFile[]): Promise<void>;
  /** All turns that touched files, the oldest first. */
  turns(): Promise<Manifest[]>;
  /** A side with its text; `unknown` where the text is gone or damaged. */
  read(side: StoredSide): Promise<FileSide>;
}

/** What the checkpoints of all sessions share: how much there may be of them. */
export interface CheckpointRoom {
  /** Writes to checkpoints; `write` answers the bytes that it added. Prunes if that was too much. */
  write(write: () => Promise<number>): Promise<void>;
}

/** For whoever writes little and ends. */
export const unlimitedRoom: CheckpointRoom = {
  async write(write) {
    await write();
  },
};

export const manifestsIn = (sessionFolder: string): string => join(sessionFolder, 'checkpoints');
export const blobsIn = (sessionFolder: string): string => join(sessionFolder, 'blobs');

/** The checkpoints of a session in its folder: a manifest a turn, and each text once, named by its hash and compressed. */
export function openCheckpoints(sessionFolder: string, room: CheckpointRoom = unlimitedRoom): Checkpoints {
  const blobPath = (sha256: string) => join(blobsIn(sessionFolder), `${sha256}.gz`);

  /** With the bytes that it took on disk. */
  async function store(side: FileSide): Promise<[StoredSide, bytes: number]> {
    if (side.kind !== 'text') return [side, 0];
    if (side.text.length > largestText) return [{ kind: 'skipped', reason: 'large' }, 0];
    const bytes = Buffer.from(side.text, 'utf8');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stored: StoredSide = { kind: 'text', sha256, bom: side.bom, encoding: side.encoding };
    if (await stat(blobPath(sha256)).catch(() => null)) return [stored, 0];
    const zipped = await zip(bytes);
    await writeFileAtomic(blobPath(sha256), zipped, 0o600);
    return [stored, zipped.length];
  }

  async function touch(turn: number, files: readonly TouchedFile[]): Promise<number> {
    const path = join(manifestsIn(sessionFolder), `${turn}.json`);
    const before = await readManifest(path);
    const kept = new Map(before?.files.map((file) => [file.uri, file]));
    let added = 0;
    for (const { uri, before: was, after: is } of files) {
      const known = kept.get(uri)?.before;
      const [first, more] = known ? [known, 0] : await store(was);
      const [last, rest] = await store(is);
      added += more + rest;
      kept.set(uri, { uri, before: first, after: last });
    }
    const manifest: Manifest = {
      v: 1,
      turn,
      at: Date.now(),
      dropped: before?.dropped ?? false,
      files: [...kept.values()],
    };
    await writeFileAtomic(path, Buffer.from(JSON.stringify(manifest)), 0o600);
    return added;
  }

  return {
    async touch(turn, files) {
      if (files.length > 0) await room.write(() => touch(turn, files));
    },
    turns: () => readManifests(sessionFolder),
    async read(side) {
      if (side.kind !== 'text') return side;
      try {
        const bytes = await unzip(await readFile(blobPath(side.sha256)));
        if (createHash('sha256').update(bytes).digest('hex') !== side.sha256) throw new Error('damaged');
        return { kind: 'text', text: bytes.toString('utf8'), bom: side.bom, encoding: side.encoding };
      } catch {
        return { kind: 'skipped', reason: 'unknown' };
      }
    },
  };
}

/** All manifests of a session, the oldest turn first. */
export async function readManifests(sessionFolder: string): Promise<Manifest[]> {
  const folder = manifestsIn(sessionFolder);
  const names = await readdir(folder).catch((): string[] => []);
  const read = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readManifest(join(folder, name))),
  );
  return read.filter((manifest) => manifest !== null).sort((a, b) => a.turn - b.turn);
}

async function readManifest(path: string): Promise<Manifest | null> {
  try {
    const read = Manifest.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

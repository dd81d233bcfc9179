import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { folderSize, isThere } from '../sessions/retention.ts';
import { sessionFiles } from '../sessions/sessionFiles.ts';
import { writerOf } from '../sessions/sessionLog.ts';
import { writeFileAtomic } from '../workspace/atomicFile.ts';
import { blobsIn, type Manifest, manifestsIn, readManifests } from './checkpointStore.ts';

/** Bytes of all checkpoints: half of what sessions may have, and some thousand turns as they are seen. */
export const mostCheckpointBytes = 500e6;

/** The part of the bound that is left: the next turn does not begin it anew. */
export const pruneTo = 0.9;

/**
 * Deletes the texts of the oldest turns if the checkpoints of all workspaces are too large. Those of a session that another
 * process has open stay, and so does the newest turn of any that is open or has edits that wait for a review. Answers the
 * bytes that are left.
 */
export async function pruneCheckpoints(sessions: string, most = mostCheckpointBytes): Promise<number> {
  const folders: string[] = [];
  let total = 0;
  const turns: { folder: string; manifest: Manifest }[] = [];
  for (const workspace of await readdir(sessions).catch((): string[] => [])) {
    const place = join(sessions, workspace);
    for (const name of await readdir(place).catch((): string[] => [])) {
      if (!name.endsWith('.jsonl')) continue;
      const { log, folder, staged } = sessionFiles(place, name.slice(0, -'.jsonl'.length));
      folders.push(folder);
      total += await folderSize(blobsIn(folder));
      const pid = await writerOf(log);
      if (pid !== null && pid !== process.pid) continue;
      const manifests = (await readManifests(folder)).filter(({ dropped }) => !dropped);
      const goesOn = pid !== null || (await isThere(staged));
      for (const manifest of goesOn ? manifests.slice(0, -1) : manifests) turns.push({ folder, manifest });
    }
  }
  if (total <= most) return total;
  turns.sort((a, b) => a.manifest.at - b.manifest.at);
  for (const { folder, manifest } of turns) {
    if (total <= most * pruneTo) break;
    const before = await folderSize(blobsIn(folder));
    await drop(folder, manifest);
    total -= before - (await folderSize(blobsIn(folder)));
  }
  return total;
}

/** The manifest stays and says so; texts that no other turn of the session has go. */
async function drop(folder: string, manifest: Manifest): Promise<void> {
  const path = join(manifestsIn(folder), `${manifest.turn}.json`);
  await writeFileAtomic(path, Buffer.from(JSON.stringify({ ...manifest, dropped: true, files: [] })), 0o600);
  const used = new Set(
    (await readManifests(folder)).flatMap(({ files }) =>
      files.flatMap(({ before, after }) =>
        [before, after].flatMap((side) => (side.kind === 'text' ? [side.sha256] : [])),
      ),
    ),
  );
  for (const name of await readdir(blobsIn(folder)).catch((): string[] => [])) {
    if (!used.has(name.replace(/\.gz$/, ''))) await rm(join(blobsIn(folder), name), { force: true });
  }
}

import { readFile, rm } from 'node:fs/promises';
import * as z from 'zod/mini';
import { AgentEvent } from '../protocol/agentEvents.ts';
import { ChangeSet } from '../protocol/changes.ts';
import { removeLeftovers, writeFileAtomic } from '../workspace/atomicFile.ts';

/**
 * The staged edits of a session as they are, in a file beside its log: they are files of the person, so what they hold
 * cannot be taken out as it is from the log. Calls cannot be run again instead: what they changed may look different now.
 */
const StagedCopy = z.object({
  v: z.literal(1),
  /** Number of the answer's event whose call staged the last of it, and how that call ended. */
  answer: z.number(),
  ended: z.nullable(AgentEvent),
  changeSet: ChangeSet,
});
export type StagedCopy = z.infer<typeof StagedCopy>;

/** On disk, flushed, when it resolves. */
export async function saveStaged(path: string, copy: Omit<StagedCopy, 'v'>): Promise<void> {
  await writeFileAtomic(path, Buffer.from(JSON.stringify({ v: 1, ...copy })), 0o600);
}

/** What was staged, or null. */
export async function readStaged(path: string): Promise<StagedCopy | null> {
  try {
    const read = StagedCopy.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** Nothing is staged any more. */
export async function removeStaged(path: string): Promise<void> {
  await rm(path, { force: true });
  await removeLeftovers(path);
}

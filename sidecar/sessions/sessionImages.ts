import { createHash } from 'node:crypto';
import { constants, copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imageSize } from 'image-size';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ImageRef } from '../protocol/images.ts';
import { largestImage } from '../protocol/imageTokens.ts';
import { writeFileAtomic } from '../workspace/atomicFile.ts';

/** The images of one session, each a file named by the hash of its bytes: the log holds only their names. */
export interface SessionImages {
  /** On disk when it resolves. What is no image that can be sent is a reason. */
  keep(bytes: Uint8Array, label: string): Promise<ImageRef | { refused: string }>;
  /** The bytes as base64; null where the file is gone or is not what it was. */
  read(image: Pick<ImageRef, 'file'>): Promise<string | null>;
}

const types = { png: 'image/png', jpg: 'image/jpeg' } as const;
const isKept = (type: string | undefined): type is keyof typeof types => type !== undefined && type in types;

const folderOf = (sessionFolder: string) => join(sessionFolder, 'images');
/** The log is a file that anybody may have changed: a name leads nowhere else. */
const isName = (file: string) => /^[\da-f]{64}\.(png|jpg)$/.test(file);

/** `sessionFolder`: what lies beside the session's log. */
export function openSessionImages(sessionFolder: string): SessionImages {
  const folder = folderOf(sessionFolder);
  return {
    async keep(bytes, label) {
      const read = readImage(bytes);
      if ('refused' in read) return read;
      const file = `${hashOf(bytes)}.${read.type}`;
      const path = join(folder, file);
      const there = await stat(path).catch(() => null);
      if (there?.size !== bytes.length) await writeFileAtomic(path, bytes, 0o600);
      return { file, label, mime: types[read.type], width: read.width, height: read.height };
    },
    async read({ file }) {
      if (!isName(file)) return null;
      const bytes = await readFile(join(folder, file)).catch(() => null);
      return bytes && hashOf(bytes) === file.slice(0, 64) ? bytes.toString('base64') : null;
    },
  };
}

/** English for the model; people read them through `t`. @texts */
const refusals = {
  large: 'is larger than 10 MB',
  type: 'is neither PNG nor JPEG',
  cut: 'is not a whole image',
};

/** What an image is, from its own bytes and nothing else. Pixels. */
export function readImage(
  bytes: Uint8Array,
): { type: keyof typeof types; width: number; height: number } | { refused: string } {
  if (bytes.length > largestImage) return { refused: refusals.large };
  try {
    const { type, width, height } = imageSize(bytes);
    if (!isKept(type)) return { refused: refusals.type };
    if (!(width > 0 && height > 0)) return { refused: refusals.cut };
    return { type, width, height };
  } catch {
    return { refused: refusals.cut };
  }
}

/** Copies what the events of a branch name from the session that it came from. */
export async function copyImages(from: string, to: string, events: readonly AgentEvent[]): Promise<void> {
  const files = new Set(events.flatMap((event) => imagesOf(event).map(({ file }) => file)).filter(isName));
  if (files.size === 0) return;
  await mkdir(folderOf(to), { recursive: true, mode: 0o700 });
  for (const file of files) {
    // What is gone there is gone here: the model is told so.
    await copyFile(join(folderOf(from), file), join(folderOf(to), file), constants.COPYFILE_FICLONE).catch(
      () => undefined,
    );
  }
}

/** Images that an event brought into the conversation. */
export const imagesOf = (event: AgentEvent): readonly ImageRef[] =>
  event.type === 'user' || event.type === 'steer' || event.type === 'callEnd' ? (event.images ?? []) : [];

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { describeEndings, toLf } from '../edits/lineEndings.ts';
import type { FileText, Revision } from '../protocol/text.ts';

export type DecodedFile =
  | { kind: 'text'; file: FileText }
  | { kind: 'unreadable'; reason: 'binary' | 'encoding' | 'tooLarge' };

export type ReadFile =
  | { kind: 'text'; file: FileText }
  | { kind: 'unreadable'; reason: 'binary' | 'encoding' | 'tooLarge' | 'missing' | 'other' };

/** Bytes; what VS Code's own text sync stops at. */
export const largestFile = 50 * 1024 * 1024;

const bomBytes = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Strict UTF-8: nothing is replaced. `encoding` means that an editor that knows the encoding may read it (UTF-16, Latin-1);
 * `binary` that nobody can.
 */
export function decodeFile(bytes: Uint8Array): DecodedFile {
  if (bytes.length > largestFile) return { kind: 'unreadable', reason: 'tooLarge' };
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { kind: 'unreadable', reason: 'encoding' };
  }
  if (bytes.includes(0)) return { kind: 'unreadable', reason: 'binary' };
  const bom = bomBytes.every((byte, index) => bytes[index] === byte);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bom ? bytes.subarray(3) : bytes);
  } catch {
    return { kind: 'unreadable', reason: 'encoding' };
  }
  return { kind: 'text', file: { ...decodedText(text, { kind: 'disk', sha256: hashText(text) }), bom } };
}

/** A text that is decoded already (a buffer of the editor), without byte order mark, as `FileText`. */
export function decodedText(text: string, revision: Revision): FileText {
  const { eol, mixed } = describeEndings(text);
  return { text, eol, mixedEol: mixed, bom: false, encoding: 'utf8', revision };
}

/** What stands for a file that does not exist. */
export function absentFile(): FileText {
  return decodedText('', { kind: 'absent' });
}

/** The bytes of a text. Only UTF-8 can be written here: `decodeFile` gives nothing else out. */
export function encodeFile(text: string, { bom, encoding }: { bom: boolean; encoding: string }): Buffer {
  if (!writable(encoding)) throw new Error(`cannot write ${encoding}`);
  const bytes = Buffer.from(text, 'utf8');
  return bom ? Buffer.concat([bomBytes, bytes]) : bytes;
}

/** Whether `encodeFile` knows the encoding. */
export function writable(encoding: string): boolean {
  return /^utf-?8(?:bom)?$/i.test(encoding);
}

/** SHA-256, hex, of the text with `\n` endings and without byte order mark, in UTF-8: the same for a buffer and its file. */
export function hashText(text: string): string {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return createHash('sha256').update(toLf(bare), 'utf8').digest('hex');
}

/** The hash that a revision stands for; null: there is no file. */
export function revisionHash(revision: Revision): string | null {
  return revision.kind === 'absent' ? null : revision.sha256;
}

/** Reads a file of at most 50 MB. What is no regular file, or may not be read, is `other`. */
export async function readFileText(path: string): Promise<ReadFile> {
  try {
    const file = await open(path, 'r');
    try {
      const stats = await file.stat();
      if (!stats.isFile()) return { kind: 'unreadable', reason: 'other' };
      if (stats.size > largestFile) return { kind: 'unreadable', reason: 'tooLarge' };
      return decodeFile(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return { kind: 'unreadable', reason: code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'other' };
  }
}

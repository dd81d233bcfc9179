import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Host } from '../host/host.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { FileText } from '../protocol/text.ts';
import { decodedText, hashText, readFileText } from './fileText.ts';
import { shortName } from './shortName.ts';

export type ReadResult =
  | { kind: 'text'; file: FileText; languageId: string | null }
  | { kind: 'failed'; problem: ProblemReport };

export interface Documents {
  open(uri: string, languageId: string, version: number, text: string): void;
  change(uri: string, version: number, changes: Parameters<typeof TextDocument.update>[1]): void;
  close(uri: string): void;
  /** A file's text: the synced buffer, else the disk, else (another encoding) the host. */
  read(uri: string, signal: AbortSignal): Promise<ReadResult>;
}

const isThere = (uri: string) =>
  !uri.startsWith('file:') ||
  access(fileURLToPath(uri)).then(
    () => true,
    () => false,
  );

/** The buffers that the editor has open, kept by text sync, and the files behind them. */
export function createDocuments(host: Host): Documents {
  const buffers = new Map<string, TextDocument>();

  async function read(uri: string, signal: AbortSignal): Promise<ReadResult> {
    const buffer = buffers.get(uri);
    // An editor keeps the text of a file that was deleted; what is written there would bring the file back.
    if (buffer && (await isThere(uri))) {
      const text = buffer.getText();
      const file = decodedText(text, { kind: 'buffer', version: buffer.version, sha256: hashText(text) });
      return { kind: 'text', file, languageId: buffer.languageId };
    }
    const name = shortName(uri);
    if (!uri.startsWith('file:')) return { kind: 'failed', problem: problem('unsupportedEditor', { file: name }) };
    const onDisk = await readFileText(fileURLToPath(uri));
    if (onDisk.kind === 'text') return { kind: 'text', file: onDisk.file, languageId: null };
    if (onDisk.reason === 'missing') return { kind: 'failed', problem: problem('fileMissing', { file: name }) };
    if (onDisk.reason === 'tooLarge') {
      return { kind: 'failed', problem: problem('fileOverLimit', { file: name, size: 'over 50 MB' }) };
    }
    if (onDisk.reason === 'binary') {
      return { kind: 'failed', problem: problem('notText', { file: name, encoding: 'UTF-8' }) };
    }
    const decoded = await host.readText(uri, signal);
    if (decoded.kind === 'text') return { kind: 'text', file: decoded.file, languageId: null };
    return { kind: 'failed', problem: problem('notText', { file: name, encoding: decoded.encoding }) };
  }

  return {
    open: (uri, languageId, version, text) => buffers.set(uri, TextDocument.create(uri, languageId, version, text)),
    change(uri, version, changes) {
      const buffer = buffers.get(uri);
      if (buffer) TextDocument.update(buffer, changes, version);
    },
    close: (uri) => buffers.delete(uri),
    read,
  };
}

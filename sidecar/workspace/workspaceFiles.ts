import type { ChangeSet } from '../protocol/changes.ts';
import type { FileText } from '../protocol/text.ts';

/** A file that a model names, as it stands for the model: with what is staged. `relative` is what people and models are shown. */
export interface NamedFile {
  path: string;
  relative: string;
}

export type FileRead =
  | ({ kind: 'text'; file: FileText; languageId: string | null } & NamedFile)
  | ({ kind: 'image'; bytes: Uint8Array; mime: string } & NamedFile)
  | ({ kind: 'folder' } & NamedFile)
  /** `reason` is one line for the model: outside of the workspace, missing, binary, too large, ignored. */
  | { kind: 'refused'; reason: string };

export type FileWrite =
  | ({ kind: 'written'; added: number; removed: number; created: boolean } & NamedFile)
  | { kind: 'refused'; reason: string };

/**
 * The workspace as the agent's tools see it. In `ask` mode what is written is staged: reads see it, the disk does not. In
 * the other modes it is applied at once, through the same journal. Paths are relative to a root, or absolute inside one.
 */
export interface WorkspaceFiles {
  read(path: string, signal: AbortSignal): Promise<FileRead>;
  /** Replaces or makes a text file; folders are made. Line endings and encoding of a file that was there are kept. */
  write(path: string, text: string, signal: AbortSignal): Promise<FileWrite>;
  remove(path: string, signal: AbortSignal): Promise<FileWrite>;
  rename(from: string, to: string, signal: AbortSignal): Promise<FileWrite>;
  /** What is staged and not yet decided: absolute path to text, null for a file that shall go. Empty where edits apply at once. */
  staged(): ReadonlyMap<string, string | null>;
  /** The staged edits as one review; null if there are none. */
  changeSet(title: string): ChangeSet | null;
}

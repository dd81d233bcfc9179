import type { ApplyResult, ChangeSet } from '../protocol/changes.ts';
import { t } from '../protocol/translate.ts';
import type { StagedFiles } from './stagedFiles.ts';
import type { FileWrite, WorkspaceFiles } from './workspaceFiles.ts';

interface Deps {
  /** An overlay of its own: it holds one edit at a time, while it is applied. */
  staged: StagedFiles;
  apply(changeSet: ChangeSet, signal: AbortSignal): Promise<ApplyResult>;
  /** The edit is on disk; the checkpoint of the turn keeps what was there. */
  onApplied(changeSet: ChangeSet, applyId: string): Promise<void>;
}

/** The workspace where edits are applied at once (modes accept-edits and auto): each through the journal, each undoable. */
export function createAppliedFiles({ staged, apply, onApplied }: Deps): WorkspaceFiles {
  async function through(edit: Promise<FileWrite>, signal: AbortSignal): Promise<FileWrite> {
    const done = await edit;
    const changeSet = staged.changeSet(t('Edit'));
    if (done.kind === 'refused' || changeSet === null) return done;
    const result = await apply(changeSet, signal);
    staged.clear();
    if (result.kind === 'applied') {
      await onApplied(changeSet, result.applyId);
      return done;
    }
    if (result.kind === 'failed')
      return { kind: 'refused', reason: `${result.problem.title}: ${result.problem.sentence}` };
    return { kind: 'refused', reason: `${done.relative} was changed by the person meanwhile: read it again.` };
  }

  return {
    read: staged.read,
    write: (path, text, signal) => through(staged.write(path, text, signal), signal),
    remove: (path, signal) => through(staged.remove(path, signal), signal),
    rename: (from, to, signal) => through(staged.rename(from, to, signal), signal),
    staged: () => new Map(),
    changeSet: () => null,
  };
}

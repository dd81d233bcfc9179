import * as vscode from 'vscode';
import type { ApplyResult, Hunk } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { showProblem } from '../problemMessage.ts';
import { backToSource } from './backToSource.ts';
import { lastNewLine } from './inlineLines.ts';
import type { DecidedIn, OpenReview, OpenReviews, ReviewAnswer } from './openReviews.ts';
import { type ConflictFiles, resolveConflicts } from './resolveConflicts.ts';
import { type WriteDeps, type Written, writeAccepted } from './reviewWrite.ts';

export interface DecisionDeps extends WriteDeps {
  undo(applyId: string): Promise<ApplyResult>;
  log: vscode.LogOutputChannel;
}

/** The open change sets, as far as a decision alters which there are. */
export interface OpenList extends Pick<OpenReviews, 'inTurn' | 'isShown'> {
  drop(at: OpenReview): void;
  bringBack(at: OpenReview): void;
  /** What can be restored or undone is another now. */
  changed(): void;
}

/** What follows from a decision on a whole change set, and how it is taken back. */
export interface ReviewDecisions
  extends Pick<OpenReviews, 'applyAll' | 'applyAtOnce' | 'rejectAll'>,
    vscode.Disposable {
  /** Asks what shall stand; answers whether the person said so. It stands on the right then. */
  resolve(at: OpenReview, files: ConflictFiles): Promise<boolean>;
  /** Brings what was rejected last back, all open. */
  restore(): Promise<void>;
  canRestore(): boolean;
  /** Takes what was applied last back; once more, it is there again. */
  undo(): Promise<void>;
  canUndo(): boolean;
}

const statusMs = 5000;

export function createReviewDecisions(deps: DecisionDeps, list: OpenList): ReviewDecisions {
  const { inTurn } = list;
  let rejected: OpenReview | undefined;
  let lastApply: { id: string; isUndo: boolean } | undefined;
  const logged = (error: unknown) => deps.log.error(`review: ${String(error)}`);

  /** Nobody waits for a decision on a session's edits that it does not ask about: it is made to ask. */
  function handedOver({ asker }: OpenReview, wanted: 'accept' | 'reject'): boolean {
    if (!asker || asker.answer) return false;
    asker.wanted = wanted;
    asker.again();
    return true;
  }

  async function applyAll(at: OpenReview, from: DecidedIn): Promise<void> {
    if (handedOver(at, 'accept')) return;
    const written = await writeAccepted(at, deps);
    // What the person answers is not waited for: it takes its own turn.
    if (written.kind === 'failed') return void showProblem(written.problem, failedActions(at)).catch(logged);
    if (written.kind === 'conflict') return tellConflict(at, written.files);
    if (written.kind === 'nothing') return rejectAll(at, from);
    await finish(at, written, from);
  }

  async function applyAtOnce(at: OpenReview): Promise<void> {
    const written = await writeAccepted(at, deps);
    if (written.kind === 'applied') return finish(at, written, 'panel');
    if (written.kind === 'nothing') return rejectAll(at, 'panel');
    if (written.kind === 'failed') return answer(at, written);
    await at.session.open({ preserveFocus: true });
    tellConflict(at, written.files);
  }

  async function finish(
    at: OpenReview,
    written: Extract<Written, { kind: 'applied' }>,
    from: DecidedIn,
  ): Promise<void> {
    const wasOpen = list.isShown(at);
    const { hunks } = at.origin?.inline ? await at.session.state() : { hunks: [] };
    // Before the tab closes: VS Code would go to the file by itself, with what was selected there.
    if (at.origin?.inline || wasOpen) {
      const preserveFocus = from === 'panel';
      await backToSource(at.session.changeSet.files[0]?.uri, { preserveFocus, line: endOfNewText(at, written, hunks) });
    }
    await at.session.close();
    list.drop(at);
    at.session.dispose();
    lastApply = { id: written.answer.applyId, isUndo: false };
    list.changed();
    vscode.window.setStatusBarMessage(written.text, statusMs);
    answer(at, written.answer);
  }

  function answer({ asker }: OpenReview, value: ReviewAnswer): void {
    asker?.answer?.(value);
    if (asker) asker.answer = null;
  }

  const failedActions = (at: OpenReview) => ({
    Retry: () => inTurn(at, () => applyAll(at, 'editor')),
    'Open Proposal': () => at.session.open(),
    Discard: () => inTurn(at, () => rejectAll(at, 'editor')),
  });

  function tellConflict(at: OpenReview, files: ConflictFiles): void {
    const conflicts = files.reduce((sum, file) => sum + file.conflicts.length, 0);
    const [file] = files;
    const name = file ? vscode.workspace.asRelativePath(vscode.Uri.parse(file.uri)) : '';
    const report = problem('conflict', { file: name, n: conflicts, m: Math.max(conflicts, at.session.count()) });
    const settle = async () => {
      if (await resolve(at, files)) await inTurn(at, () => applyAll(at, 'editor'));
    };
    const retry = at.retry ? { Retry: at.retry } : {};
    showProblem(report, { 'Resolve...': settle, ...retry }).catch(logged);
  }

  async function resolve(at: OpenReview, files: ConflictFiles): Promise<boolean> {
    const settled = await resolveConflicts(files);
    if (settled) await inTurn(at, () => at.session.follow(settled));
    return settled !== null;
  }

  async function rejectAll(at: OpenReview, from: DecidedIn): Promise<void> {
    if (handedOver(at, 'reject')) return;
    const wasOpen = list.isShown(at);
    await at.session.close();
    list.drop(at);
    rejected?.session.dispose();
    rejected = at;
    list.changed();
    if (wasOpen) await backToSource(at.session.changeSet.files[0]?.uri, { preserveFocus: from === 'panel' });
    answer(at, { kind: 'rejected' });
  }

  async function restore(): Promise<void> {
    const at = rejected;
    if (!at) return;
    rejected = undefined;
    // A session was told that its edits were rejected: what is accepted now is the person's own.
    at.asker = undefined;
    await at.session.reset();
    list.bringBack(at);
    await at.session.follow();
    list.changed();
    await at.session.open();
  }

  async function undo(): Promise<void> {
    const taken = lastApply;
    if (!taken) return;
    lastApply = undefined;
    const result = await deps.undo(taken.id);
    if (result.kind === 'applied') {
      // An undo is an apply itself: done once more it brings the change back.
      lastApply = { id: result.applyId, isUndo: !taken.isUndo };
      const text = taken.isUndo ? t('The change is back') : t('The change was taken back');
      vscode.window.setStatusBarMessage(text, statusMs);
    } else if (result.kind === 'failed') {
      lastApply = taken;
      showProblem(result.problem, { Retry: () => inTurn(null, undo) }).catch(logged);
    }
    list.changed();
  }

  return {
    applyAll,
    applyAtOnce,
    rejectAll,
    resolve,
    restore,
    canRestore: () => rejected !== undefined,
    undo,
    canUndo: () => lastApply !== undefined,
    dispose: () => rejected?.session.dispose(),
  };
}

/** Where the cursor goes after an inline edit was accepted. */
function endOfNewText(
  { origin }: OpenReview,
  { answer }: Extract<Written, { kind: 'applied' }>,
  hunks: readonly Hunk[],
) {
  const [file] = answer.files;
  const [after] = answer.textsAfter;
  return origin?.inline && file && after ? lastNewLine(file.finalText, hunks, after.text) : undefined;
}

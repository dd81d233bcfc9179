import * as vscode from 'vscode';
import type { ApplyResult, ChangeSet, FileOutcome, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { showProblem } from '../problemMessage.ts';
import { createAcceptedMarks } from './acceptedMarks.ts';
import { appliedText } from './appliedText.ts';
import { registerReviewActions } from './codeActions.ts';
import { type ConflictFiles, resolveConflicts } from './resolveConflicts.ts';
import { createReviewDocuments } from './reviewDocuments.ts';
import { createReviewSession, type ReviewSession } from './reviewSession.ts';

export interface ReviewDeps {
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  apply(params: { changeSetId: string; files: FileOutcome[] }): Promise<ApplyResult>;
  undo(applyId: string): Promise<ApplyResult>;
  /** How many changes wait for a decision. */
  onStaged(count: number): void;
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
}

/** A change set that waits for the person's decision, whether its tab is open or not. */
export interface StagedReview {
  open(): Promise<void>;
  discard(): Promise<void>;
}

export interface Review extends vscode.Disposable {
  stage(changeSet: ChangeSet, notes: readonly string[], retry: () => void): StagedReview;
}

const setContext = (key: string, value: unknown) => vscode.commands.executeCommand('setContext', key, value);
const statusMs = 5000;

interface Staged {
  session: ReviewSession;
  /** Asks the model again. */
  retry: () => void;
}

/** The review: commands, context keys and what follows from a decision. One place that owns all open change sets. */
export function registerReview(deps: ReviewDeps): Review {
  const documents = createReviewDocuments();
  const marks = createAcceptedMarks(deps.extensionUri);
  const all: Staged[] = [];
  let rejected: Staged | undefined;
  let lastApply: string | undefined;

  const update = () => {
    const count = all.reduce((sum, { session }) => sum + session.count(), 0);
    deps.onStaged(count);
    void setContext('devstral.hasStaged', all.length > 0);
    void setContext('devstral.canRestore', rejected !== undefined);
    void setContext('devstral.canUndoAccepted', lastApply !== undefined);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const multi =
      tab !== undefined &&
      !(tab.input instanceof vscode.TabInputTextDiff) &&
      all.some(({ session }) => session.isOpenIn(tab));
    void setContext('devstral.review.multiTab', multi);
  };

  /** The review that a command is about: the one in front, else the newest. */
  function current(): Staged | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const inFront = all.find(({ session }) => (uri && session.owns(uri)) || (tab && session.isOpenIn(tab)));
    return inFront ?? all.at(-1);
  }

  function stage(changeSet: ChangeSet, notes: readonly string[], retry: () => void): StagedReview {
    const { hunks, log } = deps;
    const session = createReviewSession(changeSet, { documents, hunks, marks, onChange: update, log });
    const at = { session, retry };
    all.push(at);
    update();
    return {
      async open() {
        await session.open();
        if (notes.length > 0) void vscode.window.showInformationMessage(notes.join(' '));
      },
      discard: () => inTurn(at, () => rejectAll(at)),
    };
  }

  function drop(at: Staged): void {
    const index = all.indexOf(at);
    if (index >= 0) all.splice(index, 1);
    update();
  }

  async function applyAll(at: Staged, resolutions?: Map<string, Resolution[]>): Promise<void> {
    const { session } = at;
    const files = (await session.outcomes()).map((file) => {
      const settled = resolutions?.get(file.uri);
      return settled ? { ...file, resolutions: settled } : file;
    });
    if (files.length === 0) return rejectAll(at);
    const result = await deps.apply({ changeSetId: session.changeSet.id, files });
    // What the person answers is not waited for: it takes its own turn.
    if (result.kind === 'failed') return void showProblem(result.problem, failedActions(at)).catch(logged);
    if (result.kind === 'conflict') return tellConflict(at, result.files);
    await session.close();
    drop(at);
    session.dispose();
    lastApply = result.applyId;
    update();
    await backToSource(session);
    vscode.window.setStatusBarMessage(appliedText(files, result), statusMs);
  }

  const failedActions = (at: Staged) => ({
    Retry: () => inTurn(at, () => applyAll(at)),
    'Open Proposal': () => at.session.open(),
    Discard: () => inTurn(at, () => rejectAll(at)),
  });

  function tellConflict(at: Staged, files: ConflictFiles): void {
    const conflicts = files.reduce((sum, file) => sum + file.conflicts.length, 0);
    const [file] = files;
    const name = file ? vscode.workspace.asRelativePath(vscode.Uri.parse(file.uri)) : '';
    const report = problem('conflict', { file: name, n: conflicts, m: Math.max(conflicts, at.session.count()) });
    const resolve = async () => {
      const settled = await resolveConflicts(files);
      if (settled) await inTurn(at, () => applyAll(at, settled));
    };
    showProblem(report, { 'Resolve...': resolve, Retry: at.retry }).catch(logged);
  }

  async function rejectAll(at: Staged): Promise<void> {
    await at.session.close();
    drop(at);
    rejected?.session.dispose();
    rejected = at;
    update();
    await backToSource(at.session);
  }

  async function restore(): Promise<void> {
    const at = rejected;
    if (!at) return;
    rejected = undefined;
    await at.session.reset();
    all.push(at);
    update();
    await at.session.open();
  }

  async function undo(): Promise<void> {
    const applyId = lastApply;
    if (!applyId) return;
    lastApply = undefined;
    const result = await deps.undo(applyId);
    if (result.kind === 'failed') {
      lastApply = applyId;
      showProblem(result.problem, { Retry: () => inTurn(null, undo) }).catch(logged);
    } else {
      vscode.window.setStatusBarMessage('The change was taken back', statusMs);
    }
    update();
  }

  const logged = (error: unknown) => deps.log.error(`review: ${String(error)}`);
  let turns: Promise<void> = Promise.resolve();

  /** One decision after the other, as pressed; one about a review that is gone by then is left out. */
  function inTurn(at: Staged | null, run: () => Promise<void>): Promise<void> {
    const turn = turns.then(async () => {
      if (at === null || all.includes(at)) await run();
    });
    turns = turn.catch(() => undefined);
    return turn;
  }

  /** Runs a decision about one change; when all are decided the rest follows by itself. */
  const decide = (step: (session: ReviewSession) => Promise<boolean>) =>
    withCurrent(async (at) => {
      if (await step(at.session)) await applyAll(at);
    });

  const withCurrent = (run: (at: Staged) => Promise<void>) => async () => {
    const at = current();
    if (at) await inTurn(at, () => run(at));
  };
  const commands: Record<string, () => Promise<void>> = {
    'devstral.review.open': withCurrent(({ session }) => session.open()),
    'devstral.review.acceptChange': decide((session) => session.acceptChange()),
    'devstral.review.rejectChange': decide((session) => session.rejectChange()),
    'devstral.review.acceptFile': decide((session) => session.acceptFile()),
    'devstral.review.rejectFile': decide((session) => session.rejectFile()),
    'devstral.review.acceptAll': withCurrent((at) => applyAll(at)),
    'devstral.review.rejectAll': withCurrent(rejectAll),
    'devstral.review.restore': () => inTurn(null, restore),
    'devstral.undoAccepted': () => inTurn(null, undo),
  };
  update();
  const registrations = vscode.Disposable.from(
    documents,
    marks,
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
    vscode.window.tabGroups.onDidChangeTabs(update),
    vscode.window.tabGroups.onDidChangeTabGroups(update),
    registerReviewActions(),
  );
  return {
    stage,
    dispose() {
      for (const { session } of all) session.dispose();
      rejected?.session.dispose();
      registrations.dispose();
    },
  };
}

/** Back to the file that the review was about, where it is open; its own selection is still there. */
async function backToSource(session: ReviewSession): Promise<void> {
  const uri = session.changeSet.files[0]?.uri;
  for (const group of vscode.window.tabGroups.all) {
    const tab = group.tabs.find(({ input }) => input instanceof vscode.TabInputText && input.uri.toString() === uri);
    if (!uri || !tab) continue;
    const options = { viewColumn: group.viewColumn, preserveFocus: false, preview: tab.isPreview };
    await vscode.window.showTextDocument(vscode.Uri.parse(uri), options);
    return;
  }
}

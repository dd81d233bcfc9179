import * as vscode from 'vscode';
import type { ApplyResult, ChangeSet, FileOutcome, Hunk, Resolution } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { showProblem } from '../problemMessage.ts';
import { createAcceptedMarks } from './acceptedMarks.ts';
import { resolveConflicts } from './resolveConflicts.ts';
import { createReviewDocuments, reviewScheme } from './reviewDocuments.ts';
import { changesText, createReviewSession, type ReviewSession } from './reviewSession.ts';

export interface ReviewDeps {
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  apply(params: { changeSetId: string; files: FileOutcome[] }): Promise<ApplyResult>;
  undo(applyId: string): Promise<ApplyResult>;
  /** How many changes wait for a decision. */
  onStaged(count: number): void;
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
}

export interface Review extends vscode.Disposable {
  open(changeSet: ChangeSet, notes: readonly string[], retry: () => void): Promise<void>;
}

const setContext = (key: string, value: unknown) => vscode.commands.executeCommand('setContext', key, value);
const statusMs = 5000;

/** The review: commands, context keys and what follows from a decision. One place that owns all open change sets. */
export function registerReview(deps: ReviewDeps): Review {
  const documents = createReviewDocuments();
  const marks = createAcceptedMarks(deps.extensionUri);
  const sessions: { session: ReviewSession; retry: () => void }[] = [];
  let rejected: ReviewSession | undefined;
  let lastApply: string | undefined;

  const update = () => {
    const count = sessions.reduce((sum, { session }) => sum + session.count(), 0);
    deps.onStaged(count);
    void setContext('devstral.hasStaged', sessions.length > 0);
    void setContext('devstral.canRestore', rejected !== undefined);
    void setContext('devstral.canUndoAccepted', lastApply !== undefined);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const multi = tab !== undefined && tab.input === undefined && sessions.some(({ session }) => session.isOpenIn(tab));
    void setContext('devstral.review.multiTab', multi);
  };

  /** The review that a command is about: the one in front, else the newest. */
  function current(): { session: ReviewSession; retry: () => void } | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const inFront = sessions.find(({ session }) => (uri && session.owns(uri)) || (tab && session.isOpenIn(tab)));
    return inFront ?? sessions.at(-1);
  }

  async function open(changeSet: ChangeSet, notes: readonly string[], retry: () => void): Promise<void> {
    const session = createReviewSession(changeSet, {
      documents,
      hunks: deps.hunks,
      marks,
      onChange: update,
      log: deps.log,
    });
    sessions.push({ session, retry });
    update();
    await session.open();
    if (notes.length > 0) void vscode.window.showInformationMessage(notes.join(' '));
  }

  function drop(session: ReviewSession): void {
    const index = sessions.findIndex((each) => each.session === session);
    if (index >= 0) sessions.splice(index, 1);
    update();
  }

  async function applyAll(
    at: { session: ReviewSession; retry: () => void },
    resolutions?: Map<string, Resolution[]>,
  ): Promise<void> {
    const { session, retry } = at;
    const files = session.outcomes().map((file) => {
      const settled = resolutions?.get(file.uri);
      return settled ? { ...file, resolutions: settled } : file;
    });
    if (files.length === 0) return rejectAll(at);
    const result = await deps.apply({ changeSetId: session.changeSet.id, files });
    const again = () => applyAll(at);
    if (result.kind === 'failed') {
      const gone = result.problem.code === 'fileDeleted';
      await showProblem(result.problem, { Retry: again, ...(gone ? { 'Open Proposal': () => session.open() } : {}) });
      return;
    }
    if (result.kind === 'conflict') {
      const conflicts = result.files.reduce((sum, file) => sum + file.conflicts.length, 0);
      const [file] = result.files;
      const name = file ? vscode.workspace.asRelativePath(vscode.Uri.parse(file.uri)) : '';
      const report = problem('conflict', { file: name, n: conflicts, m: Math.max(conflicts, session.count()) });
      const resolve = async () => {
        const settled = await resolveConflicts(result.files);
        if (settled) await applyAll(at, settled);
      };
      await showProblem(report, { 'Resolve...': resolve, Retry: retry });
      return;
    }
    await session.close();
    drop(session);
    session.dispose();
    lastApply = result.applyId;
    update();
    await backToSource(session);
    tellApplied(files, result);
  }

  function tellApplied(files: readonly FileOutcome[], result: Extract<ApplyResult, { kind: 'applied' }>): void {
    const accepted = files.reduce((sum, file) => sum + file.accepted, 0);
    const all = files.reduce((sum, file) => sum + file.accepted + file.rejected, 0);
    const [file] = files;
    const where = files.length === 1 && file ? (file.uri.split('/').at(-1) ?? '') : `${files.length} files`;
    const count = accepted === all ? changesText(accepted) : `${accepted} of ${changesText(all)}`;
    const kept = result.files.flatMap((each) => each.mergedLines).map((line) => line + 1);
    const mine =
      kept.length === 0 ? '' : `. Your edits in ${kept.length === 1 ? 'line' : 'lines'} ${span(kept)} were kept`;
    vscode.window.setStatusBarMessage(`Applied ${count} in ${decodeURIComponent(where)}${mine}`, statusMs);
  }

  async function rejectAll({ session }: { session: ReviewSession }): Promise<void> {
    await session.close();
    drop(session);
    rejected?.dispose();
    rejected = session;
    update();
    await backToSource(session);
  }

  async function restore(): Promise<void> {
    if (!rejected) return;
    const session = rejected;
    rejected = undefined;
    await session.reset();
    sessions.push({ session, retry: () => undefined });
    update();
    await session.open();
  }

  async function undo(): Promise<void> {
    if (!lastApply) return;
    const result = await deps.undo(lastApply);
    if (result.kind === 'failed') return void (await showProblem(result.problem));
    lastApply = undefined;
    update();
    vscode.window.setStatusBarMessage('The change was taken back', statusMs);
  }

  /** Runs a decision about one change; when all are decided the rest follows by itself. */
  async function decide(step: (session: ReviewSession) => Promise<boolean>): Promise<void> {
    const at = current();
    if (!at) return;
    if (await step(at.session)) await applyAll(at);
  }

  const withCurrent = (run: (at: { session: ReviewSession; retry: () => void }) => Promise<void>) => async () => {
    const at = current();
    if (at) await run(at);
  };
  const commands: Record<string, () => Promise<void>> = {
    'devstral.review.open': withCurrent(({ session }) => session.open()),
    'devstral.review.acceptChange': () => decide((session) => session.acceptChange()),
    'devstral.review.rejectChange': () => decide((session) => session.rejectChange()),
    'devstral.review.acceptFile': () => decide((session) => session.acceptFile()),
    'devstral.review.rejectFile': () => decide((session) => session.rejectFile()),
    'devstral.review.acceptAll': withCurrent((at) => applyAll(at)),
    'devstral.review.rejectAll': withCurrent(rejectAll),
    'devstral.review.restore': restore,
    'devstral.undoAccepted': undo,
  };
  update();
  const registrations = vscode.Disposable.from(
    documents,
    marks,
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
    vscode.window.tabGroups.onDidChangeTabs(update),
    vscode.window.tabGroups.onDidChangeTabGroups(update),
    vscode.languages.registerCodeActionsProvider({ scheme: reviewScheme }, { provideCodeActions: reviewActions }),
  );
  return {
    open,
    dispose() {
      for (const { session } of sessions) session.dispose();
      rejected?.dispose();
      registrations.dispose();
    },
  };
}

function reviewActions(): vscode.CodeAction[] {
  return [
    ['Accept Change', 'devstral.review.acceptChange'],
    ['Reject Change', 'devstral.review.rejectChange'],
  ].map(([title, command]) => {
    const action = new vscode.CodeAction(`${title} (Devstral)`, vscode.CodeActionKind.Empty);
    action.command = { title: title ?? '', command: command ?? '' };
    return action;
  });
}

/** Back to the file that the review was about; its own selection is still there. */
async function backToSource(session: ReviewSession): Promise<void> {
  const [file] = session.changeSet.files;
  if (!file) return;
  const uri = vscode.Uri.parse(file.uri);
  const open = vscode.window.tabGroups.all.some((group) =>
    group.tabs.some((tab) => tab.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri.toString()),
  );
  if (open) await vscode.window.showTextDocument(uri, { preserveFocus: false, preview: false });
}

/** "40 to 42": from the first to the last. */
function span(lines: readonly number[]): string {
  const from = Math.min(...lines);
  const to = Math.max(...lines);
  return from === to ? `${from}` : `${from} to ${to}`;
}

import * as vscode from 'vscode';
import type { ApplyResult, ChangeSet, FileOutcome, Hunk } from '../../sidecar/protocol/changes.ts';
import { type ProblemReport, problem } from '../../sidecar/protocol/problems.ts';
import { showProblem } from '../problemMessage.ts';
import { createAcceptedMarks } from './acceptedMarks.ts';
import { appliedText } from './appliedText.ts';
import { backToSource } from './backToSource.ts';
import { registerReviewActions } from './codeActions.ts';
import type { Rebase } from './followSource.ts';
import { followSources } from './followSources.ts';
import { lastNewLine } from './inlineLines.ts';
import type { DecidedIn, OpenReview, OpenReviews, ReviewAnswer } from './openReviews.ts';
import { createProposalStream, movedMs, type ProposalStream, type StreamSource } from './proposalStream.ts';
import { type ConflictFiles, resolveConflicts } from './resolveConflicts.ts';
import { createTurnChanges, type Restoring, type TurnChanges } from './restoreTurn.ts';
import type { Origin, ReviewInFront } from './review.ts';
import { createReviewDocuments } from './reviewDocuments.ts';
import { registerReviewLenses } from './reviewLenses.ts';
import { createReviewPanel, type ReviewPanel } from './reviewPanel.ts';
import { createReviewSession, type Place, type ReviewSession } from './reviewSession.ts';
import { createStagedReviews, type StagedReviews } from './reviewStaged.ts';

export interface ReviewDeps {
  hunks(base: string, proposed: string): Promise<Hunk[]>;
  rebase: Rebase;
  apply(params: { changeSetId: string; files: FileOutcome[] }): Promise<ApplyResult>;
  undo(applyId: string): Promise<ApplyResult>;
  restore: Restoring;
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

export interface Review extends StagedReviews, TurnChanges, vscode.Disposable {
  panel: ReviewPanel;
  stage(changeSet: ChangeSet, notes: readonly string[], retry?: () => void, origin?: Origin): StagedReview;
  /** A proposal that is shown while it is written; staged under the same id when it is whole. */
  stream(source: StreamSource): ProposalStream;
  inFront(): ReviewInFront | undefined;
}

const setContext = (key: string, value: unknown) => vscode.commands.executeCommand('setContext', key, value);
const statusMs = 5000;
const wholeFile: Origin = { inline: false, instructions: [] };

type Applied = Extract<ApplyResult, { kind: 'applied' }>;

/** What became of Accept All. */
type Written =
  | { kind: 'applied'; answer: Extract<ReviewAnswer, { kind: 'applied' }>; text: string }
  | { kind: 'nothing' }
  | { kind: 'conflict'; files: ConflictFiles }
  | { kind: 'failed'; problem: ProblemReport };

/** The review: commands, context keys and what follows from a decision. One place that owns all open change sets. */
export function registerReview(deps: ReviewDeps): Review {
  const documents = createReviewDocuments();
  const marks = createAcceptedMarks(deps.extensionUri);
  const all: OpenReview[] = [];
  const streams = new Set<ProposalStream>();
  let rejected: OpenReview | undefined;
  let lastApply: { id: string; isUndo: boolean } | undefined;
  const changed = new vscode.EventEmitter<void>();

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
    changed.fire();
  };

  const activeTab = () => vscode.window.tabGroups.activeTabGroup.activeTab;

  function openInFront(): OpenReview | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const tab = activeTab();
    return all.find(({ session }) => (uri && session.owns(uri)) || (tab && session.isOpenIn(tab)));
  }

  /** The tab in front, if its proposal is still being written: there is nothing to decide yet. */
  function writtenInFront(): { tab: vscode.Tab; stream: ProposalStream } | undefined {
    const tab = activeTab();
    const stream = tab && [...streams].find((stream) => stream.owns(tab));
    return stream && { tab, stream };
  }

  /** The review that a command is about: the one in front, else the newest. */
  function current(): OpenReview | undefined {
    return writtenInFront() ? undefined : (openInFront() ?? all.at(-1));
  }

  function stream(source: StreamSource): ProposalStream {
    const made: ProposalStream = createProposalStream(source, documents, () => streams.delete(made));
    streams.add(made);
    return made;
  }

  function inFront(): ReviewInFront | undefined {
    const at = openInFront();
    const [file, ...others] = at?.session.changeSet.files ?? [];
    if (!at || at.asker || !file || others.length > 0) return undefined;
    const { session } = at;
    return {
      changeSet: session.changeSet,
      origin: at.origin ?? wholeFile,
      state: session.state,
      async rewrite(text) {
        let made: ProposalStream | undefined;
        await inTurn(at, async () => {
          drop(at);
          await session.release();
          const uri = vscode.Uri.parse(file.uri);
          made = stream({ id: session.changeSet.id, uri, base: file.base.text, text });
        });
        return made;
      },
    };
  }

  function stage(changeSet: ChangeSet, notes: readonly string[], retry?: () => void, origin?: Origin): StagedReview {
    const at = add(changeSet, { retry, origin });
    return {
      async open() {
        await at.session.open();
        if (notes.length > 0) void vscode.window.showInformationMessage(notes.join(' '));
      },
      discard: () => inTurn(at, () => rejectAll(at)),
    };
  }

  const add: OpenReviews['add'] = (changeSet, about, decided) => {
    const { hunks, rebase, log } = deps;
    const pinned = about.origin?.inline ?? false;
    const around = { documents, hunks, rebase, marks, onChange: update, pinned, log };
    const session = createReviewSession(changeSet, around, decided);
    const at: OpenReview = { session, changeSetId: changeSet.id, ...about };
    all.push(at);
    update();
    // The person may have edited the files while the model wrote.
    inTurn(at, () => session.follow()).catch(logged);
    return at;
  };

  function drop(at: OpenReview): void {
    const index = all.indexOf(at);
    if (index >= 0) all.splice(index, 1);
    update();
  }

  /** Nobody waits for a decision on a session's edits that it does not ask about: it is made to ask. */
  function handedOver({ asker }: OpenReview, wanted: 'accept' | 'reject'): boolean {
    if (!asker || asker.answer) return false;
    asker.wanted = wanted;
    asker.again();
    return true;
  }

  async function applyAll(at: OpenReview, from: DecidedIn = 'editor'): Promise<void> {
    if (handedOver(at, 'accept')) return;
    const written = await write(at);
    // What the person answers is not waited for: it takes its own turn.
    if (written.kind === 'failed') return void showProblem(written.problem, failedActions(at)).catch(logged);
    if (written.kind === 'conflict') return tellConflict(at, written.files);
    if (written.kind === 'nothing') return rejectAll(at, from);
    await finish(at, written, from);
  }

  async function applyAtOnce(at: OpenReview): Promise<void> {
    const written = await write(at);
    if (written.kind === 'applied') return finish(at, written, 'panel');
    if (written.kind === 'nothing') return rejectAll(at, 'panel');
    if (written.kind === 'failed') return answer(at, written);
    await at.session.open({ preserveFocus: true });
    tellConflict(at, written.files);
  }

  /** Writes what is accepted at this moment, or nothing at all. */
  async function write({ session, changeSetId }: OpenReview): Promise<Written> {
    await session.follow();
    const met = session.conflicts();
    if (met.length > 0) return { kind: 'conflict', files: met };
    const files = await session.outcomes();
    if (files.length === 0) return { kind: 'nothing' };
    const kept = await session.keptLines();
    const result = await deps.apply({ changeSetId, files });
    if (result.kind === 'failed') return result;
    if (result.kind === 'conflict') {
      await session.follow();
      const now = session.conflicts();
      return { kind: 'conflict', files: now.length > 0 ? now : result.files };
    }
    const { applyId } = result;
    const textsAfter = result.files.map(({ uri, textAfter }) => ({ uri, text: textAfter }));
    const keptLines = kept.flatMap(({ lines }) => lines);
    const text = appliedText(files, result, keptLines, await changedOnSave(files, result.files));
    return { kind: 'applied', answer: { kind: 'applied', applyId, files, textsAfter }, text };
  }

  /** Lines that the editor's save participants made of what was accepted. Only told: it is 0 where it cannot be found out. */
  async function changedOnSave(files: readonly FileOutcome[], after: Applied['files']): Promise<number> {
    const differences = after.map(async ({ uri, textAfter, mergedLines }) => {
      const accepted = files.find((file) => file.uri === uri && file.operation !== 'delete')?.finalText;
      if (accepted === undefined || accepted === textAfter || mergedLines.length > 0) return [];
      return deps.hunks(accepted, textAfter).catch(() => []);
    });
    const hunks = (await Promise.all(differences)).flat();
    return hunks.reduce((lines, { baseCount, proposedCount }) => lines + Math.max(baseCount, proposedCount), 0);
  }

  async function finish(
    at: OpenReview,
    written: Extract<Written, { kind: 'applied' }>,
    from: DecidedIn,
  ): Promise<void> {
    const wasOpen = isShown(at.session);
    const { hunks } = at.origin?.inline ? await at.session.state() : { hunks: [] };
    // Before the tab closes: VS Code would go to the file by itself, with what was selected there.
    if (at.origin?.inline || wasOpen) {
      const preserveFocus = from === 'panel';
      await backToSource(at.session.changeSet.files[0]?.uri, { preserveFocus, line: endOfNewText(at, written, hunks) });
    }
    await at.session.close();
    drop(at);
    at.session.dispose();
    lastApply = { id: written.answer.applyId, isUndo: false };
    update();
    vscode.window.setStatusBarMessage(written.text, statusMs);
    answer(at, written.answer);
  }

  function answer({ asker }: OpenReview, value: ReviewAnswer): void {
    asker?.answer?.(value);
    if (asker) asker.answer = null;
  }

  const failedActions = (at: OpenReview) => ({
    Retry: () => inTurn(at, () => applyAll(at)),
    'Open Proposal': () => at.session.open(),
    Discard: () => inTurn(at, () => rejectAll(at)),
  });

  function tellConflict(at: OpenReview, files: ConflictFiles): void {
    const conflicts = files.reduce((sum, file) => sum + file.conflicts.length, 0);
    const [file] = files;
    const name = file ? vscode.workspace.asRelativePath(vscode.Uri.parse(file.uri)) : '';
    const report = problem('conflict', { file: name, n: conflicts, m: Math.max(conflicts, at.session.count()) });
    const settle = async () => {
      if (await resolve(at, files)) await inTurn(at, () => applyAll(at));
    };
    const retry = at.retry ? { Retry: at.retry } : {};
    showProblem(report, { 'Resolve...': settle, ...retry }).catch(logged);
  }

  /** Answers whether the person said what shall stand; it stands on the right then. */
  async function resolve(at: OpenReview, files: ConflictFiles): Promise<boolean> {
    const settled = await resolveConflicts(files);
    if (settled) await inTurn(at, () => at.session.follow(settled));
    return settled !== null;
  }

  async function rejectAll(at: OpenReview, from: DecidedIn = 'editor'): Promise<void> {
    if (handedOver(at, 'reject')) return;
    const wasOpen = isShown(at.session);
    await at.session.close();
    drop(at);
    rejected?.session.dispose();
    rejected = at;
    update();
    if (wasOpen) await backToSource(at.session.changeSet.files[0]?.uri, { preserveFocus: from === 'panel' });
    answer(at, { kind: 'rejected' });
  }

  /** Closing the tab of an inline edit rejects it. One that only moved is open again a moment later. */
  function rejectClosed(closed: readonly vscode.Tab[]): void {
    const gone = all.filter(({ origin, session }) => origin?.inline && closed.some(session.isOpenIn));
    for (const at of gone) {
      setTimeout(() => {
        if (!isShown(at.session)) inTurn(at, () => rejectAll(at)).catch(logged);
      }, movedMs);
    }
  }

  async function remove(at: OpenReview): Promise<void> {
    drop(at);
    await at.session.close();
    at.session.dispose();
  }

  async function restore(): Promise<void> {
    const at = rejected;
    if (!at) return;
    rejected = undefined;
    // A session was told that its edits were rejected: what is accepted now is the person's own.
    at.asker = undefined;
    await at.session.reset();
    all.push(at);
    await at.session.follow();
    update();
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
      const text = taken.isUndo ? vscode.l10n.t('The change is back') : vscode.l10n.t('The change was taken back');
      vscode.window.setStatusBarMessage(text, statusMs);
    } else if (result.kind === 'failed') {
      lastApply = taken;
      showProblem(result.problem, { Retry: () => inTurn(null, undo) }).catch(logged);
    }
    update();
  }

  const logged = (error: unknown) => deps.log.error(`review: ${String(error)}`);
  let turns: Promise<void> = Promise.resolve();

  /** One decision after the other, as pressed; one about a review that is gone by then is left out. */
  function inTurn(at: OpenReview | null, run: () => Promise<void>): Promise<void> {
    const turn = turns.then(async () => {
      if (at === null || all.includes(at)) await run();
    });
    turns = turn.catch(() => undefined);
    return turn;
  }

  /** Runs a decision about one change; when all are decided the rest follows by itself. */
  const decide = (step: (session: ReviewSession, place: Place | undefined) => Promise<boolean>) =>
    withCurrent(async (at, place) => {
      if (await step(at.session, place)) await applyAll(at);
    });

  const withCurrent = (run: (at: OpenReview, place?: Place) => Promise<void>) => async (given?: unknown) => {
    const place = placeOf(given);
    await writtenInFront()?.stream.handedOver();
    const at = place ? all.find(({ session }) => session.owns(place.uri)) : current();
    if (at) await inTurn(at, () => run(at, place));
  };
  const commands: Record<string, (given?: unknown) => Promise<void>> = {
    'devstral.review.open': withCurrent(({ session }) => session.open()),
    'devstral.review.acceptChange': decide((session, place) => session.acceptChange(place)),
    'devstral.review.rejectChange': decide((session, place) => session.rejectChange(place)),
    'devstral.review.acceptFile': decide((session) => session.acceptFile()),
    'devstral.review.rejectFile': decide((session) => session.rejectFile()),
    'devstral.review.acceptAll': withCurrent((at) => applyAll(at)),
    'devstral.review.rejectAll': async () => {
      const written = writtenInFront();
      if (written && !written.stream.handedOver()) await vscode.window.tabGroups.close(written.tab);
      else await withCurrent((at) => rejectAll(at))();
    },
    'devstral.review.restore': () => inTurn(null, restore),
    'devstral.undoAccepted': () => inTurn(null, undo),
  };
  update();
  const reviews: OpenReviews = {
    all: () => all,
    current,
    add,
    remove,
    applyAll,
    applyAtOnce,
    rejectAll,
    isShown: ({ session }) => isShown(session),
    resolve: async (at) => void (await resolve(at, at.session.conflicts())),
    inTurn,
    onDidChange: changed.event,
  };
  const panel = createReviewPanel(reviews);
  const registrations = vscode.Disposable.from(
    documents,
    marks,
    changed,
    panel,
    followSources(reviews, logged),
    ...Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, run)),
    vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      rejectClosed(closed);
      update();
    }),
    vscode.window.tabGroups.onDidChangeTabGroups(update),
    registerReviewActions(),
    registerReviewLenses(reviews),
  );
  const staged = createStagedReviews(reviews);
  return {
    stage,
    stream,
    inFront,
    ...staged,
    ...createTurnChanges({ restore: deps.restore, stage, documents }),
    panel,
    dispose() {
      staged.leaveAll();
      for (const { session } of all) session.dispose();
      rejected?.session.dispose();
      registrations.dispose();
    },
  };
}

/** The line that a menu of line numbers (from 1) or a code lens is about. */
function placeOf(given: unknown): Place | undefined {
  if (typeof given !== 'object' || given === null || !('uri' in given) || !('lineNumber' in given)) return undefined;
  const { uri, lineNumber } = given;
  return uri instanceof vscode.Uri && typeof lineNumber === 'number' ? { uri, line: lineNumber - 1 } : undefined;
}

const isShown = (session: ReviewSession) =>
  vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => session.isOpenIn(tab)));

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

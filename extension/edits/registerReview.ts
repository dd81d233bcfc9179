import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { registerReviewActions } from './codeActions.ts';
import type { Rebase } from './followSource.ts';
import { followSources } from './followSources.ts';
import type { OpenReview, OpenReviews } from './openReviews.ts';
import { createProposalStream, movedMs, type ProposalStream, type StreamSource } from './proposalStream.ts';
import { createTurnChanges, type Restoring, type TurnChanges } from './restoreTurn.ts';
import type { Origin, ReviewInFront } from './review.ts';
import { registerReviewCommands, type WrittenInFront } from './reviewCommands.ts';
import { createReviewDecisions, type DecisionDeps } from './reviewDecisions.ts';
import { createReviewDocuments } from './reviewDocuments.ts';
import { registerReviewLenses } from './reviewLenses.ts';
import { createReviewMarks } from './reviewMarks.ts';
import { createReviewPanel, type ReviewPanel } from './reviewPanel.ts';
import { createReviewSession } from './reviewSession.ts';
import { createStagedReviews, type StagedReviews } from './reviewStaged.ts';

export interface ReviewDeps extends DecisionDeps {
  rebase: Rebase;
  restore: Restoring;
  /** How many changes wait for a decision. */
  onStaged(count: number): void;
  extensionUri: vscode.Uri;
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
const wholeFile: Origin = { inline: false, instructions: [] };

/** The review, with its commands and context keys. One place that owns all open change sets. */
export function registerReview(deps: ReviewDeps): Review {
  const documents = createReviewDocuments();
  const marks = createReviewMarks(deps.extensionUri);
  const all: OpenReview[] = [];
  const streams = new Set<ProposalStream>();
  const changed = new vscode.EventEmitter<void>();

  const update = () => {
    const count = all.reduce((sum, { session }) => sum + session.count(), 0);
    deps.onStaged(count);
    void setContext('devstral.hasStaged', all.length > 0);
    void setContext('devstral.canRestore', decisions.canRestore());
    void setContext('devstral.canUndoAccepted', decisions.canUndo());
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

  function writtenInFront(): WrittenInFront | undefined {
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
      discard: () => inTurn(at, () => decisions.rejectAll(at, 'editor')),
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

  /** Closing the tab of an inline edit rejects it. One that only moved is open again a moment later. */
  function rejectClosed(closed: readonly vscode.Tab[]): void {
    const gone = all.filter(({ origin, session }) => origin?.inline && closed.some(session.isOpenIn));
    for (const at of gone) {
      setTimeout(() => {
        if (!isShown(at)) inTurn(at, () => decisions.rejectAll(at, 'editor')).catch(logged);
      }, movedMs);
    }
  }

  async function remove(at: OpenReview): Promise<void> {
    drop(at);
    await at.session.close();
    at.session.dispose();
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

  const decisions = createReviewDecisions(deps, {
    inTurn,
    isShown,
    drop,
    bringBack: (at) => all.push(at),
    changed: update,
  });

  update();
  const reviews: OpenReviews = {
    all: () => all,
    current,
    add,
    remove,
    applyAll: decisions.applyAll,
    applyAtOnce: decisions.applyAtOnce,
    rejectAll: decisions.rejectAll,
    isShown,
    resolve: async (at) => void (await decisions.resolve(at, at.session.conflicts())),
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
    registerReviewCommands(reviews, decisions, writtenInFront),
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
      decisions.dispose();
      registrations.dispose();
    },
  };
}

const isShown = ({ session }: OpenReview) =>
  vscode.window.tabGroups.all.some(({ tabs }) => tabs.some((tab) => session.isOpenIn(tab)));

import * as vscode from 'vscode';
import type { Staged } from '../../webview/protocol.ts';
import type { OpenReview, OpenReviews } from './openReviews.ts';
import type { HunkDecision } from './reviewSession.ts';
import { stagedFiles } from './stagedSummary.ts';

/** The review as the panel shows and decides it. None of this takes the focus, but for `openReview`. */
export interface ReviewPanel {
  /** The review in progress: the one in front, else the newest. */
  staged(): Staged | null;
  readonly onDidChangeStaged: vscode.Event<Staged | null>;
  decideHunk(uri: string, hunkId: string, decision: HunkDecision): Promise<void>;
  decideFile(uri: string, accept: boolean): Promise<void>;
  /** Back to open, as it was proposed: one change, or all of the file. */
  resetDecision(uri: string, hunkId?: string): Promise<void>;
  acceptAll(): Promise<void>;
  rejectAll(): Promise<void>;
  /** The diff of one file, else of all. Where the person's edits in the file meet the proposal's, it asks first what shall stand. */
  openReview(uri?: string): Promise<void>;
}

export function createReviewPanel(reviews: OpenReviews): ReviewPanel & vscode.Disposable {
  const changed = new vscode.EventEmitter<Staged | null>();
  let told = 'null';

  function staged(): Staged | null {
    const at = reviews.current();
    if (!at) return null;
    const { changeSet } = at.session;
    const nameOf = (uri: string) => vscode.workspace.asRelativePath(vscode.Uri.parse(uri));
    const files = stagedFiles(at.session.files(), nameOf);
    return { changeSetId: at.changeSetId, title: changeSet.title, files };
  }

  const subscription = reviews.onDidChange(() => {
    const now = staged();
    const text = JSON.stringify(now);
    if (text === told) return;
    told = text;
    changed.fire(now);
  });

  const has = (uri: string) => (at: OpenReview) => at.session.changeSet.files.some((file) => file.uri === uri);
  const reviewOf = (uri: string) =>
    [reviews.current()].flatMap((at) => at ?? []).find(has(uri)) ?? reviews.all().find(has(uri));

  async function decide(uri: string, step: (at: OpenReview) => Promise<boolean>): Promise<void> {
    const at = reviewOf(uri);
    if (!at) return;
    await reviews.inTurn(at, async () => {
      if (await step(at)) await reviews.applyAll(at, 'panel');
    });
  }

  async function withCurrent(run: (at: OpenReview) => Promise<void>): Promise<void> {
    const at = reviews.current();
    if (at) await reviews.inTurn(at, () => run(at));
  }

  async function openReview(uri?: string): Promise<void> {
    const at = uri === undefined ? reviews.current() : reviewOf(uri);
    if (at?.session.conflicts().some((file) => file.uri === uri)) await reviews.resolve(at);
    await at?.session.open({ uri });
  }

  return {
    staged,
    onDidChangeStaged: changed.event,
    decideHunk: (uri, hunkId, decision) => decide(uri, ({ session }) => session.decideHunk(uri, hunkId, decision)),
    resetDecision: (uri, hunkId) =>
      decide(uri, async ({ session }) => {
        if (hunkId === undefined) await session.reset(uri);
        else await session.decideHunk(uri, hunkId, 'reset');
        return false;
      }),
    decideFile: (uri, accept) => decide(uri, ({ session }) => session.decideFile(uri, accept)),
    acceptAll: () => withCurrent((at) => reviews.applyAll(at, 'panel')),
    rejectAll: () => withCurrent((at) => reviews.rejectAll(at, 'panel')),
    openReview,
    dispose() {
      subscription.dispose();
      changed.dispose();
    },
  };
}

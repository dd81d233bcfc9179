import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { openReviewWhenFinished } from '../config.ts';
import { type ProblemActions, showProblem } from '../problemMessage.ts';
import { type FixTarget, findTarget } from './fixTarget.ts';
import { askForChange } from './inlineInput.ts';
import { type Lines, linesOf, touches, withLines } from './inlineLines.ts';
import { type RoundDeps, runRound } from './inlineRound.ts';
import type { RunningEdits } from './inlineRunning.ts';
import { changesIn, offerReview, showAnswer } from './offerReview.ts';
import type { ProposalStream } from './proposalStream.ts';
import type { Review } from './registerReview.ts';

export interface InlineEditDeps extends RoundDeps {
  review: Review;
  running: RunningEdits;
}

export interface InlineEditOptions {
  /** Without it the person is asked. */
  instruction?: string;
  /** Without it those of the selection. */
  lines?: Lines;
  /** Checks that the person has answered already. */
  skip?: ReadonlySet<string>;
}

type Proposal = Extract<FixResult, { kind: 'proposed' | 'cancelled' }>;

/** Edits the selected lines of the file in front: asks what, shows the proposal while it comes, and leaves it to the review. */
export async function editInline(options: InlineEditOptions, deps: InlineEditDeps): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const skip = new Set([...(options.skip ?? []), 'emptyFile']);
  const found = await findTarget({ skip });
  if (found.kind === 'problem') {
    const again = () => editInline({ ...options, skip: new Set([...skip, found.problem.code]) }, deps);
    await showProblem(found.problem, { 'Allow This File': again, 'Show Proposal': again });
    return;
  }
  if (!editor) return;
  const { target } = found;
  const lines = options.lines ?? linesOf(editor.selection);
  const diagnostics = target.diagnostics.filter(({ range }) => touches(lines, range));
  const marked = deps.decorations.markLines(editor, lines);
  try {
    const instruction = options.instruction ?? (await askForChange(target.name, lines, diagnostics.length));
    if (instruction === undefined || (instruction === '' && diagnostics.length === 0)) return;
    await rewrite({ target: { ...target, diagnostics }, lines, instruction, editor }, deps);
  } finally {
    marked.dispose();
  }
}

interface Edit {
  target: FixTarget;
  lines: Lines;
  instruction: string;
  editor: vscode.TextEditor;
}

async function rewrite(edit: Edit, deps: InlineEditDeps): Promise<void> {
  const { target, lines, instruction, editor } = edit;
  const { uri } = target;
  const run = deps.running.begin(uri);
  if (!run) {
    vscode.window.setStatusBarMessage(
      t('Devstral: an edit of {file} is running, Escape stops it', { file: target.name }),
      5000,
    );
    return;
  }
  const editId = randomUUID();
  const place = {
    viewColumn: editor.viewColumn ?? vscode.ViewColumn.Active,
    topLine: editor.visibleRanges[0]?.start.line ?? 0,
  };
  let stream: ProposalStream | undefined;
  let base = '';
  let closed = false;
  const begin = (text: string) => {
    base = text;
    stream = deps.review.stream({ id: editId, uri, base, text });
    run.also(stream.review);
    stream.onClosed(() => {
      closed = true;
      run.stop();
    });
    return stream;
  };
  /** Once, and only while the person is still in the file. */
  let opening: Promise<void> | undefined;
  const openHere = () => {
    const here = vscode.window.activeTextEditor?.document.uri.toString() === uri.toString();
    if (here && openReviewWhenFinished()) opening ??= stream?.open(place);
    return opening;
  };

  /** Hands what was proposed to the review, in its open tab if there is one. */
  async function stage({ changeSet, ...result }: Proposal): Promise<void> {
    const [file] = changeSet?.files ?? [];
    if (!changeSet || !file || closed) return stream?.close();
    const shown = stream ?? begin(file.base.text);
    await shown.finish(file.proposedText);
    if (result.kind === 'proposed') await openHere();
    const isOpen = shown.isOpen();
    shown.release();
    const notes = result.kind === 'proposed' ? result.notes : [];
    const origin = { inline: true, lines, instructions: [instruction] };
    const staged = deps.review.stage(changeSet, notes, again, origin);
    if (isOpen && notes.length > 0) void vscode.window.showInformationMessage(notes.join(' '));
    if (isOpen) return;
    const values = { changes: changesIn(changeSet), file: target.name };
    const text =
      result.kind === 'proposed' ? t('{changes} ready for {file}.', values) : t('Stopped after {changes}.', values);
    // What the person answers is not waited for: it is no part of the edit.
    void offerReview(text, staged);
  }

  const again = () => void showThen(uri, () => editInline({ instruction, lines }, deps));
  try {
    const params = {
      editId,
      uri: uri.toString(),
      startLine: lines.start,
      lineCount: lines.count,
      instruction,
      diagnostics: target.diagnostics,
      ...(target.languageId === undefined ? {} : { languageId: target.languageId }),
    };
    const onLines = (text: string, first: string | undefined) => {
      if (first !== undefined) begin(first);
      void stream?.write(withLines(base, lines, text)).then(openHere);
    };
    const result = await runRound({ params, line: lines.start, shownIn: run.uris, onLines }, deps, run.token);
    await opening;
    if (result.kind === 'proposed' || result.kind === 'cancelled') return await stage(result);
    await stream?.close();
    const ask = () => void showThen(uri, () => editInline({ lines }, deps));
    void showOutcome(result, { Retry: again, 'Add Instruction...': ask });
  } finally {
    run.end();
  }
}

/** Tells why there is no proposal. */
export async function showOutcome(
  result: Extract<FixResult, { kind: 'failed' | 'unchanged' }>,
  actions: ProblemActions,
): Promise<void> {
  const answer = result.kind === 'unchanged' ? { 'Show Answer': () => showAnswer(result.answer) } : {};
  await showProblem(result.problem, { ...actions, ...answer });
}

async function showThen(uri: vscode.Uri, run: () => Promise<void>): Promise<void> {
  await vscode.window.showTextDocument(uri);
  await run();
}

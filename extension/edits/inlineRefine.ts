import * as vscode from 'vscode';
import type { ChangeSet, Hunk } from '../../sidecar/protocol/changes.ts';
import type { InlineEditDeps } from './inlineEdit.ts';
import { editInline, showOutcome } from './inlineEdit.ts';
import { askForChange } from './inlineInput.ts';
import { type Lines, linesOf, linesOnTheRight, withLines } from './inlineLines.ts';
import { runRound } from './inlineRound.ts';
import { baseScheme } from './reviewDocuments.ts';
import { nameOf } from './reviewTabs.ts';

/** A new round on the proposal in front, in its own tab. What the person typed or rejected there stays. */
export async function refineProposal(deps: InlineEditDeps): Promise<void> {
  const { review, running, decorations } = deps;
  const front = review.inFront();
  const [file] = front?.changeSet.files ?? [];
  const editor = vscode.window.activeTextEditor;
  if (!front || !file || !editor) return;
  const { origin, changeSet } = front;
  const before = await front.state();
  const lines = origin.lines ? linesOnTheRight(origin.lines, before.hunks) : linesInFront(editor, before.hunks);
  const onTheRight = editor.document.uri.scheme !== baseScheme;
  const marked = onTheRight ? decorations.markLines(editor, lines) : undefined;
  const name = nameOf(file.uri);
  const instruction = await askForChange(name, lines, 0, origin.instructions.at(-1)).finally(() => marked?.dispose());
  if (!instruction || review.inFront()?.changeSet !== changeSet) return;

  const stream = await front.rewrite(before.text);
  const run = stream && running.begin(stream.review);
  if (!run) return;
  let closed = false;
  stream.onClosed(() => {
    closed = true;
    run.stop();
  });
  const again = () => void vscode.window.showTextDocument(vscode.Uri.parse(file.uri)).then(retry);
  const retry = () => editInline({ instruction, ...(origin.lines ? { lines: origin.lines } : {}) }, deps);
  /** Leaves a proposal to the review: the new one, or the one of before. */
  const stage = async (next: ChangeSet, instructions: readonly string[]) => {
    const [proposed = file] = next.files;
    await stream.finish(proposed.proposedText);
    stream.release();
    const staged = review.stage(next, [], again, { ...origin, instructions });
    if (closed && origin.inline) await staged.discard();
  };
  const asBefore = {
    ...changeSet,
    files: [{ ...file, proposedText: before.text, hunks: before.hunks }],
  };
  try {
    const params = {
      editId: changeSet.id,
      uri: file.uri,
      startLine: lines.start,
      lineCount: lines.count,
      instruction,
      diagnostics: [],
      round: { base: file.base, text: before.text, instructions: [...origin.instructions] },
    };
    const onLines = (text: string) => void stream.write(withLines(before.text, lines, text));
    const result = await runRound({ params, line: lines.start, shownIn: run.uris, onLines }, deps, run.token);
    const next = !closed && 'changeSet' in result ? result.changeSet : undefined;
    if (next) await stage(next, [...origin.instructions, instruction]);
    else await stage(asBefore, origin.instructions);
    if (result.kind === 'failed' || result.kind === 'unchanged') {
      void showOutcome(result, { Retry: () => refineProposal(deps), 'Add Instruction...': () => refineProposal(deps) });
    }
  } finally {
    run.end();
  }
}

/** For a proposal of a whole file: the selection, else the change at the cursor or the next one. Lines of the right side. */
function linesInFront({ document, selection }: vscode.TextEditor, hunks: readonly Hunk[]): Lines {
  const own = linesOf(selection);
  const lines = document.uri.scheme === baseScheme ? linesOnTheRight(own, hunks) : own;
  if (!selection.isEmpty) return lines;
  const size = (hunk: Hunk) => Math.max(1, hunk.proposedCount);
  const hunk = hunks.find((each) => each.proposedStart + size(each) > lines.start) ?? hunks.at(-1);
  return hunk ? { start: hunk.proposedStart, count: size(hunk) } : lines;
}

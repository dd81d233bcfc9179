import * as vscode from 'vscode';
import type { Hunk } from '../../sidecar/protocol/changes.ts';
import { goToOpenFile } from './nextOpenFile.ts';
import type { ReviewSides, Sided } from './reviewSides.ts';
import { hunkAt, openCount } from './reviewState.ts';
import type { ReviewTabs } from './reviewTabs.ts';

/** A line of one side, zero-based. */
export interface Place {
  uri: vscode.Uri;
  line: number;
}

/** The cursor in a review's documents: the change that it is on, and where it goes. */
export interface ReviewCursor {
  /** The file and the hunk that a command is about: at the cursor, else the next one. */
  target(place: Place | undefined): Promise<{ side: Sided; hunk: Hunk | undefined } | null>;
  /** Puts the cursor on a change of the right side, if that is shown. */
  moveTo(side: Sided, hunk: Hunk | undefined): Promise<void>;
  /** To the next open change: below `line` in this file, else its first, else in the next file. */
  goToNext(side: Sided, line: number): Promise<void>;
}

/** `open` shows another file alone. */
export function createReviewCursor(
  { sides, of, settle }: Pick<ReviewSides, 'sides' | 'of' | 'settle'>,
  tabs: Pick<ReviewTabs, 'showsOne'>,
  open: (uri: string | undefined) => Promise<void>,
): ReviewCursor {
  const nextOpen = () => sides.find(({ file }) => openCount(file) > 0);

  async function target(place: Place | undefined): Promise<{ side: Sided; hunk: Hunk | undefined } | null> {
    const editor = vscode.window.activeTextEditor;
    const uri = place?.uri ?? editor?.document.uri;
    const own = of(uri);
    const side = own ?? nextOpen() ?? sides[0];
    if (!side) return null;
    await settle(side);
    const onBase = uri?.toString() === side.uris.base.toString();
    const line = own ? (place?.line ?? editor?.selection.active.line ?? -1) : -1;
    const hunk = hunkAt(side.file, line, onBase ? 'base' : 'review');
    put(side, hunk);
    return { side, hunk };
  }

  /** Answers whether there is an editor for it. */
  function put(side: Sided, hunk: Hunk | undefined): boolean {
    const review = side.uris.review.toString();
    const editor = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === review);
    if (!editor || !hunk) return false;
    const at = new vscode.Position(hunk.proposedStart, 0);
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    return true;
  }

  async function moveTo(side: Sided, hunk: Hunk | undefined): Promise<void> {
    if (!put(side, hunk)) return;
    // What VS Code told of earlier places still comes and counts as the cursor's: the next key would be about the wrong
    // change. It answers in order, so after any answer nothing older comes.
    await vscode.commands.executeCommand('setContext', 'devstral.review.line', hunk?.proposedStart);
  }

  async function goToNext(side: Sided, line: number): Promise<void> {
    const left = side.file.hunks.filter((hunk) => hunk.state === 'open');
    const next = left.find((hunk) => hunk.proposedStart >= line) ?? left[0];
    if (next) await moveTo(side, next);
    else if (tabs.showsOne(side)) await open(nextOpen()?.file.change.uri);
    else await goToOpenFile(side, { sides, of, moveTo });
  }

  return { target, moveTo, goToNext };
}

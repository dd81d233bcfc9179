import * as vscode from 'vscode';
import type { SidecarClient } from '../sidecarClient.ts';
import { createInlineDecorations } from './inlineDecorations.ts';
import { editInline, type InlineEditDeps } from './inlineEdit.ts';
import { refineProposal } from './inlineRefine.ts';
import { createRunningEdits } from './inlineRunning.ts';
import type { Review } from './registerReview.ts';

interface Deps {
  sidecar: SidecarClient;
  review: Review;
  modelName(): string;
  log: vscode.LogOutputChannel;
}

const documentIt =
  'Add documentation comments to this code, in the form that its language and the rest of the file use. Change nothing else.';

/** Commands "Edit Inline...", "Refine...", "Document" and the stop of an edit that runs. */
export function registerInlineEdit({ sidecar, review, modelName, log }: Deps): vscode.Disposable {
  const hearing = new Map<string, (lines: string, base: string | undefined) => void>();
  sidecar.onNotification('editPartial', ({ editId, lines, base }) => hearing.get(editId)?.(lines, base?.text));
  const decorations = createInlineDecorations();
  const running = createRunningEdits();
  const deps: InlineEditDeps = {
    sidecar,
    review,
    running,
    decorations,
    modelName,
    log,
    listen: (id, hear) => (hear ? hearing.set(id, hear) : hearing.delete(id)),
  };
  const refine = () => refineProposal(deps);
  return vscode.Disposable.from(
    decorations,
    running,
    // From the palette it may be asked for in a review as well.
    vscode.commands.registerCommand('devstral.inlineEdit', () => (review.inFront() ? refine() : editInline({}, deps))),
    vscode.commands.registerCommand('devstral.inlineEdit.refine', refine),
    vscode.commands.registerCommand('devstral.inlineEdit.stop', () => running.stop()),
    vscode.commands.registerCommand('devstral.document', () => editInline({ instruction: documentIt }, deps)),
  );
}

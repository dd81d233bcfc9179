import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import { reviewScheme } from './reviewDocuments.ts';

const fixAllKind = vscode.CodeActionKind.Source.append('devstral').append('fixFile');

const refactorKind = vscode.CodeActionKind.Refactor.append('devstral');
/** What is offered for a selection, each with its command `devstral.<name>`. */
const selectionActions = [
  [t('Explain with Devstral'), 'explain'],
  [t('Add Tests with Devstral'), 'addTests'],
  [t('Document with Devstral'), 'document'],
] as const;

/**
 * Explain, Add Tests and Document for a selection, "Fix with Devstral" on any diagnostic and "Fix All Problems in File with Devstral". Pure: asking for the actions starts
 * nothing; never preferred, and not under `source.fixAll`, which would run a model on each save.
 */
export function registerCodeActions(): vscode.Disposable {
  return vscode.languages.registerCodeActionsProvider(
    { scheme: 'file' },
    { provideCodeActions },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, refactorKind, fixAllKind] },
  );
}

function provideCodeActions(
  document: vscode.TextDocument,
  range: vscode.Range,
  context: vscode.CodeActionContext,
): vscode.CodeAction[] {
  if (!vscode.workspace.getConfiguration('devstral', document).get('editor.codeActions', true)) return [];
  const actions: vscode.CodeAction[] = [];
  const wants = (kind: vscode.CodeActionKind) => !context.only || context.only.contains(kind);
  if (context.diagnostics.length > 0 && wants(vscode.CodeActionKind.QuickFix)) {
    const action = new vscode.CodeAction(t('Fix with Devstral'), vscode.CodeActionKind.QuickFix);
    action.diagnostics = [...context.diagnostics];
    const { start, end } = context.diagnostics.reduce(
      (all, found) => all.union(found.range),
      context.diagnostics[0]?.range ?? range,
    );
    const focus = {
      start: { line: start.line, character: start.character },
      end: { line: end.line, character: end.character },
    };
    action.command = { command: 'devstral.fixFile', title: action.title, arguments: [document.uri, focus] };
    actions.push(action);
  }
  for (const [title, name] of range.isEmpty ? [] : selectionActions) {
    const kind = refactorKind.append(name);
    if (context.only && !context.only.contains(kind)) continue;
    const action = new vscode.CodeAction(title, kind);
    action.command = { command: `devstral.${name}`, title };
    actions.push(action);
  }
  if (context.only && fixAllKind.intersects(context.only)) {
    const action = new vscode.CodeAction(t('Fix All Problems in File with Devstral'), fixAllKind);
    action.command = { command: 'devstral.fixFile', title: action.title, arguments: [document.uri] };
    actions.push(action);
  }
  return actions;
}

const reviewTitles = [
  [t('Accept Change'), 'devstral.review.acceptChange'],
  [t('Reject Change'), 'devstral.review.rejectChange'],
] as const;

/** The decisions about one change, in the light bulb of the review's right side. */
export function registerReviewActions(): vscode.Disposable {
  const provideCodeActions = () =>
    reviewTitles.map(([title, command]) => {
      const action = new vscode.CodeAction(t('{title} (Devstral)', { title }), vscode.CodeActionKind.Empty);
      action.command = { title, command };
      return action;
    });
  return vscode.languages.registerCodeActionsProvider({ scheme: reviewScheme }, { provideCodeActions });
}

import * as vscode from 'vscode';

/** Where the right sides are kept: what VS Code reads, and that it is another now. */
export interface SavedTexts {
  isReview(document: vscode.TextDocument): boolean;
  has(uri: vscode.Uri): boolean;
  /** Keeps a text and says that it changed. */
  serve(uri: vscode.Uri, text: string): void;
}

/** Saves of the right sides. What a formatter or a trimmer makes of a proposal is put back; what a person does meanwhile stays. */
export interface ReviewSaves extends vscode.Disposable {
  /** Saves without asking. */
  save(document: vscode.TextDocument): Promise<void>;
  /** Waits for a save that is under way: an edit of ours would be taken for a formatter's. */
  ended(uri: vscode.Uri): Promise<void>;
  /** What to keep when VS Code writes this text. */
  written(uri: vscode.Uri, text: string): string;
}

interface Save {
  at: number;
  /** The text before anything that takes part in the save. */
  start: string;
  /** The texts that it had since. */
  steps: Step[];
}

interface Step {
  text: string;
  byPerson: boolean;
  /** Where a cursor stands after it, if somebody typed it. */
  ends: vscode.Position[];
}

const longestSaveMs = 5000;

export function createReviewSaves({ isReview, has, serve }: SavedTexts): ReviewSaves {
  const saving = new Map<string, Save>();
  /** What a save was meant to write where it wrote something else. */
  const altered = new Map<string, string>();
  /** The text that a save made, until VS Code shows the one that was meant again. */
  const puttingBack = new Map<string, { alteredText: string; meant: string }>();
  const keyOf = (uri: vscode.Uri) => uri.toString();
  // A save that failed must not stand in the way of the next one.
  const underWay = (key: string) => Date.now() - (saving.get(key)?.at ?? 0) < longestSaveMs;

  /** What a save of this document is meant to write: never what an earlier save made of the text. */
  const meantBy = (document: vscode.TextDocument) => {
    const text = document.getText();
    const back = puttingBack.get(keyOf(document.uri));
    return back?.alteredText === text ? back.meant : text;
  };

  const begin = (document: vscode.TextDocument) => {
    const save: Save = { at: Date.now(), start: meantBy(document), steps: [] };
    saving.set(keyOf(document.uri), save);
    return save;
  };
  const ended = async (key: string) => {
    while (underWay(key)) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  /** After a save that altered the text. */
  async function serveAgain(document: vscode.TextDocument): Promise<void> {
    const key = keyOf(document.uri);
    const meant = altered.get(key);
    saving.delete(key);
    altered.delete(key);
    if (meant === undefined) return;
    const alteredText = document.getText();
    const back = { alteredText, meant };
    puttingBack.set(key, back);
    // VS Code passes over a change that it hears of while it is still at the save, so it is told until it shows; a busy
    // machine is given time.
    for (let told = 0; told < 20 && has(document.uri); told++) {
      // Another text is a person's, who went on.
      if (document.isClosed || document.isDirty || document.getText() !== alteredText) break;
      serve(document.uri, meant);
      await new Promise((resolve) => setTimeout(resolve, 100 * (told + 1)));
    }
    if (puttingBack.get(key) === back) puttingBack.delete(key);
  }

  async function save(document: vscode.TextDocument): Promise<void> {
    const key = keyOf(document.uri);
    // A second save would cut the first one off, and take what its participants made for the text.
    await ended(key);
    if (!document.isDirty) return;
    const own = begin(document);
    await document.save();
    // By now another may have begun.
    if (saving.get(key) === own) saving.delete(key);
  }

  const subscriptions = vscode.Disposable.from(
    // Ctrl+S in a review: VS Code runs formatters before or after it tells of its own save, as extensions happen to start.
    vscode.commands.registerCommand('devstral.review.save', () =>
      Promise.all(vscode.workspace.textDocuments.filter(isReview).map(save)),
    ),
    // Where `files.autoSave` saves, or Save All.
    vscode.workspace.onWillSaveTextDocument(({ document }) => {
      if (isReview(document) && !underWay(keyOf(document.uri))) begin(document);
    }),
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges, reason }) => {
      const save = saving.get(keyOf(document.uri));
      if (!save || contentChanges.length === 0) return;
      const before = save.steps.at(-1)?.text ?? save.start;
      const byPerson =
        reason !== undefined || (!isRewrittenOnSave(document) && contentChanges.some(isMoreThanSpace(before)));
      const ends = contentChanges.map(({ range, text }) => endOf(range.start, text));
      save.steps.push({ text: document.getText(), byPerson, ends });
    }),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, selections, kind }) => {
      if (kind !== vscode.TextEditorSelectionChangeKind.Keyboard) return;
      const last = saving.get(keyOf(textEditor.document.uri))?.steps.at(-1);
      if (last?.ends.some((end) => selections.some(({ active }) => active.isEqual(end)))) last.byPerson = true;
    }),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (isReview(document)) void serveAgain(document);
    }),
  );

  return {
    save,
    ended: (uri) => ended(keyOf(uri)),
    written(uri, text) {
      const save = saving.get(keyOf(uri));
      if (!save) return text;
      const meant = meantText(save.start, save.steps, text);
      if (meant !== text) altered.set(keyOf(uri), meant);
      return meant;
    },
    dispose: () => subscriptions.dispose(),
  };
}

/** Whether more than white space may be changed by what VS Code runs on a save; other extensions rarely do. */
function isRewrittenOnSave(document: vscode.TextDocument): boolean {
  const editor = vscode.workspace.getConfiguration('editor', document);
  return editor.get('formatOnSave', false) || Object.keys(editor.get('codeActionsOnSave') ?? {}).length > 0;
}

const isMoreThanSpace = (before: string) => (change: vscode.TextDocumentContentChangeEvent) =>
  /\S/.test(change.text) || /\S/.test(before.slice(change.rangeOffset, change.rangeOffset + change.rangeLength));

/** The text that is `written`, without what was made of it by others than a person. Where both wrote, nothing is taken out. */
function meantText(start: string, steps: readonly Step[], written: string): string {
  // What was typed after VS Code took the text to write is its next save's.
  const upTo = steps.findLastIndex(({ text }) => text === written);
  if (upTo < 0) return start;
  let meant = start;
  let byOthers = false;
  for (const { text, byPerson } of steps.slice(0, upTo + 1)) {
    if (byPerson && byOthers) return written;
    if (byPerson) meant = text;
    else byOthers = true;
  }
  return meant;
}

/** Where a cursor stands after this text was typed at `start`, in the new text if no other change comes before it. */
function endOf(start: vscode.Position, text: string): vscode.Position {
  const lines = text.split(/\r\n|\n|\r/);
  const last = lines.at(-1) ?? '';
  return lines.length === 1
    ? start.translate(0, last.length)
    : new vscode.Position(start.line + lines.length - 1, last.length);
}

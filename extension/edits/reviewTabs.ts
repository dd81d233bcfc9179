import * as vscode from 'vscode';
import type { FileChange } from '../../sidecar/protocol/changes.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { changesText } from './appliedText.ts';
import type { ReviewUris } from './reviewDocuments.ts';

interface Side {
  readonly file: { change: FileChange; hunks: readonly unknown[] };
  uris: ReviewUris;
}

/** The tab in which a change set is shown: a diff for one file, VS Code's multi-file diff for more or for new files. */
export interface ReviewTabs {
  /** True: the diff of one file. */
  readonly single: boolean;
  /** One file's diff, else the overview of all. */
  open(options: { side: Side | undefined; preserveFocus: boolean }): Promise<void>;
  close(): Promise<void>;
  isOne(tab: vscode.Tab): boolean;
  /** Whether a tab has this file's right side, alone or among others. */
  hasOpen(side: Side): boolean;
  /** Whether the tab in front is the diff of this file alone. */
  showsOne(side: Side): boolean;
}

export const allTabs = (): vscode.Tab[] => vscode.window.tabGroups.all.flatMap((group) => group.tabs);

/** File name for people. */
export const nameOf = (uri: string): string => vscode.Uri.parse(uri).path.split('/').at(-1) ?? uri;

export function createReviewTabs(title: string, sides: readonly Side[], pinned: boolean): ReviewTabs {
  // VS Code puts the number of files behind it.
  const multiTitle = t('Devstral: {what}', { what: title });
  const first = sides[0];
  const single = sides.length === 1 && first?.file.change.operation === 'edit';
  const isOurs = (uri: vscode.Uri) => sides.some(({ uris }) => uris.review.toString() === uri.toString());

  /** The left side; of a renamed file it is the text under its old name. */
  const baseOf = ({ file, uris }: Side): vscode.Uri =>
    sides.find((other) => other.file.change.uri === file.change.renamed?.from)?.uris.base ?? uris.base;

  const self: ReviewTabs = {
    single,
    async open({ side, preserveFocus }) {
      if (side) {
        const label = t('{file} (Devstral, {changes})', {
          file: nameOf(side.file.change.uri),
          changes: changesText(side.file.hunks.length),
        });
        const base = baseOf(side);
        const { review } = side.uris;
        await vscode.commands.executeCommand('vscode.diff', base, review, label, { preview: !pinned, preserveFocus });
        return;
      }
      const origins = new Set(sides.map(({ file }) => file.change.renamed?.from));
      const rows = sides
        .filter(({ file }) => !origins.has(file.change.uri))
        .map((each) => [
          vscode.Uri.parse(each.file.change.uri),
          each.file.change.operation === 'create' && !each.file.change.renamed ? undefined : baseOf(each),
          each.file.change.operation === 'delete' ? undefined : each.uris.review,
        ]);
      await vscode.commands.executeCommand('vscode.changes', multiTitle, rows);
    },
    async close() {
      const tabs = allTabs().filter(self.isOne);
      if (tabs.length > 0) await vscode.window.tabGroups.close(tabs, true);
    },
    hasOpen({ uris: { review } }) {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs).filter(self.isOne);
      const isIts = ({ input }: vscode.Tab) =>
        !(input instanceof vscode.TabInputTextDiff) || input.modified.toString() === review.toString();
      return tabs.some(isIts);
    },
    showsOne({ uris: { review } }) {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputTextDiff && input.modified.toString() === review.toString();
    },
    isOne(tab) {
      if (tab.input instanceof vscode.TabInputTextDiff) return isOurs(tab.input.modified);
      // A multi-file tab has no class in the stable API, and its rows leave out files that are added or deleted.
      const input = tab.input as { textDiffs?: readonly { modified: vscode.Uri }[] } | undefined;
      if (input !== undefined && input.textDiffs === undefined) return false;
      if (input?.textDiffs?.some(({ modified }) => isOurs(modified))) return true;
      return tab.label === multiTitle || tab.label.startsWith(`${multiTitle} (`);
    },
  };
  return self;
}

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { canMeet, readWhen } from './whenClauses.ts';

interface Binding {
  key: string;
  command: string;
  when?: string;
}

/** Context keys that are set only while the focus is elsewhere than in a text editor. */
const notInAnEditor = `accessibleViewInCodeBlock agentSessionsViewerFocused aiSettingResultsAvailable bannerFocused
  breadcrumbsActive breakpointsFocused chatAttachmentResource chatFindInputFocused chatFindWidgetFocused chatInputHasFocus
  codeActionMenuVisible commentEditorFocused commentFocused commentsFilterFocus devstral.chat.focused explorerViewletFocus
  fileMatchOrMatchFocus filesExplorerFocus inChat inChatInput inInlineEditsPreviewEditor inKeybindings inModelsEditor
  inModelsSearch inQuickInput inQuickOpen inSearchEditor inSettingsEditor inWelcome isReadingLineWithInlayHints listFocus markdownEditorFocus
  notebookCellListFocused notebookEditorFocused notificationFocus outputFilterFocus problemFocus problemsFilterFocus replaceInputBoxFocus
  scmRepository searchViewletFocus searchViewletVisible statusBarFocused stickyScrollFocused terminalChatFocus
  terminalChatResponseContainsCodeBlock terminalChatResponseContainsMultipleCodeBlocks terminalFocus terminalFocusInAny
  webviewFindWidgetVisible`.split(/\s+/);
const notInAReview = [...notInAnEditor, 'isCompositeNotebook', 'isMergeEditor', 'refactorPreview.enabled'];
const notInTheChat = `accessibleViewIsShown codeActionMenuVisible dropWidgetVisible editorFocus editorTextFocus inChat
  inChatInput inQuickInput listFocus notebookCellFocused notebookCellListFocused notebookEditorFocused pasteWidgetVisible
  problemFocus suggestWidgetVisible terminalFocus textInputFocus`.split(/\s+/);
const places = new Map([
  ['editorTextFocus', new Set(notInAnEditor)],
  ['diffEditorModifiedUri', new Set(notInAReview)],
  // The multi-file review; its binding leaves out what has the focus beside the editors.
  [
    'devstral.review.multiTab',
    new Set([...notInAReview, 'editorTextFocus', 'inlineChatVisible', 'renameInputVisible']),
  ],
  ['devstral.chat.focused', new Set(notInTheChat)],
  ['devstral.chat.inputFocused', new Set(notInTheChat)],
]);

/** Where both can hold, and why ours is the right one there. */
const known: Record<string, string> = {
  ...meetings('ctrl+i', 'devstral.inlineEdit', {
    'editor.action.triggerSuggest': 'Ctrl+Space does the same',
    'inlineChat.askInChat': 'only where the person claims the key with a setting',
    'inlineChat.start': 'only where the person claims the key with a setting',
  }),
  ...meetings('ctrl+i', 'devstral.inlineEdit.refine', {
    'editor.action.triggerSuggest': 'Ctrl+Space does the same',
    'inlineChat.askInChat': 'in our review the key is ours',
    'inlineChat.start': 'in our review the key is ours',
  }),
  ...meetings('escape', 'devstral.inlineEdit.stop', {
    cancelSelection: 'no widget: Escape stops the edit first',
    removeSecondaryCursors: 'no widget: Escape stops the edit first',
    'editor.action.cancelSelectionAnchor': 'no widget: Escape stops the edit first',
    'editor.cancelOperation': 'no widget: Escape stops the edit first',
    'editor.gotoNextSymbolFromResult.cancel': 'no widget: Escape stops the edit first',
    'inlineChat.dismissEditorAffordance': 'no widget: Escape stops the edit first',
    'notifications.hideToasts': 'beside the editor: Escape stops the edit first',
    'notifications.hideList': 'beside the editor: Escape stops the edit first',
    'workbench.action.closeModalEditor': 'around the editor: Escape stops the edit first',
    'agentSession.exitAgentSessionProjection': 'around the editor: Escape stops the edit first',
    'noteMultiCursor.exit': 'no edit runs in a notebook',
  }),
  ...meetings('ctrl+s', 'devstral.review.save', {
    'workbench.action.files.save': 'the same, without what formatters make of a proposal',
  }),
  ...meetings('ctrl+enter', 'devstral.review.acceptAll', {
    'editor.action.insertLineAfter': 'in our review Enter at the end of a line does the same',
    'inlineChat2.keep': 'in our review the key is ours',
  }),
  ...meetings('ctrl+n', 'devstral.session.new', {
    'workbench.action.files.newUntitledFile': "in the chat panel, as in VS Code's own",
  }),
  ...meetings('alt+f2', 'devstral.chat.openAnswer', {
    'editor.action.accessibleView': 'the same wish: an extension cannot register an accessible view',
  }),
  ...meetings('ctrl+escape', 'devstral.stop', {
    'workbench.action.chat.cancel': "in our panel the key stops our answer; VS Code's own chat has its panel",
  }),
};

function meetings(key: string, own: string, others: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(others).map(([other, why]) => [`${key}: ${own}, ${other}`, why]));
}

describe('keys', () => {
  let all: Binding[];
  before(async () => {
    // The real workbench's own list: what it binds itself and what extensions add.
    const document = await vscode.workspace.openTextDocument(
      vscode.Uri.parse('vscode://defaultsettings/keybindings.json'),
    );
    const lines = document.getText().split('\n');
    all = JSON.parse(lines.filter((line) => !line.trimStart().startsWith('//')).join('\n')) as Binding[];
    assert.ok(all.length > 500, `${all.length} bindings`);
  });

  const isOurs = ({ command }: Binding) => command.startsWith('devstral.');
  const manifest = () => {
    const contributed = vscode.extensions.getExtension('devstral-vscode.devstral')?.packageJSON as {
      contributes: { keybindings: Binding[] };
    };
    return contributed.contributes.keybindings;
  };

  it('are all taken up by the workbench, with a when-clause that it understands', () => {
    const missing = manifest().filter(
      ({ key, command }) => !all.some((each) => isOurs(each) && each.key === key && each.command === command),
    );
    assert.deepEqual(missing, []);
  });

  it('take no key that VS Code uses in the same place, but those named here', () => {
    const found = new Set<string>();
    for (const own of all.filter(isOurs)) {
      const first = own.key.split(' ')[0];
      for (const other of all) {
        if (isOurs(other) || (other.key !== own.key && other.key !== first)) continue;
        const meet = readWhen(own.when).some((a) => readWhen(other.when).some((b) => canMeet(a, b, places)));
        if (meet) found.add(`${own.key}: ${own.command}, ${other.command}`);
      }
    }
    assert.deepEqual([...found].sort(), Object.keys(known).sort());
  });

  it('do not take each other', () => {
    const found: string[] = [];
    const own = all.filter(isOurs);
    for (const [index, a] of own.entries()) {
      for (const b of own.slice(index + 1)) {
        if (a.key !== b.key || a.command === b.command) continue;
        if (readWhen(a.when).some((one) => readWhen(b.when).some((two) => canMeet(one, two, places))))
          found.push(`${a.key}: ${a.command}, ${b.command}`);
      }
    }
    assert.deepEqual(found, []);
  });

  it('begin with Ctrl+Alt+J, which nobody else has', () => {
    const others = all.filter((each) => !isOurs(each) && each.key.split(' ')[0] === 'ctrl+alt+j');
    assert.deepEqual(others, []);
  });
});

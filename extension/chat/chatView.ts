import * as vscode from 'vscode';
import { t } from '../../sidecar/protocol/translate.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { registerChatEditor } from './chatEditor.ts';
import type { ChatContext } from './context/chatContext.ts';
import { type Conversation, type ConversationDeps, createConversation } from './conversation.ts';
import { canBeSeen } from './pendingQuestions.ts';

export interface ChatViewDeps extends ConversationDeps {
  /** How many permissions and questions wait. */
  onPending(count: number): void;
  /** How many changes wait for review. */
  onToReview: vscode.Event<number>;
}

/** The chat panel: a view that can be thrown away and built again from the session at any time. */
export interface ChatView extends vscode.WebviewViewProvider, vscode.Disposable {
  readonly conversation: Conversation;
  /** Shows the panel with the cursor in the composer. */
  open(): Promise<void>;
  newSession(): void;
  showHistory(): Promise<void>;
  /** Shows what has waited longest for a decision, or just the panel. */
  showPending(): Promise<void>;
  stop(): void;
  switchMode(): Promise<void>;
  /** Answers the permission that the panel shows. */
  permit(answer: 'allow_once' | 'reject_once'): void;
  readonly context: ChatContext;
}

export const chatViewId = 'devstral.chat';

export function createChatView(deps: ChatViewDeps): ChatView {
  let view: vscode.WebviewView | undefined;
  let toReview = 0;
  const conversation = createConversation(deps, {
    onSession: update,
    onPending(sessionId, added) {
      update();
      deps.onPending(conversation.pending.all().length);
      if (!added || vscode.window.state.focused) return;
      deps
        .onDemand()
        .notifyPending(added, conversation.pending, () => showSession(sessionId))
        .catch(logged);
    },
    onReview(changeSet) {
      if (vscode.window.state.focused) return;
      deps
        .onDemand()
        .notifyReview(changeSet, () => deps.review.panel.openReview())
        .catch(logged);
    },
    open,
    onFocus(panel, input) {
      setContext('chat.focused', panel);
      setContext('chat.inputFocused', input);
    },
  });
  const { sessions, pending, panel, context } = conversation;

  function logged(error: unknown): void {
    deps.log.error(`chat: ${String(error)}`);
  }

  function setContext(key: string, value: boolean): void {
    vscode.commands.executeCommand('setContext', `devstral.${key}`, value).then(undefined, logged);
  }

  function update(): void {
    const { id, running, title } = sessions.shown();
    setContext('busy', running);
    setContext('permissionPending', pending.of(id)?.kind === 'permission');
    if (!view) return;
    view.description = title;
    view.badge = badgeOf(pending.all().length + toReview);
  }

  function resolveWebviewView(resolved: vscode.WebviewView): void {
    view = resolved;
    update();
    resolved.onDidChangeVisibility(() => {
      if (!resolved.visible) forgetFocus();
    });
    resolved.onDidDispose(() => {
      forgetFocus();
      if (view === resolved) view = undefined;
    });
    panel.attach(resolved.webview, resolved.onDidDispose, 'view');
  }

  /** A page that goes away says no blur. */
  function forgetFocus(): void {
    setContext('chat.focused', false);
    setContext('chat.inputFocused', false);
  }

  /** Shows the panel and tells it something, whether or not its page is there already. */
  async function show(message: HostMessage): Promise<void> {
    // A hidden page is loaded again when it is shown.
    if (view && !view.visible) panel.detach(view.webview);
    conversation.post(message);
    await vscode.commands.executeCommand(`${chatViewId}.focus`);
  }

  function open(): Promise<void> {
    return show({ type: 'focusComposer' });
  }

  async function showSession(sessionId: string): Promise<void> {
    if (sessionId !== sessions.shown().id) await sessions.open(sessionId);
    await open();
  }

  const counted = deps.onToReview((count) => {
    toReview = count;
    update();
  });
  const editorTab = registerChatEditor(panel, deps.extensionUri, forgetFocus);

  return {
    conversation,
    resolveWebviewView,
    open,
    newSession() {
      context.list.reset();
      conversation.problem.tell(null);
      sessions.newSession();
    },
    showHistory: () => show({ type: 'showHistory' }),
    async showPending() {
      const [oldest] = pending.all();
      await (oldest ? showSession(oldest.sessionId) : open());
    },
    stop: () => void sessions.stop().catch(conversation.problem.tellError),
    switchMode: () => deps.onDemand().switchMode(sessions),
    permit(answer) {
      const shown = pending.of(sessions.shown().id);
      if (shown && canBeSeen(shown)) pending.answerPermit(shown, { answer });
    },
    context,
    dispose() {
      counted.dispose();
      editorTab.dispose();
      conversation.dispose();
    },
  };
}

const badgeOf = (count: number): vscode.ViewBadge | undefined =>
  count === 0 ? undefined : { value: count, tooltip: t('{count} to decide', { count }) };

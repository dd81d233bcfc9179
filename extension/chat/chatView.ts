import * as vscode from 'vscode';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { HostMessage, PanelMessage, PanelModel } from '../../webview/protocol.ts';
import { createContextList } from './chatContext.ts';
import { type ChatSession, createChatSession, type SendTurn } from './chatSession.ts';
import { insertAtCursor, openLink, pickContext } from './editorActions.ts';
import { chatHtml } from './html.ts';

export interface ChatViewDeps {
  send: SendTurn;
  /** The model that would answer now. It also decides what the panel says about where the code goes. */
  modelStatus(): ModelStatus;
  onModelStatus: vscode.Event<ModelStatus>;
  /** What a button of a problem does; undefined if it does nothing, and then it is not offered. */
  problemAction(problem: ProblemReport, action: string): (() => unknown) | undefined;
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
}

/** The chat panel: a view that can be thrown away and built again from the session at any time. */
export interface ChatView extends vscode.WebviewViewProvider, vscode.Disposable {
  /** Shows the panel with the cursor in the composer. */
  open(): Promise<void>;
  newSession(): void;
  stop(): void;
  /** Adds the active editor's selection; does not show the panel. False if there is none. */
  addSelection(): boolean;
  addFile(uri: vscode.Uri): void;
  /** Asks with a quick pick what to add. */
  addContext(): Promise<void>;
}

export const chatViewId = 'devstral.chat';

/** Buttons of a problem that the conversation itself answers. */
const ownActions = new Set(['Retry', 'Continue', 'New Session']);

export function createChatView(deps: ChatViewDeps): ChatView {
  const { log, extensionUri } = deps;
  const context = createContextList();
  let model = panelModel(deps.modelStatus());
  /** The panel that said `ready`; messages to a page that is still loading would be lost. */
  let panel: vscode.Webview | undefined;
  let focusWhenReady = false;
  let visible = false;
  let session = newChatSession();

  function post(message: HostMessage): void {
    panel?.postMessage(message).then(undefined, (error: unknown) => log.warn(`chat panel: ${String(error)}`));
  }

  function setContext(key: 'chat.focused' | 'chat.inputFocused' | 'busy', value: boolean): void {
    run('setContext', `devstral.${key}`, value);
  }

  function run(command: string, ...args: unknown[]): void {
    vscode.commands.executeCommand(command, ...args).then(undefined, (error: unknown) => log.error(String(error)));
  }

  function newChatSession(): ChatSession {
    // A session that was left goes on ending for a moment; the panel is no longer told.
    const made: ChatSession = createChatSession({
      send: deps.send,
      modelName: () => model.name,
      onMessage: (message) => made === session && post(message),
      offersAction: (report, action) => ownActions.has(action) || deps.problemAction(report, action) !== undefined,
      onBusy: (busy) => made === session && setContext('busy', busy),
      log,
    });
    return made;
  }

  function newSession(): void {
    session.dispose();
    session = newChatSession();
    setContext('busy', false);
    context.reset();
    postState();
  }

  function chips() {
    return context.items().map(({ chip }) => chip);
  }

  function postState(): void {
    const turns = [...session.turns()];
    post({ type: 'state', sessionId: session.id, turns, context: chips(), model, language: vscode.env.language });
  }

  function ask(prompt: string): void {
    if (session.ask(prompt, context.items())) context.clearAdded();
  }

  function runAction(turnId: string, action: string): void {
    const report = session.turns().find((turn) => turn.id === turnId)?.problem;
    // Only what the card offered: a message names an action, it does not make one.
    if (!report?.actions.includes(action)) return;
    if (action === 'Retry') session.retry(turnId);
    else if (action === 'Continue') ask('Continue exactly where your answer ended.');
    else if (action === 'New Session') newSession();
    else deps.problemAction(report, action)?.();
  }

  async function receive(message: PanelMessage, from: vscode.Webview): Promise<void> {
    switch (message.type) {
      case 'ready':
        panel = from;
        postState();
        if (focusWhenReady) post({ type: 'focusComposer' });
        focusWhenReady = false;
        return;
      case 'send':
        return ask(message.prompt);
      case 'stop':
        return session.stop();
      case 'copy':
        return vscode.env.clipboard.writeText(message.text);
      case 'insertCode':
        return insertAtCursor(message.text);
      case 'openLink':
        return openLink(message.href);
      case 'runAction':
        return runAction(message.turnId, message.action);
      case 'addContext':
        return addContext();
      case 'removeContext':
        return context.remove(message.id);
      case 'switchModel':
        return run('devstral.switchModel');
      case 'focus':
        if (message.input) focusWhenReady = false;
        setContext('chat.focused', message.panel);
        setContext('chat.inputFocused', message.input);
        return;
    }
  }

  async function resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    const { webview } = view;
    // Schemas take long to build; activation does without.
    const schemas = await import('../../webview/protocol.ts');
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    const asset = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    webview.onDidReceiveMessage((raw: unknown) => {
      const parsed = schemas.PanelMessage.safeParse(raw);
      if (!parsed.success) return log.warn('chat panel: a message was not understood');
      receive(parsed.data, webview).catch((error: unknown) => log.error(`chat panel: ${String(error)}`));
    });
    visible = view.visible;
    view.onDidChangeVisibility(() => {
      visible = view.visible;
      if (!visible) forgetFocus();
    });
    view.onDidDispose(() => {
      visible = false;
      forgetFocus();
      if (panel === webview) panel = undefined;
    });
    webview.html = chatHtml({
      cspSource: webview.cspSource,
      scriptUri: asset('webview/chat.js'),
      styleUri: asset('webview/chatStyle.css'),
      language: vscode.env.language,
    });
  }

  /** A page that goes away says no blur. */
  function forgetFocus(): void {
    setContext('chat.focused', false);
    setContext('chat.inputFocused', false);
  }

  async function open(): Promise<void> {
    // A hidden panel is loaded again when it is shown.
    focusWhenReady = panel === undefined || !visible;
    await vscode.commands.executeCommand(`${chatViewId}.focus`);
    post({ type: 'focusComposer' });
  }

  async function addContext(): Promise<void> {
    const uri = await pickContext();
    if (uri) context.addFile(uri);
    await open();
  }

  const subscriptions = [
    context,
    context.onChange(() => post({ type: 'context', context: chips() })),
    deps.onModelStatus((status) => {
      model = panelModel(status);
      post({ type: 'model', model });
    }),
  ];

  return {
    resolveWebviewView,
    open,
    newSession,
    stop: () => session.stop(),
    addSelection() {
      const editor = vscode.window.activeTextEditor;
      if (!editor || editor.selection.isEmpty) return false;
      context.addSelection(editor);
      return true;
    },
    addFile: (uri) => context.addFile(uri),
    addContext,
    dispose() {
      session.dispose();
      for (const subscription of subscriptions) subscription.dispose();
    },
  };
}

function panelModel({ name, kind, detail }: ModelStatus): PanelModel {
  return {
    name,
    kind,
    ...(detail?.contextUsed === undefined ? {} : { contextUsed: detail.contextUsed }),
    ...(detail?.contextSize === undefined ? {} : { contextSize: detail.contextSize }),
  };
}

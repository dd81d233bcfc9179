import { join } from 'node:path';
import * as vscode from 'vscode';
import type * as PanelSchema from '../../webview/panelMessage.ts';
import type { PanelMessage } from '../../webview/panelMessage.ts';
import type { HostMessage } from '../../webview/protocol.ts';
import { chatHtml } from './html.ts';

export interface PanelDeps {
  extensionUri: vscode.Uri;
  log: vscode.LogOutputChannel;
  /** A page is there and shows nothing yet: it alone gets what `onReady` answers. */
  onReady(): Promise<HostMessage[]>;
  onMessage(message: Exclude<PanelMessage, { type: 'ready' }>): Promise<unknown>;
}

/** The pages that show the conversation: the view, and a tab if the person opened one. All are told the same. */
export interface Panel {
  /** Loads the page into a webview. `onDispose` of what holds the webview ends it. */
  attach(webview: vscode.Webview, onDispose: vscode.Event<void>, place?: 'view' | 'tab'): void;
  /** Goes to every page that is ready; the others ask for all of it when they are. */
  post(message: HostMessage): void;
  /** The page is gone until it says that it is ready again. */
  detach(webview: vscode.Webview): void;
  /** A page listens. */
  ready(): boolean;
}

export function createPanel({ extensionUri, log, onReady, onMessage }: PanelDeps): Panel {
  const pages = new Set<vscode.Webview>();
  const postTo = (page: vscode.Webview, message: HostMessage) => {
    page.postMessage(message).then(undefined, (error: unknown) => log.warn(`chat panel: ${String(error)}`));
  };

  async function receive(message: PanelMessage, page: vscode.Webview): Promise<void> {
    if (message.type !== 'ready') {
      await onMessage(message);
      return;
    }
    // What is told while the state is looked for is in the state.
    pages.delete(page);
    const messages = await onReady();
    pages.add(page);
    for (const each of messages) postTo(page, each);
  }

  return {
    attach(webview, onDispose, place = 'view') {
      const { language } = vscode.env;
      const dist = vscode.Uri.joinPath(extensionUri, 'dist');
      const asset = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(dist, file)).toString();
      webview.options = { enableScripts: true, localResourceRoots: [dist] };
      webview.html = chatHtml({
        cspSource: webview.cspSource,
        scriptUri: asset('webview/chat.js'),
        styleUri: asset('webview/chatStyle.css'),
        ...(vscode.l10n.bundle ? { textsUri: asset(`webview/texts.${language}.js`) } : {}),
        language,
        place,
      });
      // Schemas take long to build: while the page loads.
      const schemas = require(join(extensionUri.fsPath, 'dist', 'panelProtocol.cjs')) as typeof PanelSchema;
      webview.onDidReceiveMessage((raw: unknown) => {
        const parsed = schemas.PanelMessage.safeParse(raw);
        if (!parsed.success) return log.warn('chat panel: a message was not understood');
        receive(parsed.data, webview).catch((error: unknown) => log.error(`chat panel: ${String(error)}`));
      });
      onDispose(() => pages.delete(webview));
    },
    post(message) {
      for (const page of pages) postTo(page, message);
    },
    detach: (webview) => void pages.delete(webview),
    ready: () => pages.size > 0,
  };
}

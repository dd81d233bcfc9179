import './displayLanguage.ts';
import * as vscode from 'vscode';
import type { ModelStatus } from '../sidecar/protocol/models.ts';
import { problem } from '../sidecar/protocol/problems.ts';
import { t } from '../sidecar/protocol/translate.ts';
import { registerChatCommands } from './chat/chatCommands.ts';
import { chatViewId, createChatView } from './chat/chatView.ts';
import { chosenModel, workspaceProposals } from './config.ts';
import { developmentStart } from './developmentStart.ts';
import { createApplier } from './edits/applyChanges.ts';
import { trackCanFix } from './edits/canFix.ts';
import { registerCodeActions } from './edits/codeActions.ts';
import { registerFixCommands } from './edits/fixCommand.ts';
import { registerInlineEdit } from './edits/inlineCommands.ts';
import { type Review, registerReview } from './edits/registerReview.ts';
import { registerSelectionCommands } from './edits/selectionCommands.ts';
import { loadOnDemand } from './loadOnDemand.ts';
import { createLog } from './log.ts';
import { registerCheckServer } from './models/checkServer.ts';
import { registerModelCommands } from './models/modelCommands.ts';
import { createModelNotices } from './models/modelNotices.ts';
import { offerProposedServers } from './models/proposedServer.ts';
import { createStatusBar } from './models/statusBar.ts';
import { offerUnfinished, rememberUnfinished } from './models/unfinishedDownloads.ts';
import { actionsOf, showProblem } from './problemMessage.ts';
import { createSecrets } from './secrets.ts';
import { createSidecarClient } from './sidecarClient.ts';

/** What other extensions, and tests, may ask. */
export interface DevstralApi {
  /** What the status bar item shows now, its tooltip as Markdown. */
  statusBar(): { text: string; tooltip: string };
  /** Shows the conversation in one more page, until `onDispose`. */
  attachPage(webview: vscode.Webview, onDispose: vscode.Event<void>): void;
  review: Review;
}

/**
 * Composition root of the extension: makes the parts and ties them together. Nothing here starts the sidecar, but for a
 * download that was left unfinished.
 */
export function activate(context: vscode.ExtensionContext): DevstralApi {
  const log = createLog();
  const secrets = createSecrets(context.secrets);
  let status: ModelStatus = initialStatus();
  const statusListeners = new vscode.EventEmitter<ModelStatus>();
  const statusBar = createStatusBar(status);
  const notices = createModelNotices();
  const setStatus = (next: ModelStatus) => {
    status = next;
    statusBar.update(next);
    notices.see(next);
    rememberUnfinished(context.globalState, next);
    statusListeners.fire(next);
  };

  const sidecar = createSidecarClient({
    context,
    log,
    onProblem: (report) => void showProblem(report),
    onStopped: () => {
      setStatus(stopped(status));
      review.leaveAll();
    },
  });
  sidecar.onNotification('modelStatus', setStatus);
  sidecar.onRequest('secretGet', async ({ origin }) => ({ key: await secrets.get(origin) }));
  const onDemand = () => loadOnDemand(context.extensionUri);
  sidecar.onRequest('hostReadText', (params) => onDemand().readText(params));
  sidecar.onRequest('hostDiagnostics', async ({ uri }, token) => ({ files: await onDemand().problems(uri, token) }));
  sidecar.onRequest('hostSymbols', async (params, token) => ({ places: await onDemand().symbols(params, token) }));
  sidecar.onRequest('hostNewDiagnostics', async (params, token) => {
    return { added: await onDemand().newDiagnostics(params, token) };
  });

  const toReview = new vscode.EventEmitter<number>();
  const review = registerReview({
    ...createApplier(sidecar),
    hunks: async (base, proposed) => (await sidecar.request('changesHunks', { base, proposed })).hunks,
    rebase: (params) => sidecar.request('changesRebase', params),
    restore: (params) => sidecar.request('sessionRestore', params),
    onStaged(count) {
      statusBar.toReview(count);
      toReview.fire(count);
    },
    extensionUri: context.extensionUri,
    log,
  });
  const chat = createChatView({
    sidecar,
    memento: context.workspaceState,
    globalMemento: context.globalState,
    review,
    onPending: (count) => statusBar.toAllow(count),
    onToReview: toReview.event,
    onDemand,
    modelStatus: () => status,
    onModelStatus: statusListeners.event,
    extensionUri: context.extensionUri,
    problemAction: (report, label) => actionsOf(report)[label],
    log,
  });

  const command = (id: string, run: () => unknown) => vscode.commands.registerCommand(id, run);
  context.subscriptions.push(
    log,
    statusBar,
    statusListeners,
    toReview,
    sidecar,
    review,
    chat,
    vscode.window.registerWebviewViewProvider(chatViewId, chat),
    registerChatCommands(chat, onDemand),
    registerFixCommands({ sidecar, stage: review.stage, log }),
    registerInlineEdit({ sidecar, review, modelName: () => status.name, log }),
    registerSelectionCommands(chat),
    trackCanFix(),
    registerCodeActions(),
    registerModelCommands(
      {
        sidecar,
        secrets,
        status: () => status,
        onStatus: statusListeners.event,
        tellAgain: notices.again,
      },
      onDemand,
    ),
    registerCheckServer(sidecar),
    command('devstral.showLog', () => log.show()),
    command('devstral.restartSidecar', () => sidecar.restart()),
    command('devstral.copyDiagnostics', () => onDemand().copyDiagnostics(context, sidecar)),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('devstral') && !event.affectsConfiguration('http')) return;
      if (!sidecar.running()) setStatus(initialStatus());
      await sidecar.settingsChanged();
    }),
  );
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => sidecar.settingsChanged()));
  const offerServers = () => void offerProposedServers(context.workspaceState);
  context.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(offerServers));
  // After activation, which is the editor's own time.
  setImmediate(() => {
    tellProposals();
    offerServers();
    void offerUnfinished(context.globalState, sidecar, log);
  });
  void developmentStart(context, sidecar);
  return { statusBar: () => statusBar.shown(), attachPage: chat.conversation.panel.attach, review };
}

/** Without its sidecar a window downloads nothing. */
function stopped(status: ModelStatus): ModelStatus {
  const downloads = status.downloads?.map((each) => (each.runs === 'here' ? { ...each, runs: 'no' as const } : each));
  const state = { state: status.kind === 'server' ? ('ready' as const) : ('off' as const) };
  return { ...status, state, ...(downloads ? { downloads } : {}) };
}

/** Before the sidecar runs: what the settings name. */
function initialStatus(): ModelStatus {
  const { model, isServer } = chosenModel();
  if (isServer) return { name: model.slice(0, 14), kind: 'server', state: { state: 'ready' } };
  const own = model === 'auto' || model === 'starter' || model === '';
  const file =
    model
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.gguf$/, '') ?? model;
  return { name: own ? t('Starter') : file.slice(0, 14), kind: 'local', state: { state: 'off' } };
}

/** A workspace may only propose an address or a program; nothing of it is used, and the person is told. */
function tellProposals(): void {
  const names = workspaceProposals();
  if (names.length === 0) return;
  void showProblem(problem('serverNotApproved', { url: names.map((name) => `devstral.${name}`).join(', ') }));
}

import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { HostMessage, Pending } from '../../webview/protocol.ts';
import { newSessionMode, panelSettings } from '../agent/agentSettings.ts';
import type { Review } from '../edits/registerReview.ts';
import type { OnDemand } from '../onDemand.ts';
import { createReadOnlyDocuments } from '../readOnlyDocuments.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { type ChatContext, createChatContext } from './context/chatContext.ts';
import { createReadAhead } from './context/readAhead.ts';
import { conversationHandlers } from './conversationHandlers.ts';
import { createEventBatches } from './eventBatches.ts';
import { createFirstRun } from './firstRun.ts';
import { answerHostRequests, stagingOf } from './hostRequests.ts';
import { loadChatTools } from './loadChatTools.ts';
import { createPanel, type Panel } from './panel.ts';
import { type AllHandlers, handle } from './panelHandlers.ts';
import { createPanelProblem, type PanelProblem } from './panelProblem.ts';
import { modeInForce, panelModel, panelState } from './panelState.ts';
import { createPendingQuestions, type PendingQuestions } from './pendingQuestions.ts';
import type { Removals } from './removals.ts';
import { createSessionClient, type SessionClient } from './sessionClient.ts';
import { createSessionTexts, type SessionTexts } from './sessionTexts.ts';

export interface ConversationDeps {
  sidecar: SidecarClient;
  /** Kept for this workspace over a reload. */
  memento: vscode.Memento;
  /** Kept for all windows of the person. */
  globalMemento: vscode.Memento;
  review: Review;
  /** The model that would answer now. It also decides what the panel says about where the code goes. */
  modelStatus(): ModelStatus;
  onModelStatus: vscode.Event<ModelStatus>;
  /** What a button of a problem does; undefined if it does nothing, and then it is not offered. */
  problemAction(problem: ProblemReport, action: string): (() => unknown) | undefined;
  extensionUri: vscode.Uri;
  onDemand(): OnDemand;
  log: vscode.LogOutputChannel;
}

/** What the chat view does around a conversation. */
export interface Surroundings {
  /** The session that is shown is another one, or something of it changed. */
  onSession(): void;
  onPending(sessionId: string, added: Pending | undefined): void;
  /** A turn ended with edits to review. */
  onReview(changeSet: ChangeSet): void;
  /** Shows the panel with the cursor in the composer. */
  open(): Promise<void>;
  /** The page has the focus, or its input. */
  onFocus(panel: boolean, input: boolean): void;
}

/** The parts of the conversation, tied together: sessions, what waits for the person, context, and the pages that show it. */
export interface Conversation extends vscode.Disposable {
  panel: Panel;
  sessions: SessionClient;
  pending: PendingQuestions;
  context: ChatContext;
  problem: PanelProblem;
  texts: SessionTexts;
  /** Goes to the pages now, or to the first that listens. */
  post(message: HostMessage): void;
}

export function createConversation(deps: ConversationDeps, around: Surroundings): Conversation {
  const { log, sidecar } = deps;
  const documents = createReadOnlyDocuments('devstral-text');
  let model = panelModel(deps.modelStatus());
  let whenReady: HostMessage[] = [];
  let historyQuery: string | undefined;
  let countedBy = '';
  let made: Removals | undefined;
  let handlers: AllHandlers | undefined;

  const panel = createPanel({ extensionUri: deps.extensionUri, log, onReady, onMessage });
  const problem = createPanelProblem({
    problemAction: deps.problemAction,
    onChange: (report) => panel.post({ type: 'problem', problem: report }),
    log,
  });
  const batches = createEventBatches((events) =>
    panel.post({ type: 'events', sessionId: sessions.shown().id, events: events.map(problem.offered) }),
  );
  const pending = createPendingQuestions((sessionId, added) => {
    const { id } = sessions.shown();
    if (sessionId === id) panel.post({ type: 'pending', sessionId, pending: pending.of(id) });
    around.onPending(sessionId, added);
    historyAgain();
  });
  const staging = stagingOf(sidecar, deps.review, problem.tellError);
  const sessions = createSessionClient({
    sidecar,
    memento: deps.memento,
    newMode: newSessionMode,
    onShown() {
      batches.clear();
      for (const message of state()) panel.post(message);
      onChange();
      context.stale();
    },
    onEvents(events) {
      batches.add(events);
      if (events.some((event) => 'index' in event && settled.has(event.event.type))) context.stale();
    },
    onChange,
    onTurns: historyAgain,
    onProblem: problem.tell,
    onStaged: staging.keep,
  });
  const texts = createSessionTexts(sessions, documents);
  const tools = () => loadChatTools(deps.extensionUri);
  const context = createChatContext({
    sidecar,
    tools,
    sessionId: () => sessions.shown().id,
    post: panel.post,
    postWhenReady: post,
    refuse: problem.tell,
    open: around.open,
  });
  const readAhead = createReadAhead({
    sidecar,
    sessionId: () => sessions.shown().id,
    items: context.list.items,
    onItems: context.list.onChange,
    log,
  });
  const firstRun = createFirstRun({
    sidecar,
    status: deps.modelStatus,
    onStatus: deps.onModelStatus,
    memento: deps.globalMemento,
    post: panel.post,
    onError: problem.tellError,
  });
  const removals = () => (made ??= deps.onDemand().createRemovals(sessions, historyAgain, problem.tellError));
  answerHostRequests(sidecar, pending, deps.review, staging, around.onReview);
  sidecar.onEnded((report) => {
    pending.endAll();
    if (report) problem.tell(report);
  });

  function state(): HostMessage[] {
    return panelState({
      ...{ model, problem, pending, firstRun },
      session: sessions.shown(),
      review: deps.review.panel,
      context: context.list,
    });
  }

  async function onReady(): Promise<HostMessage[]> {
    await sessions.restore().catch(problem.tellError);
    // What waits for the other pages is in the state of this one.
    batches.flush();
    firstRun.look();
    const report = problem.shown();
    return [...state(), ...(report ? [{ type: 'problem' as const, problem: report }] : []), ...whenReady.splice(0)];
  }

  async function onMessage(message: Parameters<typeof handle>[1]): Promise<void> {
    try {
      handlers ??= conversationHandlers(
        {
          ...{ sidecar, tools, panel, sessions, pending, context, readAhead, firstRun, problem, texts },
          ...{ removals, post, history },
          review: deps.review,
          model: () => model,
          problemAction: deps.problemAction,
          onFocus: around.onFocus,
        },
        deps.onDemand(),
      );
      await handle(handlers, message);
    } catch (error) {
      problem.tellError(error);
    }
  }

  function post(message: HostMessage): void {
    if (panel.ready()) panel.post(message);
    // The last command says where the cursor goes; images are all added.
    else whenReady = [...whenReady.filter(({ type }) => type === 'readImage'), message];
  }

  function onChange(): void {
    panel.post({ type: 'title', title: sessions.shown().title });
    panel.post({ type: 'mode', mode: modeInForce(sessions.shown()) });
    around.onSession();
  }

  /** Rows of a history that was asked for follow what happens. */
  function historyAgain(): void {
    if (historyQuery !== undefined && sidecar.running()) history(historyQuery).catch(problem.tellError);
  }

  async function history(query: string): Promise<void> {
    historyQuery = query;
    const found = await deps.onDemand().historyOf(sessions, pending, removals(), query);
    if (historyQuery === query) panel.post({ type: 'sessions', query, sessions: found });
  }

  const subscriptions = vscode.Disposable.from(
    readAhead,
    context,
    documents,
    staging,
    deps.review.panel.onDidChangeStaged((staged) => panel.post({ type: 'staged', staged })),
    firstRun,
    deps.onModelStatus((status) => {
      model = panelModel(status);
      panel.post({ type: 'model', model });
      const counts = `${status.name} ${model.contextSize} ${status.state.state === 'ready'}`;
      if (counts !== countedBy) context.stale();
      countedBy = counts;
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(async () => {
      // One in which nothing was sent begins as the person has set it.
      if (sessions.shown().id === '') await sessions.setMode(newSessionMode());
      else onChange();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('devstral.chat')) panel.post({ type: 'settings', settings: panelSettings() });
    }),
  );
  return {
    panel,
    sessions,
    pending,
    context,
    problem,
    texts,
    post,
    dispose() {
      batches.clear();
      made?.dispose();
      subscriptions.dispose();
    },
  };
}

/** Events after which the next prompt is counted anew; within a turn it changes with every step. */
const settled: ReadonlySet<string> = new Set(['user', 'end', 'condensed']);

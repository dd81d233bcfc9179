import type { ProblemReport } from '../../sidecar/protocol/problems.ts';
import type { HostMessage, PanelModel } from '../../webview/protocol.ts';
import { keepRule } from '../agent/agentSettings.ts';
import type { Review } from '../edits/registerReview.ts';
import type { OnDemand } from '../onDemand.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import type { ChatTools } from './chatTools.ts';
import type { ChatContext } from './context/chatContext.ts';
import type { ContextItem } from './context/contextItem.ts';
import type { ReadAhead } from './context/readAhead.ts';
import type { FirstRunPart } from './firstRun.ts';
import type { Panel } from './panel.ts';
import type { AllHandlers } from './panelHandlers.ts';
import type { PanelProblem } from './panelProblem.ts';
import type { PendingQuestions } from './pendingQuestions.ts';
import type { Removals } from './removals.ts';
import type { SessionClient } from './sessionClient.ts';
import type { SessionTexts } from './sessionTexts.ts';

/** What the messages of a page reach: the parts of its conversation. */
interface Parts {
  sidecar: Pick<SidecarClient, 'request'>;
  tools(): ChatTools;
  review: Review;
  panel: Panel;
  sessions: SessionClient;
  pending: PendingQuestions;
  context: ChatContext;
  readAhead: ReadAhead;
  firstRun: FirstRunPart;
  problem: PanelProblem;
  texts: SessionTexts;
  /** The model that would answer now. */
  model(): PanelModel;
  removals(): Removals;
  post(message: HostMessage): void;
  history(query: string): Promise<void>;
  problemAction(problem: ProblemReport, action: string): (() => unknown) | undefined;
  onFocus(panel: boolean, input: boolean): void;
}

/** What each message of a page does. Made with the first one, because the bundle on demand is loaded for it. */
export function conversationHandlers(parts: Parts, onDemand: OnDemand): AllHandlers {
  const { sidecar, review, panel, sessions, pending, context, readAhead, firstRun, problem, texts, post } = parts;
  const { answerHandlers, sessionHandlers, reviewHandlers } = onDemand;

  const code = () =>
    parts.tools().codeHandlers({
      hunks: async (base, proposed) => (await sidecar.request('changesHunks', { base, proposed })).hunks,
      stage: review.stage,
      editor: context.list.lastEditor,
    });

  /** An image stays behind where the model sees none. */
  const goesAlong = (item: ContextItem) => item.context.kind !== 'image' || parts.model().images !== null;

  return {
    ...answerHandlers,
    ...context.handlers,
    ...firstRun.handlers,
    insertCode: (block) => code().insertCode(block),
    applyCode: (block) => code().applyCode(block),
    newFile: (block) => code().newFile(block),
    ...sessionHandlers({
      sessions,
      pending,
      problem,
      texts,
      context: async () =>
        context.list
          .items()
          .filter(goesAlong)
          .map((item) => item.context),
      contextSent: () => context.list.clearAdded(goesAlong),
      putBack: context.putBack,
      post,
      history: parts.history,
      removals: parts.removals,
      runAction: (report, action) => parts.problemAction(report, action)?.(),
      switchMode: () => onDemand.switchMode(sessions),
      keepRule,
    }),
    ...reviewHandlers(review, () => sessions.shown().snapshot()),
    writing: ({ active }) => readAhead.writing(active),
    async previewCondense() {
      panel.post({ type: 'dropped', turns: await sessions.dropped() });
    },
    focus: ({ panel: inPanel, input }) => parts.onFocus(inPanel, input),
  };
}

import * as vscode from 'vscode';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import type { HostMessage, PanelModel } from '../../webview/protocol.ts';
import { sessionParts } from '../../webview/sessionParts.ts';
import { panelSettings } from '../agent/agentSettings.ts';
import type { ReviewPanel } from '../edits/reviewPanel.ts';
import type { ContextList } from './context/contextList.ts';
import type { FirstRunPart } from './firstRun.ts';
import type { PanelProblem } from './panelProblem.ts';
import type { PendingQuestions } from './pendingQuestions.ts';
import type { SessionState } from './sessionState.ts';

/** Where a page's state comes from. */
interface Sources {
  session: SessionState;
  model: PanelModel;
  problem: Pick<PanelProblem, 'offered'>;
  pending: Pick<PendingQuestions, 'of'>;
  review: Pick<ReviewPanel, 'staged'>;
  context: Pick<ContextList, 'chips'>;
  firstRun: Pick<FirstRunPart, 'shown' | 'downloads'>;
}

/** All that a page shows: the newest turns of the session with what is around them, and then the turns before. */
export function panelState({ session, model, problem, pending, review, context, firstRun }: Sources): HostMessage[] {
  const snapshot = session.snapshot();
  const { newest, earlier } = sessionParts(snapshot.events.map(problem.offered));
  const now: HostMessage = {
    type: 'state',
    session: { ...snapshot, mode: modeInForce(session), events: newest },
    pending: pending.of(session.id),
    staged: review.staged(),
    context: context.chips(),
    model,
    settings: panelSettings(),
    firstRun: firstRun.shown(),
    downloads: firstRun.downloads(),
    language: vscode.env.language,
    platform: process.platform === 'darwin' ? 'mac' : process.platform === 'win32' ? 'windows' : 'linux',
  };
  return [now, ...earlier.map((events) => ({ type: 'earlier' as const, sessionId: session.id, events }))];
}

/** Without trust a session only reads, whatever was chosen. */
export function modeInForce({ mode }: { readonly mode: AgentMode }): AgentMode {
  return vscode.workspace.isTrusted ? mode : 'plan';
}

/** The model as the panel names it. */
export function panelModel({ name, kind, detail }: ModelStatus): PanelModel {
  // llama.cpp's part for images (mmproj) is not in the engine's binding: no model sees here.
  const images = kind === 'local' ? null : detail?.images;
  return {
    name,
    kind,
    ...(images === undefined ? {} : { images }),
    ...(detail?.contextSize === undefined ? {} : { contextSize: detail.contextSize }),
  };
}

import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../sidecar/protocol/problems.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { SidecarStopped } from '../sidecarClient.ts';

/** Buttons of a problem that the conversation itself answers (`sessionHandlers.ts`). */
const conversationActions: ReadonlySet<string> = new Set([
  'Retry',
  'Continue',
  'Try Now',
  'Resume',
  'Resume Download',
  'Download Again',
  'New Session',
  'Condense',
  'Give a Hint...',
  'Remove Context...',
]);

interface Deps {
  /** What a button of a problem does; undefined if it does nothing, and then it is not offered. */
  problemAction(problem: ProblemReport, action: string): (() => unknown) | undefined;
  onChange(report: ProblemReport | null): void;
  log: vscode.LogOutputChannel;
}

/** The panel's own problem card, and what cards offer. */
export interface PanelProblem {
  shown(): ProblemReport | null;
  tell(report: ProblemReport | null): void;
  /** A request to the sidecar did not work out. */
  tellError(error: unknown): void;
  /** Said once in a window. */
  tellTrust(): void;
  /** An event with those buttons only that do something here. */
  offered(event: SessionEvent): SessionEvent;
}

export function createPanelProblem({ problemAction, onChange, log }: Deps): PanelProblem {
  let shown: ProblemReport | null = null;
  let trustTold = false;

  function withActions(report: ProblemReport, closes = false): ProblemReport {
    const does = (action: string) =>
      conversationActions.has(action) ||
      (closes && ['Close', 'Cancel'].includes(action)) ||
      problemAction(report, action) !== undefined;
    return { ...report, actions: report.actions.filter(does) };
  }

  function tell(report: ProblemReport | null): void {
    if (report === null && shown === null) return;
    shown = report && withActions(report, true);
    onChange(shown);
  }

  return {
    shown: () => shown,
    tell,
    tellError(error) {
      log.error(`chat: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      const ended = error instanceof SidecarStopped ? error.report : undefined;
      const reason = t('The request was not carried out; the conversation is as before.');
      tell(ended ?? problem('internal', { reason }));
    },
    tellTrust() {
      if (vscode.workspace.isTrusted || trustTold) return;
      trustTold = true;
      tell(problem('untrusted', {}));
    },
    offered(event) {
      if ('index' in event) {
        if (event.event.type !== 'end' || !event.event.problem) return event;
        return { ...event, event: { ...event.event, problem: withActions(event.event.problem) } };
      }
      if (event.event.type !== 'broken') return event;
      return { event: { ...event.event, problem: withActions(event.event.problem) } };
    },
  };
}

import './displayLanguage.ts';
import { problems, symbols } from './agent/languageTools.ts';
import { answerHandlers } from './chat/answerHandlers.ts';
import { exportSession } from './chat/exportSession.ts';
import { historyOf } from './chat/history.ts';
import { importSession } from './chat/importSession.ts';
import { notifyPending, notifyReview } from './chat/pendingNotice.ts';
import { createRemovals } from './chat/removals.ts';
import { reviewHandlers } from './chat/reviewHandlers.ts';
import { sessionHandlers } from './chat/sessionHandlers.ts';
import { switchMode } from './chat/switchMode.ts';
import { copyDiagnostics } from './diagnosticsReport.ts';
import { newDiagnostics } from './edits/newDiagnostics.ts';
import { readText } from './edits/readText.ts';
import { createModelCommands } from './models/switchModel.ts';

/**
 * What the sidecar asks for and what is seldom used, in a bundle of its own (`dist/onDemand.cjs`): activation does without.
 * Nothing here may test for a class of the other bundle with `instanceof`.
 */
export const onDemand = {
  problems,
  symbols,
  copyDiagnostics,
  newDiagnostics,
  readText,
  createModelCommands,
  exportSession,
  importSession,
  historyOf,
  createRemovals,
  notifyPending,
  notifyReview,
  switchMode,
  answerHandlers,
  sessionHandlers,
  reviewHandlers,
};

export type OnDemand = typeof onDemand;

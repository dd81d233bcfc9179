import type * as z from 'zod/mini';
import { changesApply, changesHunks, changesRebase, changesUndo } from './changes.ts';
import { chatEvent, chatSend } from './chat.ts';
import { cudaDownload, cudaRemove } from './cuda.ts';
import { diagnosticsCollect } from './diagnostics.ts';
import { editPartial, editStart } from './edit.ts';
import { fixStart } from './fix.ts';
import { hostApplyEdit, hostDiagnostics, hostNewDiagnostics, hostReadText, hostSymbols, secretGet } from './host.ts';
import { launchChoices, launchCommand } from './launch.ts';
import {
  machineDescribe,
  modelAcceptLicence,
  modelChoices,
  modelDownload,
  modelDownloads,
  modelList,
  modelPauseDownload,
  modelPrepare,
  modelRemove,
  modelStatus,
  modelStopTurns,
  modelUnload,
  modelVerify,
  settingsChanged,
} from './models.ts';
import { serverCheck, serverFind } from './servers.ts';
import {
  hostAsk,
  hostKeepRule,
  hostPermit,
  hostReview,
  sessionBudget,
  sessionCondense,
  sessionContinue,
  sessionCreate,
  sessionEvents,
  sessionExport,
  sessionFork,
  sessionList,
  sessionMode,
  sessionMoveWaiting,
  sessionOpen,
  sessionRemove,
  sessionRename,
  sessionRestore,
  sessionReview,
  sessionSearch,
  sessionSend,
  sessionSendNext,
  sessionStop,
  sessionStopCall,
  sessionTakeBack,
} from './sessions.ts';

/**
 * Every message by its name. The extension names messages and only loads their schemas with the language client:
 * to build them takes longer than all the rest of its activation.
 */
export const requests = {
  modelChoices,
  modelDownload,
  modelDownloads,
  modelPauseDownload,
  modelStopTurns,
  modelVerify,
  machineDescribe,
  modelAcceptLicence,
  modelRemove,
  changesApply,
  changesHunks,
  changesRebase,
  changesUndo,
  chatSend,
  cudaDownload,
  cudaRemove,
  diagnosticsCollect,
  editStart,
  fixStart,
  hostApplyEdit,
  hostDiagnostics,
  hostNewDiagnostics,
  hostReadText,
  hostSymbols,
  launchChoices,
  launchCommand,
  modelList,
  modelPrepare,
  modelUnload,
  secretGet,
  serverCheck,
  serverFind,
  hostAsk,
  hostKeepRule,
  hostPermit,
  hostReview,
  sessionBudget,
  sessionCondense,
  sessionContinue,
  sessionCreate,
  sessionExport,
  sessionFork,
  sessionList,
  sessionMode,
  sessionMoveWaiting,
  sessionOpen,
  sessionRemove,
  sessionRename,
  sessionRestore,
  sessionReview,
  sessionSearch,
  sessionSend,
  sessionSendNext,
  sessionStop,
  sessionStopCall,
  sessionTakeBack,
};
export const notifications = { chatEvent, editPartial, modelStatus, sessionEvents, settingsChanged };

export type RequestName = keyof typeof requests;
export type NotificationName = keyof typeof notifications;
export type RequestParams<N extends RequestName> = z.infer<(typeof requests)[N]['params']>;
export type RequestResult<N extends RequestName> = z.infer<(typeof requests)[N]['result']>;
export type NotificationParams<N extends NotificationName> = z.infer<(typeof notifications)[N]['params']>;

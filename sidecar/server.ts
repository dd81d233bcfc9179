import { fileURLToPath } from 'node:url';
import {
  DidChangeTextDocumentNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  ShutdownRequest,
  TextDocumentSyncKind,
} from 'vscode-languageserver-protocol/node';
import { runEditRequest } from './agent/editRequest.ts';
import { runFixRequest } from './agent/fixRequest.ts';
import { startAgentServer } from './agentServer.ts';
import { collectDiagnostics } from './diagnostics.ts';
import { checksText } from './doctor/checks.ts';
import { lookAtMachine } from './doctor/lookAtMachine.ts';
import { describeServer } from './doctor/server/describeServer.ts';
import { computeHunks } from './edits/hunks.ts';
import { rebaseProposal } from './edits/rebaseProposal.ts';
import { answerCudaDownload, answerCudaRemove } from './hardware/cuda/answerCuda.ts';
import { shortHardwareText } from './hardware/hardwareText.ts';
import { knownMachine } from './hardware/knownMachine.ts';
import { createEditorHost } from './host/editorHost.ts';
import { answerLaunchChoices, answerLaunchCommand } from './launch/launchRequests.ts';
import type { Log } from './log.ts';
import { findServers } from './models/backends/remote/recognise/findServers.ts';
import { createModelManager, type ModelManager } from './models/modelManager.ts';
import { createFractionMeter } from './progressFraction.ts';
import { changesApply, changesHunks, changesRebase, changesUndo } from './protocol/changes.ts';
import { cudaDownload, cudaRemove } from './protocol/cuda.ts';
import { diagnosticsCollect } from './protocol/diagnostics.ts';
import { editPartial, editStart } from './protocol/edit.ts';
import { fixStart } from './protocol/fix.ts';
import { launchChoices, launchCommand } from './protocol/launch.ts';
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
  SidecarSettings,
  settingsChanged,
} from './protocol/models.ts';
import type { TurnProgress } from './protocol/progress.ts';
import { serverCheck, serverFind } from './protocol/servers.ts';
import { displayLanguage, t } from './protocol/translate.ts';
import { onNotification, onRequest, sendNotification, sendProgress } from './serverMessages.ts';
import { version } from './version.ts';
import { applyOutcomes, undoApply } from './workspace/applyChanges.ts';
import { dataFolders } from './workspace/dataFolders.ts';
import { createDocuments } from './workspace/documents.ts';
import { openJournal, recoverOpenIntents } from './workspace/journal.ts';

/**
 * Composition root of the sidecar: ties the messages of the protocol to what answers them.
 * `exit` ends the process; it is called on the editor's `exit` and after the answer to `shutdown` is out.
 */
export function startServer(connection: ProtocolConnection, log: Log, exit: () => void): void {
  const host = createEditorHost(connection);
  const documents = createDocuments(host);
  const roots = new Set<string>();
  const journal = openJournal(dataFolders().data);
  let models: ModelManager | undefined;

  const started = (): ModelManager => {
    if (!models) throw new Error('the editor has not sent initialize');
    return models;
  };

  connection.onRequest(InitializeRequest.type, async (params): Promise<InitializeResult> => {
    for (const folder of params.workspaceFolders ?? []) addRoot(folder.uri);
    models = createModelManager({
      settings: SidecarSettings.parse(params.initializationOptions),
      secret: (origin) => host.secret(origin),
      onStatus: (status) => sendNotification(connection, modelStatus, status),
      log,
    });
    models.watchDownloads();
    for (const report of await recoverOpenIntents(journal)) log.warn(report);
    return {
      capabilities: {
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
      serverInfo: { name: 'devstral', version },
    };
  });
  connection.onRequest(ShutdownRequest.type, async () => {
    await agent.dispose();
    await models?.dispose();
  });
  connection.onNotification(ExitNotification.type, exit);

  connection.onNotification(DidOpenTextDocumentNotification.type, ({ textDocument }) => {
    documents.open(textDocument.uri, textDocument.languageId, textDocument.version, textDocument.text);
  });
  connection.onNotification(DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
    documents.change(textDocument.uri, textDocument.version, contentChanges);
  });
  connection.onNotification(DidCloseTextDocumentNotification.type, ({ textDocument }) =>
    documents.close(textDocument.uri),
  );
  connection.onNotification(DidChangeWorkspaceFoldersNotification.type, ({ event }) => {
    for (const folder of event.removed) if (folder.uri.startsWith('file:')) roots.delete(fileURLToPath(folder.uri));
    for (const folder of event.added) addRoot(folder.uri);
  });

  function addRoot(uri: string): void {
    if (uri.startsWith('file:')) roots.add(fileURLToPath(uri));
  }

  function reporter(workDoneToken: string | undefined): (progress: TurnProgress) => void {
    if (workDoneToken === undefined) return () => undefined;
    const fractionOf = createFractionMeter();
    return (progress) => sendProgress(connection, workDoneToken, { progress, ...fractionOf(progress) });
  }

  onRequest(connection, fixStart, (params, signal) =>
    runFixRequest(params, {
      documents,
      models: started(),
      host,
      roots: [...roots],
      report: reporter(params.workDoneToken),
      log,
      signal,
    }),
  );
  onRequest(connection, editStart, (params, signal) =>
    runEditRequest(params, {
      documents,
      models: started(),
      roots: [...roots],
      report: reporter(params.workDoneToken),
      partial: (part) => sendNotification(connection, editPartial, part),
      log,
      signal,
    }),
  );
  onRequest(connection, changesHunks, async ({ base, proposed }) => ({ hunks: computeHunks(base, proposed) }));
  onRequest(connection, changesRebase, async (params) => rebaseProposal(params));
  const applying = (signal: AbortSignal) => {
    return { host, journal, currentText: (uri: string) => documents.read(uri, signal), signal };
  };
  const notNoted = (error: unknown) => log.warn(`note of an undo: ${String(error)}`);
  onRequest(connection, changesApply, async (params, signal) => {
    const result = await applyOutcomes(params, applying(signal));
    await agent.undoNotes.applied(params.changeSetId, params.files, result).catch(notNoted);
    return result;
  });
  onRequest(connection, changesUndo, async ({ applyId }, signal) => {
    const result = await undoApply(applyId, applying(signal));
    await agent.undoNotes.undone(applyId, result).catch(notNoted);
    return result;
  });

  const agent = startAgentServer(connection, {
    host,
    documents,
    journal,
    models: started,
    roots: () => [...roots],
    log,
  });

  onRequest(connection, modelList, async () => ({ models: await started().list() }));
  onRequest(connection, modelAcceptLicence, async ({ id }) => {
    await started().acceptLicence(id);
    return {};
  });
  onRequest(connection, modelDownload, async ({ id, workDoneToken }, signal) => {
    const result = await started().download(id, reporter(workDoneToken), signal);
    return result.kind === 'failed' ? { ready: false, problem: result.problem } : { ready: result.kind === 'ready' };
  });
  onRequest(connection, modelPauseDownload, async ({ id }) => ({ paused: started().pauseDownload(id) }));
  onRequest(connection, modelDownloads, async () => ({ downloads: await started().unfinishedDownloads() }));
  onRequest(connection, modelVerify, ({ path, workDoneToken }, signal) =>
    started().verify(path, reporter(workDoneToken), signal),
  );
  onRequest(connection, modelChoices, ({ id }, signal) => started().sizes(id, signal));
  onRequest(connection, modelRemove, async ({ path }) => {
    const removed = await started().remove(path);
    if (removed.kind === 'failed') return { freed: 0, problem: removed.problem };
    return { freed: removed.kind === 'removed' ? removed.bytes : 0 };
  });
  onRequest(connection, machineDescribe, async () => ({
    text: checksText(await lookAtMachine(started().settings().modelsFolder, displayLanguage())),
    short: shortHardwareText(await knownMachine(), displayLanguage()),
  }));
  onRequest(connection, cudaDownload, ({ workDoneToken }, signal) =>
    answerCudaDownload(started(), reporter(workDoneToken), signal),
  );
  onRequest(connection, cudaRemove, () => answerCudaRemove(started()));
  onRequest(connection, modelStopTurns, async () => {
    started().stopTurns();
    return {};
  });
  onRequest(connection, modelUnload, async () => {
    await started().unload();
    return {};
  });
  onRequest(connection, modelPrepare, async ({ workDoneToken }, signal) => {
    const prepared = await started().prepare(reporter(workDoneToken), signal);
    return prepared.kind === 'failed'
      ? { ready: false, problem: prepared.problem }
      : { ready: prepared.kind === 'ready' };
  });
  onRequest(connection, launchChoices, answerLaunchChoices);
  onRequest(connection, launchCommand, (params, signal) => answerLaunchCommand(params, started().settings(), signal));
  onRequest(connection, serverFind, async ({ workDoneToken }, signal) => {
    const report = reporter(workDoneToken);
    const title = t('Looking at the usual ports of this computer');
    const onDone = (done: number, total: number) => report({ phase: 'server', title, done, total });
    return { servers: await findServers({ getKey: (origin) => host.secret(origin), log, onDone }, signal) };
  });
  onRequest(connection, serverCheck, ({ url, model, workDoneToken }, signal) => {
    const { offline, proxy, servers } = started().settings();
    const headers = servers.find((entry) => entry.url === url)?.headers;
    const getKey = (origin: string) => host.secret(origin);
    return describeServer({ url, model, headers, offline, proxy, getKey, log }, reporter(workDoneToken), signal);
  });
  onNotification(connection, settingsChanged, (settings) => started().configure(settings));
  onRequest(connection, diagnosticsCollect, async () => ({ report: await collectDiagnostics(log, models?.status()) }));
}

import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import { defaultAgentSettings } from './agent/agentDefaults.ts';
import { createAgentWorkspace } from './agent/agentWorkspace.ts';
import { createOpenSessions } from './agent/openSessions.ts';
import { createUndoNotes, type UndoNotes } from './agent/undoNotes.ts';
import { killAllCommands } from './commands/killTree.ts';
import { createEventBatch } from './eventBatch.ts';
import { createEditorPerson } from './host/editorPerson.ts';
import type { Host } from './host/host.ts';
import type { Log } from './log.ts';
import type { ModelManager } from './models/modelManager.ts';
import type { SessionEvent } from './protocol/sessionEvents.ts';
import { hostKeepRule, sessionEvents } from './protocol/sessions.ts';
import { sendNotification } from './serverMessages.ts';
import { answerSessionRequests } from './sessionRequests.ts';
import { dataFolders } from './workspace/dataFolders.ts';
import type { Documents } from './workspace/documents.ts';
import type { Journal } from './workspace/journal.ts';
import { shownPath } from './workspace/shownPath.ts';
import { realPath } from './workspace/workspacePath.ts';

interface Deps {
  host: Host;
  documents: Documents;
  journal: Journal;
  models(): ModelManager;
  /** As the editor names them. */
  roots(): readonly string[];
  log: Log;
}

const cleanUpMs = 20_000;

/** The agent behind an editor: its sessions, told in one message a tick each. */
export function startAgentServer(
  connection: ProtocolConnection,
  { host, documents, journal, models, roots, log }: Deps,
): { undoNotes: UndoNotes; dispose(): Promise<void> } {
  const realRoots = () => roots().map((root) => realPath(root) ?? root);
  const settings = () => models().settings().agent ?? defaultAgentSettings;
  const data = dataFolders().data;
  const workspace = createAgentWorkspace({
    ...{ host, documents, journal, models, data, log, settings },
    roots: realRoots,
  });

  const events = createEventBatch<{ sessionId: string; event: SessionEvent }>((batch) => {
    for (const sessionId of new Set(batch.map((one) => one.sessionId))) {
      const own = batch.filter((one) => one.sessionId === sessionId).map(({ event }) => event);
      sendNotification(connection, sessionEvents, { sessionId, events: own });
    }
  });

  const sessions = createOpenSessions({
    workspace,
    contextDeps: { documents, roots: realRoots },
    personFor: (sessionId) => createEditorPerson(connection, sessionId),
    keepRule: async (rule) => {
      await connection.sendRequest(hostKeepRule.method, { rule });
    },
    tell: (sessionId, event) => events.add({ sessionId, event }),
    log,
  });
  const undoNotes = createUndoNotes({ sessions, journal, nameOf: (uri) => shownPath(realRoots(), uri) });
  answerSessionRequests(connection, {
    ...{ sessions, workspace, models, documents, journal, undoNotes },
    roots: realRoots,
    // What was told before an answer goes out before it.
    settle: events.flush,
  });
  process.once('exit', killAllCommands);
  // Not while the editor starts.
  setTimeout(() => {
    workspace.cleanUp().catch((error: unknown) => log.warn(`old sessions: ${String(error)}`));
  }, cleanUpMs).unref();

  return {
    undoNotes,
    async dispose() {
      await sessions.dispose();
      await workspace.dispose();
    },
  };
}

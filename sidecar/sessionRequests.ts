import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type { AgentWorkspace } from './agent/agentWorkspace.ts';
import { contextAgain } from './agent/contextAgain.ts';
import type { LiveSession } from './agent/liveSession.ts';
import { notOpenedProblem, type OpenSessions } from './agent/openSessions.ts';
import { titleOf } from './agent/sessionTitle.ts';
import type { UndoNotes } from './agent/undoNotes.ts';
import { openCheckpoints } from './checkpoints/checkpointStore.ts';
import { restoreTurn } from './checkpoints/restoreTurn.ts';
import type { ModelManager } from './models/modelManager.ts';
import { answerNextPromptRequests, type NextPromptRequest } from './nextPromptRequests.ts';
import type { AgentEvent } from './protocol/agentEvents.ts';
import type { RequestName } from './protocol/messages.ts';
import type { ProblemReport } from './protocol/problems.ts';
import { t } from './protocol/translate.ts';
import { onRequests } from './serverMessages.ts';
import { branchPoints, familiesOf } from './sessions/branches.ts';
import { readDevstralIgnore } from './sessions/devstralIgnore.ts';
import { appliedFiles, exportMarkdown } from './sessions/exportMarkdown.ts';
import { exportJson } from './sessions/exportSession.ts';
import { openSessionImages } from './sessions/sessionImages.ts';
import { promptIndexes } from './sessions/sessionStore.ts';
import type { Documents } from './workspace/documents.ts';
import type { Journal } from './workspace/journal.ts';
import { shownPath } from './workspace/shownPath.ts';

interface Deps {
  sessions: OpenSessions;
  workspace: AgentWorkspace;
  models(): ModelManager;
  documents: Documents;
  journal: Journal;
  undoNotes: UndoNotes;
  roots(): readonly string[];
  /** Sends the events that have been told so far. */
  settle(): void;
}

/** Why a file is not taken back, in words. */
const notRestoredReasons = {
  large: t('it is too large'),
  notText: t('it is not text'),
  unknown: t('what was in it is not known'),
  endings: t('only its line endings differ'),
} as const;

/** Answers `devstral/session/*`. */
export function answerSessionRequests(connection: ProtocolConnection, deps: Deps): void {
  const { sessions, workspace, models, documents, journal, undoNotes, roots, settle } = deps;

  /** A session that the editor has opened. */
  async function opened(id: string): Promise<LiveSession> {
    const found = await sessions.open(id);
    if (found.kind === 'failed') throw new Error(found.problem.sentence);
    return found.live;
  }
  /** A session of which nothing was sent yet has no id. */
  async function eventsOf(id: string): Promise<AgentEvent[]> {
    return id === '' ? [] : (await opened(id)).session.log.events.map(({ event }) => event);
  }
  /** The other branches of a session's conversation. */
  async function othersOf(id: string): Promise<string[]> {
    const members = familiesOf(await (await workspace.store()).list()).get(id)?.members ?? [];
    return members.filter((other) => other !== id);
  }
  /** A problem that is an answer; what is thrown is a bug. */
  const failed = (report: ProblemReport) => ({ kind: 'failed' as const, problem: report });

  answerNextPromptRequests(connection, { eventsOf, workspace, models, documents, roots });
  onRequests<Exclude<Extract<RequestName, `session${string}`>, NextPromptRequest>>(connection, {
    sessionList: async () => {
      const store = await workspace.store();
      // One that was begun and never used is not worth a row.
      const found = (await store.list()).filter(({ messages }) => messages > 0);
      const families = familiesOf(found);
      return {
        sessions: found.map(({ openIn, bytes: _bytes, branchOf: _branchOf, ...summary }) => {
          const here = sessions.get(summary.id);
          const state = here?.running()
            ? ('running' as const)
            : here?.session.staged()
              ? ('waits' as const)
              : summary.state;
          const { family, members } = families.get(summary.id) ?? { family: '', members: [] };
          const openElsewhere = openIn !== null && openIn !== process.pid;
          return { ...summary, state, openElsewhere, ...(members.length > 1 ? { family } : {}) };
        }),
      };
    },
    sessionSearch: async ({ query }, signal) => {
      const hits = await (await workspace.store()).search(query, signal);
      return { hits: hits.map(({ id, excerpt }) => ({ sessionId: id, excerpt })) };
    },
    sessionCreate: async ({ mode }) => {
      const live = await sessions.create(mode);
      return { sessionId: live.session.log.head.id };
    },
    sessionOpen: async ({ sessionId }) => {
      const found = await sessions.open(sessionId);
      if (found.kind === 'failed') {
        settle();
        return found;
      }
      const all = await (await workspace.store()).list();
      const prompts = promptIndexes(found.live.session.log.events.map(({ event }) => event));
      const branches = branchPoints(all, sessionId, prompts, found.live.session.log.events.length);
      // The snapshot has all that was told before it.
      settle();
      return { ...found.live.snapshot(), branches };
    },
    sessionSend: async ({ sessionId, text, context, whenBusy }) => {
      return { taken: (await opened(sessionId)).send({ text, context }, whenBusy) };
    },
    sessionContinue: async ({ sessionId }) => ({ started: (await opened(sessionId)).goOn() }),
    sessionStop: async ({ sessionId }) => {
      await sessions.get(sessionId)?.stop();
      settle();
      return {};
    },
    sessionTakeBack: async ({ sessionId, messageId }) => {
      const taken = sessions.get(sessionId)?.takeBack(messageId);
      return { message: taken ? { text: taken.text, context: [...taken.context] } : null };
    },
    sessionMoveWaiting: async ({ sessionId, messageId, by }) => {
      sessions.get(sessionId)?.moveWaiting(messageId, by);
      return {};
    },
    sessionSendNext: async ({ sessionId }) => ({ started: sessions.get(sessionId)?.sendNext() ?? false }),
    sessionStopCall: async ({ sessionId, callId }) => ({
      stopped: sessions.get(sessionId)?.session.stopCall(callId) ?? false,
    }),
    sessionMode: async ({ sessionId, mode }) => {
      (await opened(sessionId)).mode = mode;
      return {};
    },
    sessionRename: async ({ sessionId, title }) => {
      const store = await workspace.store();
      const rename = async (id: string) => {
        const live = sessions.get(id);
        if (!live) return store.rename(id, title);
        await live.rename(title);
        return { kind: 'done' as const };
      };
      const renamed = await rename(sessionId);
      if (renamed.kind !== 'done') return failed(notOpenedProblem(renamed));
      // A branch that another window has open keeps its name.
      for (const id of await othersOf(sessionId)) await rename(id);
      return renamed;
    },
    sessionRemove: async ({ sessionId }) => {
      const store = await workspace.store();
      const all = [sessionId, ...(await othersOf(sessionId))];
      for (const id of all) {
        await sessions.close(id);
        const removed = await store.remove(id);
        if (removed.kind !== 'done') return failed(notOpenedProblem(removed));
      }
      return { kind: 'done' as const, sessionIds: all };
    },
    sessionFork: async ({ sessionId, events, edited }) => {
      const store = await workspace.store();
      const forked = await store.fork(sessionId, events, edited);
      if (forked.kind !== 'open') return failed(notOpenedProblem(forked));
      await sessions.adopt(forked.log, sessions.get(sessionId)?.mode ?? 'ask');
      const images = openSessionImages(store.files(sessionId).folder);
      const context = edited ? await contextAgain(forked.left, images) : [];
      return { kind: 'done' as const, sessionId: forked.log.head.id, context };
    },
    sessionExport: async ({ sessionId, format }) => {
      const found = await sessions.open(sessionId);
      if (found.kind === 'failed') return found;
      const { log } = found.live.session;
      const isIgnored = await readDevstralIgnore(roots());
      const title = titleOf(log.events.map(({ event }) => event));
      const nameOf = (uri: string) => shownPath(roots(), uri);
      const text =
        format === 'json'
          ? exportJson(log.head, log.events, isIgnored)
          : exportMarkdown(title, log.events, await appliedFiles(log.events, journal, nameOf), isIgnored);
      return { kind: 'done' as const, text };
    },
    sessionImport: async ({ text, mode }) => {
      const read = await (await workspace.store()).importText(text);
      if (read.kind !== 'open') return read;
      await sessions.adopt(read.log, mode);
      return { kind: 'done' as const, sessionId: read.log.head.id };
    },
    sessionReview: async ({ sessionId }) => {
      (await opened(sessionId)).review();
      return {};
    },
    sessionCondense: async ({ sessionId }) => ({ started: (await opened(sessionId)).condense() }),
    sessionRestore: async ({ sessionId, turn }, signal) => {
      const checkpoints = openCheckpoints((await workspace.store()).files(sessionId).folder);
      const current = async (uri: string) => {
        const read = await documents.read(uri, signal);
        return read.kind === 'text' ? read.file : null;
      };
      const id = undoNotes.restoring(sessionId, turn);
      const restored = await restoreTurn(turn, checkpoints, current, { id, title: t('Undo turn') });
      if (restored.kind === 'gone') return restored;
      return {
        kind: 'changes' as const,
        changeSet: restored.changeSet,
        overwritten: restored.overwritten.map((uri) => shownPath(roots(), uri)),
        notRestored: restored.notRestored.map(({ uri, reason }) => {
          return { path: shownPath(roots(), uri), reason: notRestoredReasons[reason] };
        }),
      };
    },
  });
}

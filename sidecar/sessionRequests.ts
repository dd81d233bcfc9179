import { randomUUID } from 'node:crypto';
import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type { AgentWorkspace } from './agent/agentWorkspace.ts';
import { countBudget } from './agent/budget.ts';
import type { LiveSession } from './agent/liveSession.ts';
import { contextParts } from './agent/messageContext.ts';
import { notOpenedProblem, type OpenSessions } from './agent/openSessions.ts';
import { agentSystemPrompt } from './agent/prompts/agent.ts';
import { titleOf } from './agent/sessionTitle.ts';
import { contextsInPrompt } from './agent/transcript.ts';
import { openCheckpoints } from './checkpoints/checkpointStore.ts';
import { restoreTurn } from './checkpoints/restoreTurn.ts';
import type { ModelManager } from './models/modelManager.ts';
import type { ProblemReport } from './protocol/problems.ts';
import {
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
} from './protocol/sessions.ts';
import { onRequest } from './serverMessages.ts';
import { branchPoints, familiesOf } from './sessions/branches.ts';
import { readDevstralIgnore } from './sessions/devstralIgnore.ts';
import { appliedFiles, exportMarkdown } from './sessions/exportMarkdown.ts';
import { exportJson } from './sessions/exportSession.ts';
import { promptIndexes } from './sessions/sessionStore.ts';
import { describeTools } from './tools/readCall.ts';
import type { Documents } from './workspace/documents.ts';
import type { Journal } from './workspace/journal.ts';
import { shownPath } from './workspace/shownPath.ts';

interface Deps {
  sessions: OpenSessions;
  workspace: AgentWorkspace;
  models(): ModelManager;
  documents: Documents;
  journal: Journal;
  roots(): readonly string[];
  /** Sends the events that have been told so far. */
  settle(): void;
}

/** Why a file is not taken back, in words. */
const notRestoredReasons = {
  large: 'it is too large',
  notText: 'it is not text',
  unknown: 'what was in it is not known',
  endings: 'only its line endings differ',
} as const;

/** Answers `devstral/session/*`. */
export function answerSessionRequests(connection: ProtocolConnection, deps: Deps): void {
  const { sessions, workspace, models, documents, journal, roots, settle } = deps;

  /** A session that the editor has opened. */
  async function opened(id: string): Promise<LiveSession> {
    const found = await sessions.open(id);
    if (found.kind === 'failed') throw new Error(found.problem.sentence);
    return found.live;
  }
  /** The other branches of a session's conversation. */
  async function othersOf(id: string): Promise<string[]> {
    const members = familiesOf(await (await workspace.store()).list()).get(id)?.members ?? [];
    return members.filter((other) => other !== id);
  }
  /** A problem that is an answer; what is thrown is a bug. */
  const failed = (report: ProblemReport) => ({ kind: 'failed' as const, problem: report });

  onRequest(connection, sessionList, async () => {
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
  });
  onRequest(connection, sessionSearch, async ({ query }, signal) => {
    const hits = await (await workspace.store()).search(query, signal);
    return { hits: hits.map(({ id, excerpt }) => ({ sessionId: id, excerpt })) };
  });
  onRequest(connection, sessionCreate, async ({ mode }) => {
    const live = await sessions.create(mode);
    return { sessionId: live.session.log.head.id };
  });
  onRequest(connection, sessionOpen, async ({ sessionId }) => {
    const found = await sessions.open(sessionId);
    if (found.kind === 'failed') {
      settle();
      return found;
    }
    const all = await (await workspace.store()).list();
    const prompts = promptIndexes(found.live.session.log.events.map(({ event }) => event));
    const branches = branchPoints(all, sessionId, prompts);
    // The snapshot has all that was told before it.
    settle();
    return { ...found.live.snapshot(), branches };
  });
  onRequest(connection, sessionSend, async ({ sessionId, text, context, whenBusy }) => {
    return { taken: (await opened(sessionId)).send({ text, context }, whenBusy) };
  });
  onRequest(connection, sessionContinue, async ({ sessionId }) => ({ started: (await opened(sessionId)).goOn() }));
  onRequest(connection, sessionStop, async ({ sessionId }) => {
    await sessions.get(sessionId)?.stop();
    settle();
    return {};
  });
  onRequest(connection, sessionTakeBack, async ({ sessionId, messageId }) => {
    return { text: sessions.get(sessionId)?.takeBack(messageId) ?? null };
  });
  onRequest(connection, sessionMoveWaiting, async ({ sessionId, messageId, by }) => {
    sessions.get(sessionId)?.moveWaiting(messageId, by);
    return {};
  });
  onRequest(connection, sessionSendNext, async ({ sessionId }) => ({
    started: sessions.get(sessionId)?.sendNext() ?? false,
  }));
  onRequest(connection, sessionStopCall, async ({ sessionId, callId }) => ({
    stopped: sessions.get(sessionId)?.session.stopCall(callId) ?? false,
  }));
  onRequest(connection, sessionMode, async ({ sessionId, mode }) => {
    (await opened(sessionId)).mode = mode;
    return {};
  });
  onRequest(connection, sessionRename, async ({ sessionId, title }) => {
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
  });
  onRequest(connection, sessionRemove, async ({ sessionId }) => {
    const store = await workspace.store();
    const all = [sessionId, ...(await othersOf(sessionId))];
    for (const id of all) {
      await sessions.close(id);
      const removed = await store.remove(id);
      if (removed.kind !== 'done') return failed(notOpenedProblem(removed));
    }
    return { kind: 'done' as const, sessionIds: all };
  });
  onRequest(connection, sessionFork, async ({ sessionId, events, edited }) => {
    const forked = await (await workspace.store()).fork(sessionId, events, edited);
    if (forked.kind !== 'open') return failed(notOpenedProblem(forked));
    await sessions.adopt(forked.log, sessions.get(sessionId)?.mode ?? 'ask');
    return { kind: 'done' as const, sessionId: forked.log.head.id };
  });
  onRequest(connection, sessionExport, async ({ sessionId, format }) => {
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
  });
  onRequest(connection, sessionReview, async ({ sessionId }) => {
    (await opened(sessionId)).review();
    return {};
  });
  onRequest(connection, sessionCondense, async ({ sessionId }) => ({ started: (await opened(sessionId)).condense() }));

  onRequest(connection, sessionRestore, async ({ sessionId, turn }, signal) => {
    const checkpoints = openCheckpoints((await workspace.store()).files(sessionId).folder);
    const current = async (uri: string) => {
      const read = await documents.read(uri, signal);
      return read.kind === 'text' ? read.file : null;
    };
    const restored = await restoreTurn(turn, checkpoints, current, { id: randomUUID(), title: 'Undo turn' });
    if (restored.kind === 'gone') return restored;
    return {
      kind: 'changes' as const,
      changeSet: restored.changeSet,
      overwritten: restored.overwritten.map((uri) => shownPath(roots(), uri)),
      notRestored: restored.notRestored.map(({ uri, reason }) => {
        return { path: shownPath(roots(), uri), reason: notRestoredReasons[reason] };
      }),
    };
  });

  onRequest(connection, sessionBudget, async ({ sessionId, text, context }, signal) => {
    // Counting must neither load a model nor reach a server: that is for the person to begin.
    const backend = models().inUse();
    if (backend === null) return { budget: null };
    // A session of which nothing was sent yet has no id.
    const log = sessionId === '' ? [] : (await opened(sessionId)).session.log.events;
    const events = log.map(({ event }) => event);
    const parts = await contextParts(context, { documents, roots, earlier: contextsInPrompt(events) }, signal);
    const budget = await countBudget(
      {
        backend,
        systemPrompt: agentSystemPrompt,
        tools: describeTools([...(await workspace.tools(() => undefined, signal))]),
        events,
        surroundings: await workspace.surroundings(),
        text,
        context: parts.map((part) => part.text),
      },
      signal,
    );
    return { budget };
  });
}

import { randomUUID } from 'node:crypto';
import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type { AgentWorkspace } from './agent/agentWorkspace.ts';
import { countBudget } from './agent/budget.ts';
import { droppedTurns } from './agent/droppedTurns.ts';
import type { LiveSession } from './agent/liveSession.ts';
import { contextParts, readContext } from './agent/messageContext.ts';
import { notOpenedProblem, type OpenSessions } from './agent/openSessions.ts';
import { agentSystemPrompt } from './agent/prompts/agent.ts';
import { readAhead } from './agent/readAhead.ts';
import { titleOf } from './agent/sessionTitle.ts';
import { contextsInPrompt } from './agent/transcript.ts';
import { openCheckpoints } from './checkpoints/checkpointStore.ts';
import { restoreTurn } from './checkpoints/restoreTurn.ts';
import type { ModelManager } from './models/modelManager.ts';
import type { AgentEvent } from './protocol/agentEvents.ts';
import type { RequestName } from './protocol/messages.ts';
import type { ProblemReport } from './protocol/problems.ts';
import { onRequests } from './serverMessages.ts';
import { readDevstralIgnore } from './sessions/devstralIgnore.ts';
import { appliedFiles, exportMarkdown } from './sessions/exportMarkdown.ts';
import { exportJson } from './sessions/exportSession.ts';
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
  /** A session of which nothing was sent yet has no id. */
  async function eventsOf(id: string): Promise<AgentEvent[]> {
    return id === '' ? [] : (await opened(id)).session.log.events.map(({ event }) => event);
  }
  /** A problem that is an answer; what is thrown is a bug. */
  const failed = (report: ProblemReport) => ({ kind: 'failed' as const, problem: report });

  onRequests<Extract<RequestName, `session${string}`>>(connection, {
    sessionList: async () => {
      const store = await workspace.store();
      // One that was begun and never used is not worth a row.
      const found = (await store.list()).filter(({ messages }) => messages > 0);
      return {
        sessions: found.map(({ openIn, bytes: _bytes, ...summary }) => {
          const here = sessions.get(summary.id);
          const state = here?.running()
            ? ('running' as const)
            : here?.session.staged()
              ? ('waits' as const)
              : summary.state;
          return { ...summary, state, openElsewhere: openIn !== null && openIn !== process.pid };
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
      // The snapshot has all that was told before it.
      settle();
      return found.kind === 'failed' ? found : found.live.snapshot();
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
      return { text: sessions.get(sessionId)?.takeBack(messageId) ?? null };
    },
    sessionMode: async ({ sessionId, mode }) => {
      (await opened(sessionId)).mode = mode;
      return {};
    },
    sessionRename: async ({ sessionId, title }) => {
      const renamed = await (await workspace.store()).rename(sessionId, title);
      return renamed.kind === 'done' ? renamed : failed(notOpenedProblem(renamed));
    },
    sessionRemove: async ({ sessionId }) => {
      await sessions.close(sessionId);
      const removed = await (await workspace.store()).remove(sessionId);
      return removed.kind === 'done' ? removed : failed(notOpenedProblem(removed));
    },
    sessionFork: async ({ sessionId, events }) => {
      const forked = await (await workspace.store()).fork(sessionId, events);
      if (forked.kind !== 'open') return failed(notOpenedProblem(forked));
      await sessions.adopt(forked.log, sessions.get(sessionId)?.mode ?? 'ask');
      return { kind: 'done' as const, sessionId: forked.log.head.id };
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
    sessionReview: async ({ sessionId }) => {
      (await opened(sessionId)).review();
      return {};
    },
    sessionCondense: async ({ sessionId }) => ({ started: (await opened(sessionId)).condense() }),
    sessionDropped: async ({ sessionId }, signal) => {
      const backend = models().inUse();
      return { turns: backend && (await droppedTurns(backend, await eventsOf(sessionId), signal)) };
    },
    sessionReadAhead: async ({ sessionId, context }, signal) => {
      const backend = models().inUse();
      // A server is not asked for what nobody sent, and a model that is at work is left alone.
      if (backend?.kind !== 'local' || models().status().state.state !== 'ready') return { done: false };
      const events = await eventsOf(sessionId);
      const read = await readContext(context, { documents, roots, earlier: contextsInPrompt(events) }, signal);
      const done = await readAhead(
        {
          backend,
          systemPrompt: agentSystemPrompt,
          tools: describeTools([...(await workspace.tools(() => undefined, signal))]),
          events,
          surroundings: await workspace.surroundings(),
          context: read.text,
        },
        signal,
      );
      return { done };
    },
    sessionRestore: async ({ sessionId, turn }, signal) => {
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
    },
    sessionBudget: async ({ sessionId, text, context }, signal) => {
      // Counting must neither load a model nor reach a server: that is for the person to begin.
      const backend = models().inUse();
      if (backend === null) return { budget: null };
      const events = await eventsOf(sessionId);
      const parts = await contextParts(context, { documents, roots, earlier: contextsInPrompt(events) }, signal);
      const budget = await countBudget(
        {
          backend,
          systemPrompt: agentSystemPrompt,
          tools: describeTools([...(await workspace.tools(() => undefined, signal))]),
          events,
          surroundings: await workspace.surroundings(),
          text,
          context: parts,
        },
        signal,
      );
      return { budget };
    },
  });
}

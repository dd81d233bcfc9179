import type { ProtocolConnection } from 'vscode-languageserver-protocol/node';
import type { AgentWorkspace } from './agent/agentWorkspace.ts';
import { countBudget } from './agent/budget.ts';
import { droppedTurns } from './agent/droppedTurns.ts';
import { contextParts, readContext } from './agent/messageContext.ts';
import { agentSystemPrompt } from './agent/prompts/agent.ts';
import { readAhead } from './agent/readAhead.ts';
import { contextsInPrompt } from './agent/transcript.ts';
import type { ModelManager } from './models/modelManager.ts';
import type { AgentEvent } from './protocol/agentEvents.ts';
import { onRequests } from './serverMessages.ts';
import { describeTools } from './tools/readCall.ts';
import type { Documents } from './workspace/documents.ts';

interface Deps {
  /** Of a session; none where nothing was sent yet. */
  eventsOf(sessionId: string): Promise<AgentEvent[]>;
  workspace: Pick<AgentWorkspace, 'tools' | 'surroundings'>;
  models(): Pick<ModelManager, 'inUse' | 'status'>;
  documents: Documents;
  roots(): readonly string[];
}

export type NextPromptRequest = 'sessionDropped' | 'sessionReadAhead' | 'sessionBudget';

/** Answers what the editor asks about a session's next prompt before it is sent. */
export function answerNextPromptRequests(connection: ProtocolConnection, deps: Deps): void {
  const { eventsOf, workspace, models, documents, roots } = deps;

  onRequests<NextPromptRequest>(connection, {
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

import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { URI } from 'vscode-uri';
import type { Host } from '../host/host.ts';
import type { Person } from '../host/person.ts';
import { pipe } from '../models/backends/local/eventPipe.ts';
import type { ModelManager, Prepared } from '../models/modelManager.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ApplyResult, ChangeSet } from '../protocol/changes.ts';
import type { SessionLog } from '../sessions/sessionLog.ts';
import { aliases } from '../tools/aliases.ts';
import type { AnyTool } from '../tools/tool.ts';
import { createAppliedFiles } from '../workspace/appliedFiles.ts';
import type { Documents } from '../workspace/documents.ts';
import { createStagedFiles } from '../workspace/stagedFiles.ts';
import { type AgentDeps, runTurn } from './agentLoop.ts';
import { type GateDeps, passGate, reviewStaged } from './gate.ts';
import { isKept, type LoopEvent } from './loopEvents.ts';
import type { ProjectRules } from './projectRules.ts';
import { agentSystemPrompt, surroundingsText } from './prompts/agent.ts';

export interface AgentSessionDeps {
  models: ModelManager;
  documents: Pick<Documents, 'read'>;
  host: Host;
  person: Person;
  roots(): readonly string[];
  tools: readonly AnyTool[];
  /** Edits are applied at once (accept-edits, auto) or staged for a review. */
  appliesAtOnce(): boolean;
  apply(changeSet: ChangeSet, signal: AbortSignal): Promise<ApplyResult>;
  decide: GateDeps['decide'];
  keepRule(rule: string): Promise<void>;
  rules(): Promise<readonly ProjectRules[]>;
  shell: string | undefined;
  answerLanguage: string;
  maxSteps: number;
}

export interface AgentSession {
  readonly log: SessionLog;
  /** One turn; `null` goes on with one that a crash or the person ended. Each event is on disk before it is told. */
  send(message: { text: string; context: string } | null, signal: AbortSignal): AsyncGenerator<LoopEvent, void>;
  /** Given to the model at its next step. */
  steer(text: string): void;
}

/** One session: its log, its staged edits, and the turns that run in it one after the other. */
export function createAgentSession(deps: AgentSessionDeps, log: SessionLog): AgentSession {
  const steers: string[] = [];
  const overlay = () => createStagedFiles({ documents: deps.documents, roots: deps.roots, newId: () => randomUUID() });
  const staged = overlay();
  const applied = createAppliedFiles({ staged: overlay(), apply: deps.apply, onApplied: () => undefined });

  function nameOf(uri: string): string {
    const path = URI.parse(uri).fsPath;
    const root = deps.roots().find((one) => path.startsWith(one));
    return root ? relative(root, path).replaceAll('\\', '/') : path;
  }

  const events = () => log.events.map(({ event }) => event);

  /** The first message also says where the model is; a later one extends the prompt as it is. */
  async function contextOf(given: string): Promise<string> {
    if (events().some(({ type }) => type === 'user')) return given;
    const surroundings = surroundingsText({
      platform: process.platform,
      ...(deps.shell ? { shell: deps.shell } : {}),
      roots: deps.roots(),
      date: new Date(),
      rules: await deps.rules(),
      answerLanguage: deps.answerLanguage,
    });
    return [surroundings, given].filter(Boolean).join('\n\n');
  }

  async function* send(
    message: { text: string; context: string } | null,
    signal: AbortSignal,
  ): AsyncGenerator<LoopEvent, void> {
    const turn: Extract<AgentEvent, { type: 'user' }> | null = message && {
      type: 'user',
      id: randomUUID(),
      text: message.text,
      context: await contextOf(message.context),
    };
    const prepared = yield* pipe<LoopEvent, Prepared>((push) =>
      deps.models.prepare((progress) => push({ type: 'progress', progress }), signal),
    );
    if (prepared.kind !== 'ready') {
      const ended: AgentEvent[] = turn ? [turn] : [];
      ended.push(
        prepared.kind === 'failed'
          ? { type: 'end', reason: 'failed', problem: prepared.problem }
          : { type: 'end', reason: 'stopped' },
      );
      for (const event of ended) yield await kept(event);
      return;
    }
    const { sampling = { temperature: 0.2, topP: 0.95 } } = await prepared.backend
      .capabilities(signal)
      .catch((): { sampling?: AgentDeps['sampling'] } => ({}));
    const files = deps.appliesAtOnce() ? applied : staged;
    const context = {
      roots: deps.roots(),
      files,
      host: deps.host,
      askPerson: deps.person.ask,
    };
    const gate: GateDeps = {
      person: deps.person,
      staged: deps.appliesAtOnce() ? null : staged,
      context,
      decide: deps.decide,
      keepRule: deps.keepRule,
      nameOf,
      title: () => titleOf(events()),
    };
    const loop: AgentDeps = {
      backend: prepared.backend,
      systemPrompt: agentSystemPrompt,
      sampling,
      maxSteps: deps.maxSteps,
      tools: deps.tools,
      aliases,
      context,
      takeSteer: () => steers.shift(),
      gate: (call, inner) => passGate(call, gate, inner),
      async *finish(inner) {
        yield* reviewStaged(gate, false, inner);
      },
    };
    for await (const event of runTurn(turn, events(), loop, signal)) yield isKept(event) ? await kept(event) : event;
  }

  async function kept<T extends AgentEvent>(event: T): Promise<T> {
    await log.append(event);
    return event;
  }

  return { log, send, steer: (text) => void steers.push(text) };
}

const longestTitle = 60;

/** The first line of the first message, or the person's own name for it. */
export function titleOf(events: readonly AgentEvent[]): string {
  const named = events.findLast((event) => event.type === 'titled');
  if (named?.type === 'titled') return named.title;
  const first = events.find((event) => event.type === 'user');
  const line = first?.type === 'user' ? (first.text.trim().split('\n')[0] ?? '') : '';
  return line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line || 'New session';
}

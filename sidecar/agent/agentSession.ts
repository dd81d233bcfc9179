import { randomUUID } from 'node:crypto';
import { checkpointReview, turnNumber } from '../checkpoints/checkpointReview.ts';
import { type CheckpointRoom, openCheckpoints } from '../checkpoints/checkpointStore.ts';
import { touchedByApply } from '../checkpoints/touchedFile.ts';
import { createWorkspaceWatch } from '../checkpoints/watchWorkspace.ts';
import type { Host } from '../host/host.ts';
import type { Person } from '../host/person.ts';
import { pipe } from '../models/backends/local/eventPipe.ts';
import { linkSignals } from '../models/linkSignals.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { Prepared } from '../models/modelOpener.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ApplyResult, ChangeSet } from '../protocol/changes.ts';
import { t } from '../protocol/translate.ts';
import { keepTurn } from '../sessions/keepTurn.ts';
import { openSessionImages } from '../sessions/sessionImages.ts';
import type { SessionLog } from '../sessions/sessionLog.ts';
import { aliases } from '../tools/aliases.ts';
import { describeTools } from '../tools/readCall.ts';
import type { AnyTool } from '../tools/tool.ts';
import { createAppliedFiles } from '../workspace/appliedFiles.ts';
import type { Documents } from '../workspace/documents.ts';
import type { Journal } from '../workspace/journal.ts';
import { shownPath } from '../workspace/shownPath.ts';
import { createStagedFiles } from '../workspace/stagedFiles.ts';
import type { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { type AgentDeps, runTurn, type Steer } from './agentLoop.ts';
import { makeRoom } from './condense.ts';
import { withFolderRules } from './folderRules.ts';
import { type GateDeps, passGate, reviewStaged } from './gate.ts';
import type { LoopEvent } from './loopEvents.ts';
import { agentSystemPrompt, type Surroundings } from './prompts/agent.ts';
import { titleOf } from './sessionTitle.ts';
import { withImages } from './shownImages.ts';
import { type UserMessage, userEvent } from './userMessage.ts';
import { watchedCommand } from './watchedCommand.ts';

export interface AgentSessionDeps {
  models: Pick<ModelManager, 'prepare' | 'status'>;
  documents: Pick<Documents, 'read'>;
  host: Host;
  person: Person;
  journal: Pick<Journal, 'read'>;
  checkpointRoom: CheckpointRoom;
  /** Absolute real paths. */
  roots(): readonly string[];
  /** What the model can call now; `notice` is told of what could not be had. */
  tools(notice: (text: string) => void, signal: AbortSignal): Promise<readonly AnyTool[]>;
  /** Edits are applied at once (accept-edits, auto) or staged for a review. */
  appliesAtOnce(): boolean;
  apply(changeSet: ChangeSet, signal: AbortSignal): Promise<ApplyResult>;
  /** The workspace may say what the model does (AGENTS.md). */
  trusted(): boolean;
  decide: GateDeps['decide'];
  keepRule(rule: string): Promise<void>;
  /** What the first message says of where the model is. */
  surroundings(): Promise<Surroundings>;
  maxSteps(): number;
  /** A message that was given while the agent works, to be taken now; it is given once. */
  takeSteer(): Promise<Steer | undefined>;
  /** Aborted as soon as there is one: nothing is waited for then that it may change. */
  steered(): AbortSignal;
}

/** Where a session is kept. */
export interface SessionPlace {
  log: SessionLog;
  /** Its folder: checkpoints and texts. */
  folder: string;
  /** The copy of the staged edits on disk. */
  stagedPath: string;
}

export interface AgentSession {
  readonly log: SessionLog;
  /** One turn; `null` goes on with one that a crash or the person ended. Each event is on disk before it is told. */
  send(message: UserMessage | null, signal: AbortSignal): AsyncGenerator<LoopEvent, void>;
  /** Shows the edits that wait once more. */
  review(signal: AbortSignal): AsyncGenerator<LoopEvent, void>;
  /** Ends a call that runs; its turn goes on. False if it does not run, or cannot be stopped alone. */
  stopCall(callId: string): boolean;
  /** Makes room in the conversation now. */
  condense(signal: AbortSignal): AsyncGenerator<LoopEvent, void>;
  /** The edits that wait for review. */
  staged(): ChangeSet | null;
}

/** One session: its log, its staged edits, and the turns that run in it one after the other. */
export function createAgentSession(
  deps: AgentSessionDeps,
  { log, folder, stagedPath }: SessionPlace,
  waiting: ChangeSet | null = null,
): AgentSession {
  const overlay = () => createStagedFiles({ documents: deps.documents, roots: deps.roots, newId: () => randomUUID() });
  const staged = overlay();
  if (waiting) staged.restore(waiting);
  const checkpoints = openCheckpoints(folder, deps.checkpointRoom);
  const watch = createWorkspaceWatch(deps.roots());
  /** Folders whose instructions the model has been told of; again after its memory was condensed. */
  const told = new Set<string>();
  const notices: string[] = [];
  /** The model of the running turn sees. */
  let seesImages = false;
  /** How to stop the calls that run. */
  const stops = new Map<string, () => void>();

  const events = () => log.events.map(({ event }) => event);
  const title = () => titleOf(events());

  const nameOf = (uri: string) => shownPath(deps.roots(), uri);

  const applied = createAppliedFiles({
    staged: overlay(),
    apply: deps.apply,
    async onApplied(_changeSet, applyId) {
      const entry = await deps.journal.read(applyId);
      if (entry) await keepTouched(touchedByApply(entry));
    },
  });
  /** Edits go where the mode says, but never past others that still wait. */
  const target = () => (deps.appliesAtOnce() && staged.staged().size === 0 ? applied : staged);
  const files: WorkspaceFiles = {
    read: staged.read,
    write: (path, text, signal) => target().write(path, text, signal),
    remove: (path, signal) => target().remove(path, signal),
    rename: (from, to, signal) => target().rename(from, to, signal),
    staged: staged.staged,
    changeSet: staged.changeSet,
  };

  /** An edit or a command is done by then: that it cannot be taken back is said, and nothing else fails. */
  async function keepTouched(touched: Parameters<typeof checkpoints.touch>[1]): Promise<void> {
    try {
      await checkpoints.touch(turnNumber(events()), touched);
    } catch (error) {
      notices.push(
        t('This turn cannot be undone as a whole: {reason}', {
          reason: error instanceof Error ? error.message : String(error),
        }),
      );
    }
  }

  const images = openSessionImages(folder);
  const context = () => ({
    roots: deps.roots(),
    files,
    host: deps.host,
    askPerson: deps.person.ask,
    ...(seesImages ? { keepImage: images.keep } : {}),
  });
  const gate = (): GateDeps => ({
    person: deps.person,
    staged,
    context: context(),
    decide: deps.decide,
    keepRule: deps.keepRule,
    nameOf,
    title,
  });

  /** What a turn needs of the model and the tools; else the events with which it ends before it has begun. */
  async function* ready(signal: AbortSignal): AsyncGenerator<LoopEvent, AgentDeps | AgentEvent> {
    const prepared = yield* pipe<LoopEvent, Prepared>((push) =>
      deps.models.prepare((progress) => push({ type: 'progress', progress }), signal),
    );
    if (prepared.kind === 'failed') return { type: 'end', reason: 'failed', problem: prepared.problem };
    if (prepared.kind === 'cancelled') return { type: 'end', reason: 'stopped' };
    const { sampling = { temperature: 0.2, topP: 0.95 }, images: sees = false } = await prepared.backend
      .capabilities(signal)
      .catch((): { sampling?: AgentDeps['sampling']; images?: boolean } => ({}));
    seesImages = sees;
    const offered = yield* pipe<LoopEvent, readonly AnyTool[]>((push) =>
      deps.tools((text) => push({ type: 'notice', text }), signal).catch(() => []),
    );
    if (signal.aborted) return { type: 'end', reason: 'stopped' };
    const watched = { watch, onChanged: keepTouched, nameOf };
    const passing = gate();
    return {
      backend: withImages(prepared.backend, images.read),
      systemPrompt: agentSystemPrompt,
      sampling,
      maxSteps: deps.maxSteps(),
      tools: offered.map((tool) => watchedCommand(deps.trusted() ? withFolderRules(tool, told) : tool, watched)),
      aliases,
      context: context(),
      takeSteer: deps.takeSteer,
      gate: (call, inner) => passGate(call, passing, inner),
      onRunning(callId, stop) {
        if (stop) stops.set(callId, stop);
        else stops.delete(callId);
      },
      async *finish(inner) {
        const { signal, release } = linkSignals(inner, deps.steered());
        try {
          yield* reviewStaged(passing, false, signal);
        } finally {
          release();
        }
      },
    };
  }

  async function* turn(message: UserMessage | null, signal: AbortSignal): AsyncGenerator<LoopEvent, void> {
    // Before the model is ready, which can take long: the person sees the message, and no crash loses it.
    if (message) yield await userEvent(message, events(), deps);
    const loop = yield* ready(signal);
    if ('type' in loop) yield loop;
    else yield* runTurn(null, events(), loop, signal);
  }

  async function* condensation(signal: AbortSignal): AsyncGenerator<LoopEvent, void> {
    const loop = yield* ready(signal);
    if ('type' in loop) return;
    const tools = describeTools(loop.tools);
    yield* makeRoom(events(), { ...loop, tools, sampling: { ...loop.sampling, maxTokens: 0 }, force: true }, signal);
  }

  /** Events pass on once they are on disk. */
  async function* kept(made: AsyncGenerator<LoopEvent, unknown>): AsyncGenerator<LoopEvent, void> {
    const checkpoint = (event: AgentEvent, before: readonly AgentEvent[]) =>
      checkpointReview(event, before, checkpoints, deps.journal);
    for await (const event of keepTurn(made, { log, staged, stagedPath, title, checkpoint })) {
      if (event.type === 'condensed') told.clear();
      yield event;
      for (const text of notices.splice(0)) yield { type: 'notice', text };
    }
  }

  return {
    log,
    send: (message, signal) => kept(turn(message, signal)),
    review: (signal) => kept(reviewStaged(gate(), false, signal)),
    condense: (signal) => kept(condensation(signal)),
    stopCall(callId) {
      const stop = stops.get(callId);
      stop?.();
      return stop !== undefined;
    },
    staged: () => staged.changeSet(title()),
  };
}

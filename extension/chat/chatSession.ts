import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { ChatResult, chatEvent, chatSend } from '../../sidecar/protocol/chat.ts';
import { type ProblemReport, problem } from '../../sidecar/protocol/problems.ts';
import type { HostMessage, Turn } from '../../webview/protocol.ts';
import type { ContextItem } from './chatContext.ts';
import { createPieceStream } from './pieceStream.ts';

export type ChatSendParams = z.infer<typeof chatSend.params>;
export type ChatEvent = z.infer<typeof chatEvent.params>['event'];

/** Sends one turn to the sidecar; its events come on the way, and after the answer none. */
export type SendTurn = (
  params: ChatSendParams,
  onEvent: (event: ChatEvent) => void,
  token: vscode.CancellationToken,
) => Promise<ChatResult>;

interface Deps {
  send: SendTurn;
  modelName(): string;
  /** Whether a button of a problem does something here. */
  offersAction(problem: ProblemReport, action: string): boolean;
  /** Each change, as the panel is told it. */
  onMessage(message: HostMessage): void;
  onBusy(busy: boolean): void;
  log: vscode.LogOutputChannel;
}

/** One conversation as the panel shows it. The model's own copy is the sidecar's, under the same id. */
export interface ChatSession extends vscode.Disposable {
  readonly id: string;
  turns(): readonly Turn[];
  /** Sends a prompt; does nothing while another is being answered. */
  ask(prompt: string, context: readonly ContextItem[]): boolean;
  /** Sends a turn's prompt and context once more. */
  retry(turnId: string): void;
  stop(): void;
}

export function createChatSession(deps: Deps): ChatSession {
  const id = randomUUID();
  const turns: Turn[] = [];
  const contexts = new Map<string, readonly ContextItem[]>();
  let running: vscode.CancellationTokenSource | undefined;

  async function run(turn: Turn, context: readonly ContextItem[], token: vscode.CancellationToken): Promise<void> {
    const turnId = turn.id;
    const stream = createPieceStream({
      text(text) {
        turn.answer += text;
        deps.onMessage({ type: 'text', turnId, text });
      },
      progress(progress) {
        turn.progress = progress;
        deps.onMessage({ type: 'progress', turnId, progress });
      },
    });
    const onEvent = (event: ChatEvent) => {
      if (event.type === 'text') stream.text(event.text);
      else if (event.progress.phase === 'notice') {
        // Said once: the throttle keeps only the newest progress.
        turn.notice = event.progress.text;
        deps.onMessage({ type: 'progress', turnId, progress: event.progress });
      } else stream.progress(event.progress);
    };
    const earlier = turns.filter((each) => each !== turn).map(({ prompt, answer }) => ({ prompt, answer }));
    const sent = context.map((item) => item.context);
    const params = { sessionId: id, turnId, prompt: turn.prompt, context: sent, earlier };
    const result = await deps.send(params, onEvent, token).catch((error: unknown) => failed(error, token));
    stream.end();
    finish(turn, result);
  }

  /** The sidecar ended, or its answer was not understood: expected outcomes come as values. */
  function failed(error: unknown, token: vscode.CancellationToken): ChatResult {
    if (token.isCancellationRequested) return { kind: 'cancelled', text: '' };
    deps.log.error(`chat: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const reason = 'The answer ended early; what arrived is kept.';
    return { kind: 'failed', text: '', problem: problem('internal', { reason }) };
  }

  function finish(turn: Turn, result: ChatResult): void {
    // Events that were still under way when the answer came are in its text.
    if (result.text.startsWith(turn.answer) && result.text.length > turn.answer.length) {
      const text = result.text.slice(turn.answer.length);
      turn.answer = result.text;
      deps.onMessage({ type: 'text', turnId: turn.id, text });
    }
    turn.state = result.kind === 'cancelled' ? 'stopped' : result.kind;
    if (result.kind === 'answered') turn.usage = result.usage;
    if (result.kind === 'failed') {
      const { problem: report } = result;
      turn.problem = { ...report, actions: report.actions.filter((action) => deps.offersAction(report, action)) };
    }
    delete turn.progress;
    const usage = turn.usage === undefined ? {} : { usage: turn.usage };
    const report = turn.problem === undefined ? {} : { problem: turn.problem };
    deps.onMessage({ type: 'turnEnded', turnId: turn.id, state: turn.state, ...usage, ...report });
  }

  function ask(prompt: string, context: readonly ContextItem[]): boolean {
    if (running) return false;
    const turn: Turn = {
      id: randomUUID(),
      prompt,
      context: context.map(({ chip }) => chip),
      model: deps.modelName(),
      startedAt: Date.now(),
      answer: '',
      state: 'running',
    };
    turns.push(turn);
    contexts.set(turn.id, context);
    const source = new vscode.CancellationTokenSource();
    running = source;
    deps.onBusy(true);
    deps.onMessage({ type: 'turnStarted', turn: { ...turn } });
    run(turn, context, source.token)
      .finally(() => {
        running = undefined;
        source.dispose();
        deps.onBusy(false);
      })
      .catch((error: unknown) => deps.log.error(String(error)));
    return true;
  }

  return {
    id,
    turns: () => turns,
    ask,
    retry(turnId) {
      const turn = turns.find((candidate) => candidate.id === turnId);
      if (turn) ask(turn.prompt, contexts.get(turnId) ?? []);
    },
    stop: () => running?.cancel(),
    dispose: () => running?.cancel(),
  };
}

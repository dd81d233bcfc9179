import { type Backend, likelyTokens, type Message, type ModelEvent, type SamplingOptions } from '../models/backend.ts';
import type { ChatResult, ChatUsage } from '../protocol/chat.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { modelProgress } from './modelProgress.ts';
import { type ChatFile, chatSystemPrompt, contextBlock, emptyAnswer, unchangedBlock } from './prompts/chat.ts';

export interface ChatTurnRequest {
  prompt: string;
  context: readonly ChatFile[];
  /** The conversation so far, empty for a new one. A turn that reached the model appends to it; nothing else changes it. */
  history: Message[];
  /** Ready: loaded or connected. */
  backend: Backend;
  signal: AbortSignal;
  onEvent(event: ChatTurnEvent): void;
}

/** `devstral/chat/event` as it is. */
export type ChatTurnEvent = { type: 'text'; text: string } | { type: 'progress'; progress: TurnProgress };

/** Tokens: an answer without that much room is not worth beginning. */
const leastAnswer = 256;
/** For a model that nothing is known of. */
const usualSampling = { temperature: 0.2, topP: 0.95 };
/** Tokens: the most in one answer, where a server does not say how much fits. */
const mostAnswer = 8192;

/**
 * One turn of a conversation. It never throws for what a model, a server or a person can do. The prompt is append-only:
 * each turn's messages begin with those of the last turn that reached a model, however that one ended.
 */
export async function runChatTurn(request: ChatTurnRequest): Promise<ChatResult> {
  const { backend, signal, history } = request;
  const startedAt = performance.now();
  const messages = chatMessages(request);

  const fit = await roomForAnswer(messages, request);
  if (fit.kind === 'cancelled' || signal.aborted) return { kind: 'cancelled', text: '' };
  // Nothing was sent, so nothing is kept: the next prompt extends what the model has read.
  if (fit.kind === 'full') return { kind: 'failed', text: '', problem: fit.problem };

  const sampling = { ...fit.sampling, maxTokens: fit.maxTokens };
  const answer = await read(backend.stream({ messages, tools: [], sampling }, signal), request);
  const content = answer.text === '' ? emptyAnswer : answer.text;
  history.push(...messages.slice(history.length), { role: 'assistant', content });

  const { text, usage, ending } = answer;
  switch (ending.kind) {
    case 'cancelled':
      return { kind: 'cancelled', text };
    case 'failed':
      return { kind: 'failed', text, problem: ending.problem };
    case 'cutShort':
      return { kind: 'failed', text, problem: cutShort(fit, usage) };
    case 'whole':
      return { kind: 'answered', text, usage: { ...usage, ms: performance.now() - startedAt } };
  }
}

interface Answer {
  text: string;
  usage: Omit<ChatUsage, 'ms'>;
  ending: { kind: 'whole' | 'cutShort' | 'cancelled' } | { kind: 'failed'; problem: ProblemReport };
}

/** Reads a stream to its end and tells what it says on the way. */
async function read(stream: AsyncIterable<ModelEvent>, request: ChatTurnRequest): Promise<Answer> {
  const { onEvent, backend } = request;
  let text = '';
  let usage: Answer['usage'] = { promptTokens: 0, reusedTokens: 0, outputTokens: 0, tokensPerSecond: 0 };
  // A backend that ends without saying how was stopped from outside.
  let ending: Answer['ending'] = { kind: 'cancelled' };
  for await (const event of stream) {
    switch (event.type) {
      case 'text':
        text += event.text;
        onEvent({ type: 'text', text: event.text });
        break;
      case 'usage': {
        const { promptTokens, reusedTokens, outputTokens, tokensPerSecond } = event;
        usage = { promptTokens, reusedTokens, outputTokens, tokensPerSecond };
        break;
      }
      case 'error':
        ending = { kind: 'failed', problem: event.problem };
        break;
      case 'finish':
        if (event.reason !== 'cancelled') ending = { kind: event.reason === 'length' ? 'cutShort' : 'whole' };
        break;
      default: {
        // No tools were offered and reasoning is not shown: neither changes the answer.
        const progress = modelProgress(event, backend.name);
        if (progress) onEvent({ type: 'progress', progress });
      }
    }
  }
  return { text, usage, ending };
}

/** The messages of a turn: the history, then one user message with everything volatile in it. */
export function chatMessages(
  turn: Pick<ChatTurnRequest, 'prompt' | 'context'> & { history: readonly Message[] },
): Message[] {
  const { prompt, context, history } = turn;
  const before: readonly Message[] = history.length > 0 ? history : [{ role: 'system', content: chatSystemPrompt }];
  const blocks = context.map((file) => {
    const block = contextBlock(file);
    const known = before.some(({ role, content }) => role === 'user' && content.includes(block));
    return known ? unchangedBlock(file) : block;
  });
  return [...before, { role: 'user', content: [...blocks, prompt].join('\n\n') }];
}

type Fit =
  | { kind: 'fits'; maxTokens: number; contextSize: number | null; sampling: Omit<SamplingOptions, 'maxTokens'> }
  | { kind: 'full'; problem: ProblemReport }
  | { kind: 'cancelled' };

async function roomForAnswer(messages: readonly Message[], request: ChatTurnRequest): Promise<Fit> {
  try {
    return await measureRoom(messages, request);
  } catch (error) {
    // Counting was given up because the person stopped the turn.
    if (request.signal.aborted) return { kind: 'cancelled' };
    throw error;
  }
}

/** How long the answer can be, or what is too large. */
async function measureRoom(messages: readonly Message[], request: ChatTurnRequest): Promise<Fit> {
  const { backend, signal, context } = request;
  const capabilities = await backend.capabilities(signal);
  const { contextSize, sampling = usualSampling } = capabilities;
  const tokens = async (counted: readonly Message[]) =>
    likelyTokens(await backend.countTokens(counted, [], signal), capabilities);
  if (contextSize === null) return { kind: 'fits', maxTokens: mostAnswer, contextSize, sampling };
  const used = await tokens(messages);
  if (used + leastAnswer <= contextSize) return { kind: 'fits', maxTokens: contextSize - used, contextSize, sampling };

  // Which of the two a person can mend: a file that fits in no conversation, or a conversation that has grown.
  const largest = [...context].sort((a, b) => b.text.length - a.text.length)[0];
  if (largest) {
    const alone = chatMessages({ prompt: request.prompt, context: [largest], history: [] });
    const without = chatMessages({ prompt: request.prompt, context: [], history: [] });
    const count = await tokens(alone);
    if (count + leastAnswer > contextSize) {
      const around = await tokens(without);
      const room = Math.max(0, contextSize - around - leastAnswer);
      return { kind: 'full', problem: problem('fileTooLarge', { file: largest.path, n: count - around, room }) };
    }
  }
  return { kind: 'full', problem: problem('contextFull', { used, ctx: contextSize }) };
}

function cutShort({ contextSize, maxTokens }: Extract<Fit, { kind: 'fits' }>, usage: Answer['usage']): ProblemReport {
  const used = usage.promptTokens + usage.outputTokens;
  // A server may have a limit of its own for one answer.
  const isFull = contextSize !== null && (usage.promptTokens === 0 || used >= contextSize * 0.95);
  if (isFull) return problem('contextFull', { used, ctx: contextSize });
  return problem('answerLimit', { n: usage.outputTokens || maxTokens });
}

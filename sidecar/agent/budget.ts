import type * as z from 'zod/mini';
import type { Backend, Message, Tool } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { sessionBudget } from '../protocol/sessions.ts';
import { mostTokens } from './agentLoop.ts';
import { condensedLog, fullAt, summaryTokens } from './condense.ts';
import type { ContextPart } from './messageContext.ts';
import { surroundingsText } from './prompts/agent.ts';
import { tokensOfImage, tokensOfImages, wordsOf } from './shownImages.ts';
import { messagesOf } from './transcript.ts';

export type SessionBudget = NonNullable<z.infer<typeof sessionBudget.result>['budget']>;

interface BudgetRequest {
  backend: Pick<Backend, 'capabilities' | 'countTokens'>;
  systemPrompt: string;
  /** As the model is told of them (`describeTools`). */
  tools: readonly Tool[];
  /** Of the session, as kept. */
  events: readonly AgentEvent[];
  /** What the first message of a session says of where the model is. */
  surroundings: Parameters<typeof surroundingsText>[0];
  /** The message that is being written, and the text of each of its pieces of context (`contextParts`). */
  text: string;
  context: readonly Pick<ContextPart, 'text' | 'image'>[];
}

/** A person's message that was not sent. */
const message = (text: string, context: string): AgentEvent => ({ type: 'user', id: '', text, context });

/**
 * Tokens of the next prompt by part; null where the model cannot be asked. The parts are differences of whole prompts, so
 * they add up to the prompt that would be sent, with what the format writes around a text in the part that it belongs to.
 * A backend without exact counts is estimated, and says so.
 */
export async function countBudget(request: BudgetRequest, signal: AbortSignal): Promise<SessionBudget | null> {
  const { backend, systemPrompt, tools, events, surroundings } = request;
  const capabilities = await backend.capabilities(signal).catch(() => null);
  signal.throwIfAborted();
  if (capabilities === null) return null;
  const count = async (messages: readonly Message[], with_: readonly Tool[] = tools) =>
    (await backend.countTokens(wordsOf(messages, capabilities), with_, signal)) +
    tokensOfImages(messages, capabilities);
  /** Of a log in which the person says nothing more, so that it is one that a model can be asked to answer. */
  const countLog = (log: readonly AgentEvent[]) => count(messagesOf(systemPrompt, [...log, message('', '')]));
  const countAlone = (content: string) => count([{ role: 'user', content }], []);

  const where = surroundingsText({ ...surroundings, rules: [] });
  const told = surroundingsText(surroundings);
  const isFirst = !events.some(({ type }) => type === 'user');
  const bare = await countLog([message('', where)]);
  const withRules = told === where ? bare : await countLog([message('', told)]);
  const before = isFirst ? withRules : await countLog(events);
  const condensed = isFirst ? before : await countLog(condensedLog(events));
  const around = await countAlone('');
  const context: number[] = [];
  let images = 0;
  for (const { text, image } of request.context) {
    const shown = image ? tokensOfImage(image, capabilities) : 0;
    images += shown;
    context.push(shown + (text === '' ? 0 : Math.max(0, (await countAlone(text)) - around)));
  }
  const texts = request.context.flatMap(({ text }) => (text === '' ? [] : [text]));
  const sent = message(request.text, [...(isFirst ? [told] : []), ...texts].join('\n\n'));
  const whole = (await count(messagesOf(systemPrompt, [...events, sent]))) + images;

  const { contextSize } = capabilities;
  const pieces = context.reduce((sum, tokens) => sum + tokens, 0);
  return {
    system: bare,
    rules: withRules - bare,
    context,
    message: Math.max(0, whole - before - pieces),
    conversation: Math.max(0, before - withRules),
    answer: contextSize === null ? mostTokens : Math.min(mostTokens, Math.floor(contextSize * (1 - fullAt))),
    size: contextSize,
    condensable: Math.max(0, before - condensed - summaryTokens),
    exact: capabilities.exactTokenCounts,
  };
}

import type { Backend, Tool } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { type Surroundings, surroundingsText } from './prompts/agent.ts';
import { messagesOf } from './transcript.ts';

interface AheadRequest {
  backend: Pick<Backend, 'stream'>;
  systemPrompt: string;
  tools: readonly Tool[];
  /** Of the session, as kept. */
  events: readonly AgentEvent[];
  surroundings: Surroundings;
  /** What goes along with the next message, as the model reads it. */
  context: string;
}

/**
 * Lets the model read what is certain of the next prompt, without the words that are being written: they come last. Answers
 * whether it came to the end. What is read stays in the model's memory, so that a change of mind costs nothing but itself.
 */
export async function readAhead(request: AheadRequest, signal: AbortSignal): Promise<boolean> {
  const { backend, systemPrompt, tools, events, surroundings, context } = request;
  const isFirst = !events.some(({ type }) => type === 'user');
  const known = [...(isFirst ? [surroundingsText(surroundings)] : []), context].filter(Boolean).join('\n\n');
  const messages = messagesOf(systemPrompt, [...events, { type: 'user', id: '', text: '', context: known }]);
  const sampling = { temperature: 0, maxTokens: 1 };
  for await (const event of backend.stream({ messages, tools, sampling, readOnly: true }, signal)) {
    if (event.type === 'finish') return event.reason === 'stop';
  }
  return false;
}

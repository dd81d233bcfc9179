import { randomUUID } from 'node:crypto';
import type { ModelManager } from '../models/modelManager.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ImageRef } from '../protocol/images.ts';
import type { ContextSource } from '../protocol/sessionContext.ts';
import { type Surroundings, surroundingsText } from './prompts/agent.ts';

/** A message of the person, as a turn begins with it. */
export interface UserMessage {
  text: string;
  /** What goes along, as the model reads it. */
  context: string;
  /** The same, as the person sees it. */
  attached: readonly string[];
  images: readonly ImageRef[];
  /** Where it came from. */
  sources: readonly ContextSource[];
}

interface Deps {
  models: Pick<ModelManager, 'status'>;
  /** What the first message says of where the model is. */
  surroundings(): Promise<Surroundings>;
}

/** A message as the log keeps it behind the events `before`. */
export async function userEvent(
  message: UserMessage,
  before: readonly AgentEvent[],
  { models, surroundings }: Deps,
): Promise<Extract<AgentEvent, { type: 'user' }>> {
  const { name } = models.status();
  return {
    type: 'user',
    id: randomUUID(),
    text: message.text,
    context: await contextOf(message.context, before, surroundings),
    ...(message.attached.length > 0 ? { attached: [...message.attached] } : {}),
    ...(message.images.length > 0 ? { images: [...message.images] } : {}),
    ...(message.sources.length > 0 ? { sources: [...message.sources] } : {}),
    ...(name === '' ? {} : { model: name }),
  };
}

/** The first message also says where the model is; a later one extends the prompt as it is. */
async function contextOf(given: string, before: readonly AgentEvent[], surroundings: Deps['surroundings']) {
  if (before.some(({ type }) => type === 'user')) return given;
  return [surroundingsText(await surroundings()), given].filter(Boolean).join('\n\n');
}

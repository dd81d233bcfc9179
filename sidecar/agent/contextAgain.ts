import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { ContextSource, SessionContext } from '../protocol/sessionContext.ts';
import type { SessionImages } from '../sessions/sessionImages.ts';
import { longest } from './messageContext.ts';

/** What of the context of a message the log names, texts as far as the model is given them; images lie beside the log. */
export function sourcesOf(context: readonly SessionContext[]): ContextSource[] {
  return context.flatMap((item) => {
    if (item.kind === 'image') return [];
    return [item.kind === 'text' ? { ...item, text: item.text.slice(-longest) } : item];
  });
}

/** What went along with a message, to go along once more: files as they are then, images with their bytes. */
export async function contextAgain(
  event: AgentEvent | undefined,
  images: Pick<SessionImages, 'read'>,
): Promise<SessionContext[]> {
  if (event?.type !== 'user') return [];
  const again: SessionContext[] = [...(event.sources ?? [])];
  for (const image of event.images ?? []) {
    const data = await images.read(image);
    const { label, width, height } = image;
    if (data !== null) again.push({ kind: 'image', label, width, height, data });
  }
  return again;
}

import type * as z from 'zod/mini';
import type { Backend } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { sessionDropped } from '../protocol/sessions.ts';
import { keepFrom } from './condense.ts';
import { tokensOfImages, wordsOf } from './shownImages.ts';
import { messagesOf } from './transcript.ts';

export type DroppedTurn = NonNullable<z.infer<typeof sessionDropped.result>['turns']>[number];

const nothing: AgentEvent = { type: 'user', id: '', text: '', context: '' };

/** The turns that a condensation would drop, with their tokens; the first message stays and does not count. */
export async function droppedTurns(
  backend: Pick<Backend, 'capabilities' | 'countTokens'>,
  events: readonly AgentEvent[],
  signal: AbortSignal,
): Promise<DroppedTurn[] | null> {
  const capabilities = await backend.capabilities(signal).catch(() => null);
  if (capabilities === null) return null;
  const count = async (log: readonly AgentEvent[]) => {
    const messages = messagesOf('', [...log, nothing]);
    const words = await backend.countTokens(wordsOf(messages, capabilities), [], signal);
    return words + tokensOfImages(messages, capabilities);
  };
  const upTo = keepFrom(events);
  // Then there is nothing old enough to be summarised.
  if (!events.slice(0, Math.max(0, upTo)).some(({ type }) => type === 'answer')) return [];
  const pruned = events.filter(({ type }) => type === 'pruned');
  const around = await count([]);
  const dropped: DroppedTurn[] = [];
  for (const { turn, text, from, to } of turnsOf(events)) {
    const part = events.slice(from, Math.min(to, upTo));
    if (part.length === 0) continue;
    signal.throwIfAborted();
    const tokens = (await count([...part, ...pruned])) - around;
    if (tokens > 0) dropped.push({ turn, text, tokens, inPart: to > upTo });
  }
  return dropped;
}

/** What each turn still has in the prompt: indexes of its events. */
function turnsOf(events: readonly AgentEvent[]): { turn: number; text: string; from: number; to: number }[] {
  const condensed = events.findLast((event) => event.type === 'condensed');
  const still = condensed?.type === 'condensed' ? condensed.upTo : 0;
  const starts = events.flatMap((event, at) => (event.type === 'user' ? [{ at, text: event.text }] : []));
  return starts.map(({ at, text }, i) => ({
    turn: i + 1,
    text: text.trim().split('\n')[0]?.slice(0, 200) ?? '',
    from: Math.max(i === 0 ? at + 1 : at, still),
    to: starts[i + 1]?.at ?? events.length,
  }));
}

import type { AgentEvent } from '../protocol/agentEvents.ts';
import { t } from '../protocol/translate.ts';

const longestTitle = 60;

/** The first line of the first message, or the person's own name for it. */
export function titleOf(events: readonly AgentEvent[]): string {
  const named = events.findLast((event) => event.type === 'titled');
  if (named?.type === 'titled') return named.title;
  const first = events.find((event) => event.type === 'user');
  const line = first?.type === 'user' ? (first.text.trim().split('\n')[0] ?? '') : '';
  return line.length > longestTitle ? `${line.slice(0, longestTitle - 1)}…` : line || t('New session');
}

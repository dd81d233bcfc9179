import type { RequestResult } from '../../../sidecar/protocol/messages.ts';
import type { Budget } from '../../../webview/protocol.ts';

/** The panel shows all pieces of context in one row. */
export function shownBudget(budget: NonNullable<RequestResult<'sessionBudget'>['budget']>): Budget {
  const { context, ...rest } = budget;
  return { ...rest, files: context.reduce((sum, tokens) => sum + tokens, 0) };
}

/** What is left for context, with room for the answer; null where the server does not say how much fits. */
export function freeTokens({ system, rules, files, message, conversation, answer, size }: Budget): number | null {
  if (size === null) return null;
  return Math.max(0, size - system - rules - files - message - conversation - answer);
}

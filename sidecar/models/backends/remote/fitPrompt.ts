import type { ProblemReport } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { StreamRequest } from '../../backend.ts';
import { contextProblem } from './contextProblem.ts';
import { tokensAtMost } from './countTokens.ts';
import { likelyPromptTokens } from './estimateTokens.ts';
import type { PromptLedger } from './promptLedger.ts';
import type { ServerFacts } from './serverFacts.ts';

export type Fit =
  /** `most`: tokens that the answer can have. `needed`: tokens of the prompt, as near as they are known. */
  { kind: 'fits'; most: number; needed: number } | { kind: 'full'; problem: ProblemReport };

/** Tokens: an answer without that much room is not worth asking for. */
const leastAnswer = 256;
/** An answer that asks for more than is left is refused, and an estimate may be a fifth too low. */
const slack = 1.2;
/** Bytes of a token: what no prompt comes to on the whole. */
const mostBytes = 16;

/**
 * Whether a prompt and its answer fit, before anything is sent: by the server's own count where it has one and it could
 * be near, else within bounds. Where those leave it open the server has the last word. `first`: see `contextProblem`.
 */
export async function fitPrompt(
  request: StreamRequest,
  contextSize: number | null,
  ledger: PromptLedger,
  count: () => Promise<number | null>,
  first?: ServerFacts,
): Promise<Fit> {
  const { messages, tools, sampling } = request;
  const bytes = tokensAtMost(messages, tools);
  const seen = ledger.look(messages, tools);
  const atMost = Math.min(bytes, seen?.atMost ?? bytes);
  const counted = seen?.atLeast ?? 0;
  const likely = seen?.likely ?? likelyPromptTokens(messages, tools);
  const guess = Math.min(atMost, Math.ceil(counted + (likely - counted) * slack));
  if (contextSize === null || atMost + sampling.maxTokens <= contextSize) {
    return { kind: 'fits', most: sampling.maxTokens, needed: guess };
  }
  const exact = await count();
  const atLeast = exact ?? Math.max(seen?.atLeast ?? 0, Math.floor(bytes / mostBytes));
  const reserve = Math.min(leastAnswer, sampling.maxTokens);
  if (atLeast + reserve > contextSize) {
    const how = exact === null ? t('at least so many; nothing was sent') : t('counted by the server; nothing was sent');
    return { kind: 'full', problem: contextProblem(atLeast, contextSize, first, how) };
  }
  const needed = exact ?? guess;
  return { kind: 'fits', most: Math.max(1, Math.min(sampling.maxTokens, contextSize - needed)), needed };
}

import type { Backend, SamplingOptions, Tool } from '../models/backend.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import type { LoopEvent } from './loopEvents.ts';
import { sampleStep } from './sampleStep.ts';
import { messagesOf } from './transcript.ts';

interface Deps {
  backend: Backend;
  systemPrompt: string;
  tools: readonly Tool[];
  sampling: SamplingOptions;
  /** Room is made also where there is some left: the person asked for it. */
  force?: boolean;
}

/** A prompt above this share of the context is made smaller before the next step. */
export const fullAt = 0.8;
/** Pruning that brings it below this is enough; else it is summarised. */
const roomyAt = 0.5;
/** Answers that stay word for word, with all that belongs to them. */
const keptAnswers = 4;
/** Results shorter than this are not worth dropping (characters). */
const shortResult = 400;
/** Most tokens of the summary. */
export const summaryTokens = 1024;

const request =
  'The conversation no longer fits. Write a summary with which the work can go on: what the person wants, what was found (files, names, line numbers), what was changed, which commands and tests ran and how they ended, what is left to do. No call, only the summary.';
const heading = 'Earlier in this conversation, as a summary:';

/**
 * Makes room where the next prompt would fill the context: old results are dropped first, which costs nothing; then
 * what is old is summarised by the model, on top of the prompt that it has read already. Yields what it did.
 */
export async function* makeRoom(
  log: readonly AgentEvent[],
  deps: Deps,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, void> {
  const count = (events: readonly AgentEvent[]) =>
    deps.backend.countTokens(messagesOf(deps.systemPrompt, events), deps.tools, signal).catch(() => 0);
  // A model that cannot be reached says so when it is asked for an answer.
  const { contextSize } = await deps.backend.capabilities(signal).catch(() => ({ contextSize: null }));
  if (!deps.force) {
    if (contextSize === null || atMost(log) < fullAt * contextSize) return;
    if ((await count(log)) < fullAt * contextSize) return;
  }

  const callIds = oldResults(log);
  const pruned: AgentEvent = { type: 'pruned', callIds };
  if (callIds.length > 0) {
    yield pruned;
    if (!deps.force && contextSize !== null && (await count([...log, pruned])) < roomyAt * contextSize) return;
  }
  const upTo = keepFrom(log);
  if (deps.force && log.slice(0, Math.max(0, upTo)).every(({ type }) => type !== 'answer')) return;
  const before = callIds.length > 0 ? [...log, pruned] : log;
  const asked = [...messagesOf(deps.systemPrompt, before), { role: 'user', content: request } as const];
  const sampling = { ...deps.sampling, maxTokens: summaryTokens };
  const answer = sampleStep(deps.backend, { messages: asked, tools: deps.tools, sampling }, signal);
  for (let step = await answer.next(); ; step = await answer.next()) {
    if (!step.done) {
      if (step.value.type === 'progress') yield step.value;
      continue;
    }
    const { event, ending } = step.value;
    if (ending === 'stopped') return;
    // Without a summary what was dropped is said, so that the model looks again instead of guessing.
    const text = event.text.trim() || '(No summary could be written. Read the files again.)';
    yield { type: 'condensed', upTo, summary: `${heading}\n\n${text}` };
    return;
  }
}

/** The log as it would be once everything old is out of the prompt, without the summary; what that frees is counted on it. */
export function condensedLog(log: readonly AgentEvent[]): AgentEvent[] {
  const upTo = keepFrom(log);
  if (upTo < 0) return [...log];
  return [...log, { type: 'pruned', callIds: oldResults(log) }, { type: 'condensed', upTo, summary: '' }];
}

/** Tokens that the next prompt can have at most, from the last count and what came after it. */
function atMost(log: readonly AgentEvent[]): number {
  const last = log.findLastIndex((event) => event.type === 'answer' && event.usage !== undefined);
  const answer = log[last];
  if (answer?.type !== 'answer' || !answer.usage) return Number.POSITIVE_INFINITY;
  const later = JSON.stringify(log.slice(last + 1)).length;
  // A token has more than one character of a text, but not of every text.
  return answer.usage.promptTokens + answer.usage.outputTokens + later;
}

/** Results of calls before the newest answers, that are long and still in the prompt. */
function oldResults(log: readonly AgentEvent[]): string[] {
  const gone = new Set(log.flatMap((event) => (event.type === 'pruned' ? event.callIds : [])));
  return log
    .slice(0, keepFrom(log))
    .flatMap((event) =>
      event.type === 'callEnd' && event.text.length > shortResult && !gone.has(event.callId) ? [event.callId] : [],
    );
}

/** The index of the event from which on everything stays: an answer or a message, so that no result loses its call. */
export function keepFrom(log: readonly AgentEvent[]): number {
  const starts = log.flatMap((event, at) => (event.type === 'answer' ? [at] : []));
  return starts.at(-keptAnswers) ?? log.findIndex(({ type }) => type === 'answer');
}

import { createHash } from 'node:crypto';
import type { Message, Tool } from '../../backend.ts';
import { wireMessages, wireText, wireTools } from './conversation.ts';
import { bytesAtMost } from './countTokens.ts';
import { likelyMessageTokens } from './estimateTokens.ts';

/**
 * What servers said of earlier prompts. A prompt only grows, so that the next one is what was counted and the new
 * messages: much nearer than what is known of the text alone.
 */
export interface PromptLedger {
  /** A prompt had so many tokens, by the server's own usage. */
  note(messages: readonly Message[], tools: readonly Tool[], tokens: number): void;
  /**
   * Tokens: `atLeast` is certain; `atMost` counts new text by its bytes, `likely` as it usually is. Null: no beginning of it
   * was counted.
   */
  look(messages: readonly Message[], tools: readonly Tool[]): Looked | null;
}

interface Looked {
  atLeast: number;
  likely: number;
  atMost: number;
}

/** Conversations that are remembered at a time. */
const kept = 16;

export function createPromptLedger(): PromptLedger {
  const known = new Map<string, number>();
  return {
    note(messages, tools, tokens) {
      const key = digests(messages, tools).at(-1);
      if (key === undefined || tokens <= 0) return;
      known.delete(key);
      known.set(key, tokens);
      const oldest = known.keys().next().value;
      if (known.size > kept && oldest !== undefined) known.delete(oldest);
    },
    look(messages, tools) {
      const wire = wireMessages(messages);
      const keys = digests(messages, tools);
      const at = keys.findLastIndex((key) => known.has(key));
      const tokens = known.get(keys[at] ?? '');
      if (tokens === undefined) return null;
      const later = wire.slice(at + 1);
      return { atLeast: tokens, likely: tokens + likelyMessageTokens(later), atMost: tokens + bytesAtMost(later) };
    },
  };
}

/** One digest for each beginning of a conversation. */
function digests(messages: readonly Message[], tools: readonly Tool[]): string[] {
  const hash = createHash('sha256').update(toolsDigest(tools));
  return wireMessages(messages).map((message) =>
    hash
      .update(wireText([message]))
      .copy()
      .digest('base64'),
  );
}

/** A turn asks with the same list at every step. */
const toolDigests = new WeakMap<readonly Tool[], string>();

function toolsDigest(tools: readonly Tool[]): string {
  const known = toolDigests.get(tools);
  if (known !== undefined) return known;
  const digest = createHash('sha256')
    .update(JSON.stringify(wireTools(tools)))
    .digest('base64');
  toolDigests.set(tools, digest);
  return digest;
}

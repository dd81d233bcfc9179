import type { ImageRule } from '../../../protocol/images.ts';
import { usualRule } from '../../../protocol/imageTokens.ts';
import type { Message, Tool } from '../../backend.ts';
import { type WireMessage, wireMessages, wireTools } from './conversation.ts';
import { tokensOfImages } from './countTokens.ts';
import { sumPerTool } from './perTool.ts';

/** What vocabularies such as Tekken split at: words, capitals, each digit, other letters, marks, white space. */
const pieces = /[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\p{N}|\p{L}[\p{L}\p{M}]*|[^\s\p{L}\p{N}]+|\s+/gu;
const withoutSpaces = /[\u3040-\u9fff\uac00-\ud7af]/;

/** Characters of a token, measured with Tekken on code, texts, logs and data: within a fifth of the real count. */
const ofWord = 5;
const ofForeignWord = 2.5;
const ofMarks = 2.5;
const ofIdeographs = 1.15;

/** Tokens that a text likely has, for a server that does not count. Pure. */
export function likelyTokens(text: string): number {
  let tokens = 0;
  for (const [piece] of text.matchAll(pieces)) {
    const first = piece.charCodeAt(0);
    if (first <= 32) tokens += piece === ' ' ? 0 : piece.length === 1 ? 0.5 : 1;
    else if (/^[A-Za-z]/.test(piece)) tokens += Math.max(1, piece.length / ofWord);
    else if (/^\p{N}/u.test(piece)) tokens += 1;
    else if (withoutSpaces.test(piece)) tokens += piece.length / ofIdeographs;
    else if (/^\p{L}/u.test(piece)) tokens += Math.max(1, piece.length / ofForeignWord);
    else tokens += Math.max(1, Buffer.byteLength(piece) / ofMarks);
  }
  return Math.ceil(tokens);
}

/** Control tokens around a message, a call or a tool. */
const around = 6;

/** The same for messages, with their images. */
export function likelyMessageTokens(messages: readonly WireMessage[], rule: ImageRule = usualRule): number {
  let tokens = tokensOfImages(messages, rule);
  for (const message of messages) {
    tokens +=
      around + (message.role === 'system' ? systemTokens(message.content) : likelyTokens(message.content ?? ''));
    for (const { function: call } of ('tool_calls' in message && message.tool_calls) || [])
      tokens += around + likelyTokens(call.name) + likelyTokens(call.arguments);
  }
  return tokens;
}

let system = { text: '', tokens: 0 };

/** The system prompt is long, and the same in every session. */
function systemTokens(text: string): number {
  if (system.text !== text) system = { text, tokens: likelyTokens(text) };
  return system.tokens;
}

/** The same for a whole prompt. */
export function likelyPromptTokens(messages: readonly Message[], tools: readonly Tool[]): number {
  return likelyToolTokens(tools) + likelyMessageTokens(wireMessages(messages));
}

const likelyToolTokens = sumPerTool((tool) => likelyTokens(JSON.stringify(wireTools([tool]))) + around);

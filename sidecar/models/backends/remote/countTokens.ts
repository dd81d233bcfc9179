import type { ImageRule } from '../../../protocol/images.ts';
import { imageTokens, usualRule } from '../../../protocol/imageTokens.ts';
import type { Message, Tool } from '../../backend.ts';
import { visionOf } from '../../visionModels.ts';
import type { Connection } from './connection.ts';
import { type WireMessage, wireMessages, wireText, wireTools } from './conversation.ts';
import { sumPerTool } from './perTool.ts';
import type { ServerFacts } from './serverFacts.ts';
import type { ServerUrl } from './serverUrl.ts';
import { getJson } from './smallAnswer.ts';
import { traitsOf } from './traits.ts';

/** Whether the server can count the tokens of a conversation. */
export const countsExactly = (facts: ServerFacts) => traitsOf(facts.kind).counts !== null;

/** Tokens of the prompt as the server's own template and tokenizer make it; null if it cannot say. */
export async function serverTokens(
  connection: Connection,
  server: ServerUrl,
  facts: ServerFacts,
  conversation: { messages: readonly Message[]; tools: readonly Tool[] },
  signal: AbortSignal,
): Promise<number | null> {
  // Images are counted by the model's rule: some servers would read them for the count.
  const wire = wireMessages(conversation.messages);
  const shown = tokensOfImages(wire, visionOf(facts.names) ?? usualRule);
  const body = { messages: wire.map(withoutImages), ...wireTools(conversation.tools) };
  const { counts } = traitsOf(facts.kind);
  if (counts === 'tokenize') {
    const counted = await getJson(connection, `${server.root}/tokenize`, signal, { model: facts.model, ...body });
    return typeof counted?.count === 'number' ? counted.count + shown : null;
  }
  if (counts === null) return null;
  const rendered = await getJson(connection, `${server.root}/apply-template`, signal, body);
  if (typeof rendered?.prompt !== 'string') return null;
  const content = { content: rendered.prompt, add_special: true, parse_special: true };
  const counted = await getJson(connection, `${server.root}/tokenize`, signal, content);
  return Array.isArray(counted?.tokens) ? counted.tokens.length + shown : null;
}

/** Tokens of a text without any around it, where a server says them as vLLM does; null if it does not. */
export async function textTokens(
  connection: Connection,
  server: ServerUrl,
  facts: ServerFacts,
  text: string,
  signal: AbortSignal,
): Promise<number[] | null> {
  const body = { model: facts.model, prompt: text, add_special_tokens: false };
  const counted = await getJson(connection, `${server.root}/tokenize`, signal, body);
  const tokens = counted?.tokens;
  return Array.isArray(tokens) && tokens.every((token) => typeof token === 'number') ? tokens : null;
}

/** Never fewer than the model reads: a token of a byte-level vocabulary holds at least one byte. */
export function tokensAtMost(messages: readonly Message[], tools: readonly Tool[]): number {
  return bytesAtMost(wireMessages(messages)) + toolsAtMost(tools);
}

/** The fields and spaces that servers add to a tool. */
const perTool = 64;
const toolsAtMost = sumPerTool((tool) => Buffer.byteLength(JSON.stringify(wireTools([tool]), null, 1)) + perTool);

/** The same for messages alone. */
export function bytesAtMost(messages: readonly WireMessage[]): number {
  // Control tokens.
  const perMessage = 16;
  const images = tokensOfImages(messages, finest);
  return Buffer.byteLength(wireText(messages)) + messages.length * perMessage + images;
}

/** No model is known to make more of an image. */
const finest: ImageRule = { patch: 16, side: 1540, exact: false };

const withoutImages = (message: WireMessage): WireMessage =>
  'images' in message ? { role: message.role, content: message.content } : message;

/** By a model's rule, or that of most. */
export const tokensOfImages = (messages: readonly WireMessage[], rule: ImageRule): number =>
  messages
    .flatMap((message) => ('images' in message ? (message.images ?? []) : []))
    .reduce((sum, image) => sum + imageTokens(image, rule), 0);

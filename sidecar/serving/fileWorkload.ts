import { isObject } from '../models/formats/jsonScan.ts';
import type { BenchRequest, Workload } from './workload.ts';

type Prompt = Pick<BenchRequest, 'messages' | 'tools'>;
export type ReadPrompts = { kind: 'prompts'; prompts: Prompt[] } | { kind: 'bad'; reason: string };

/** Characters of a piece of text for each token asked for: about what English text and code have. */
const charactersPerToken = 4;

/**
 * The prompts of a file. `.jsonl`: one a line, a string, `{"prompt"}` or `{"messages", "tools"}` as servers take them.
 * Any other file is cut to pieces of about `inputTokens` tokens, at white space, and each is a prompt.
 */
export function readPrompts(name: string, text: string, inputTokens: number): ReadPrompts {
  if (/\.jsonl$/i.test(name)) return readLines(text);
  const prompts = cutText(text, inputTokens * charactersPerToken).map(userPrompt);
  return prompts.length > 0 ? { kind: 'prompts', prompts } : { kind: 'bad', reason: 'it has no text' };
}

/** The prompts in their order, from the start again when there are no more. */
export function fileWorkload(name: string, prompts: readonly Prompt[], outputTokens: number): Workload {
  let next = 0;
  const request = (): BenchRequest => {
    const prompt = prompts[next++ % prompts.length] as Prompt;
    return { ...prompt, maxTokens: outputTokens, allTokens: true };
  };
  return {
    name: 'file',
    description: `${prompts.length} ${prompts.length === 1 ? 'prompt' : 'prompts'} of ${name}, answers of ${outputTokens} tokens`,
    take: (requests) => Array.from({ length: requests }, () => [request()]),
  };
}

const userPrompt = (content: string): Prompt => ({ messages: [{ role: 'user', content }], tools: [] });

function readLines(text: string): ReadPrompts {
  const prompts: Prompt[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const prompt = readPrompt(line);
    if (!prompt) {
      const wanted = 'a string, {"prompt": TEXT} or {"messages": [...]}';
      return { kind: 'bad', reason: `line ${index + 1} is not ${wanted}` };
    }
    prompts.push(prompt);
  }
  return prompts.length > 0 ? { kind: 'prompts', prompts } : { kind: 'bad', reason: 'it has no lines' };
}

function readPrompt(line: string): Prompt | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (isObject(value) && typeof value.prompt === 'string') value = value.prompt;
  if (typeof value === 'string') return value.trim() === '' ? null : userPrompt(value);
  if (!isObject(value) || !Array.isArray(value.messages) || value.messages.length === 0) return null;
  if (!value.messages.every((message) => isObject(message) && typeof message.role === 'string')) return null;
  const { messages, tools = [] } = value;
  return Array.isArray(tools) ? { messages, tools } : null;
}

/** Pieces of at most `length` UTF-16 units, cut after white space where a piece has any. */
function cutText(text: string, length: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = from + length < text.length ? cutBefore(text, from, from + length) : text.length;
    const piece = text.slice(from, to).trim();
    if (piece !== '') pieces.push(piece);
    from = to;
  }
  return pieces;
}

function cutBefore(text: string, from: number, to: number): number {
  for (let at = to; at > from; at--) if (/\s/.test(text[at - 1] ?? '')) return at;
  // Not between the halves of a character.
  const low = text.charCodeAt(to);
  return low >= 0xdc00 && low <= 0xdfff && to - from > 1 ? to - 1 : to;
}

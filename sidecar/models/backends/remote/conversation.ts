import { createHash } from 'node:crypto';
import type { Message, MessageImage, Tool, ToolCall } from '../../backend.ts';
import { isObject, parseModelJson } from '../../formats/jsonScan.ts';

export type WireMessage =
  | { role: 'system' | 'user'; content: string; images?: readonly MessageImage[] }
  | { role: 'assistant'; content?: string; tool_calls?: WireCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

interface WireCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/**
 * A conversation that every server's template takes: Devstral's 2512 template wants user and assistant to alternate,
 * results for all calls and ids of nine characters; SGLang, llama-server and Ollama refuse past arguments that are not
 * JSON. The same messages always give the same text, so that a server's prefix cache holds.
 */
export function wireMessages(messages: readonly Message[]): WireMessage[] {
  const out: WireMessage[] = [];
  const waiting = new Set<string>();

  const answerWaiting = () => {
    for (const id of waiting) out.push({ role: 'tool', tool_call_id: id, content: 'Not run.' });
    waiting.clear();
  };

  for (const message of messages) {
    const last = out.at(-1);
    if (message.role === 'tool') {
      const id = wireId(message.toolCallId);
      if (waiting.delete(id)) out.push({ role: 'tool', tool_call_id: id, content: message.content });
      continue;
    }
    answerWaiting();
    const previous = out.at(-1) ?? last;
    if (message.role === 'assistant') {
      const calls = (message.toolCalls ?? []).map(wireCall);
      if (message.content === '' && calls.length === 0) continue;
      for (const call of calls) waiting.add(call.id);
      if (previous?.role === 'assistant' && previous.tool_calls === undefined) {
        if (message.content !== '') previous.content = joined(previous.content, message.content);
        if (calls.length > 0) previous.tool_calls = calls;
        continue;
      }
      out.push({
        role: 'assistant',
        ...(message.content === '' ? {} : { content: message.content }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
      });
      continue;
    }
    // A system message later on is refused by most; there it speaks as the user.
    const role = message.role === 'system' && out.every((earlier) => earlier.role === 'system') ? 'system' : 'user';
    const images = message.role === 'user' ? (message.images ?? []) : [];
    if (previous?.role === role) {
      previous.content = joined(previous.content, message.content);
      if (images.length > 0) previous.images = [...(previous.images ?? []), ...images];
    } else {
      if (previous?.role === 'tool') out.push({ role: 'assistant', content: 'Understood.' });
      out.push({ role, content: message.content, ...(images.length > 0 ? { images } : {}) });
    }
  }
  answerWaiting();
  return out;
}

/** The messages as OpenAI's form has them: a message with images is a list of its text and them, as data URIs. */
export function openAiMessages(messages: readonly WireMessage[]): unknown[] {
  return messages.map((message) => {
    if (!('images' in message)) return message;
    const { images = [], content, ...rest } = message;
    const shown = images.map(({ mime, data = '' }) => {
      return { type: 'image_url', image_url: { url: `data:${mime};base64,${data}` } };
    });
    return { ...rest, content: [...(content === '' ? [] : [{ type: 'text', text: content }]), ...shown] };
  });
}

/** The messages with the names of their images in place of the bytes: for counting, and to know a prompt again. */
export const wireText = (messages: readonly WireMessage[]): string =>
  JSON.stringify(messages, (key, value: unknown) => (key === 'data' ? undefined : value));

const joined = (first: string | undefined, second: string) => (first ? `${first}\n\n${second}` : second);

function wireCall(call: ToolCall): WireCall {
  return {
    id: wireId(call.id),
    type: 'function',
    function: { name: call.name, arguments: wireArguments(call.arguments) },
  };
}

/** Arguments as valid JSON of an object; what cannot be read goes along as text, so that the model sees what it wrote. */
function wireArguments(text: string): string {
  if (text.trim() === '') return '{}';
  const parsed = parseModelJson(text);
  if (!parsed.ok || !isObject(parsed.value)) return JSON.stringify({ unreadable: text });
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(parsed.value);
  }
}

/** Mistral's templates take ids of nine letters and digits only. */
export function wireId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}

/** Tools as servers take them, or nothing: vLLM refuses an empty list. */
export function wireTools(tools: readonly Tool[]): { tools?: unknown[] } {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters },
    })),
  };
}

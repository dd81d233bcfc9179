import type { Message, Tool, ToolCall } from '../backend.ts';
import type { ChatFormat, Segment } from './chatFormat.ts';
import { createChatmlParser } from './chatmlParser.ts';
import { isObject } from './jsonScan.ts';

const start: Segment = { control: '<|im_start|>' };
const end: Segment = { control: '<|im_end|>' };
/** Without a system message the models' own templates put in their makers' words. */
const ownSystemMessage = 'You are a helpful coding assistant.';

/**
 * Qwen2.5's ChatML with Hermes-style tools. Everything but the segments after the last message is the same when a
 * message is appended; an appended assistant message even continues the open `assistant` block token by token.
 */
export function renderChatml(messages: readonly Message[], tools: readonly Tool[]): Segment[] {
  const system = messages[0]?.role === 'system' ? messages[0].content : ownSystemMessage;
  const rest = messages[0]?.role === 'system' ? messages.slice(1) : messages;
  const segments: Segment[] = [...open('system'), { text: system }, ...toolSegments(tools), ...close];
  for (const [i, message] of rest.entries()) {
    if (message.role === 'tool') {
      // The results of one round share a block, as in the models' training.
      segments.push(...(rest[i - 1]?.role === 'tool' ? [] : open('user')));
      if (rest[i - 1]?.role === 'tool') segments.push({ text: '\n' });
      segments.push({ text: '<tool_response>\n' }, { text: message.content }, { text: '\n</tool_response>' });
      if (rest[i + 1]?.role !== 'tool') segments.push(...close);
      continue;
    }
    segments.push(...open(message.role), { text: message.content });
    if (message.role === 'assistant') segments.push(...callSegments(message.content, message.toolCalls ?? []));
    segments.push(...close);
  }
  return [...segments, ...open('assistant')].filter((segment) => !('text' in segment) || segment.text !== '');
}

const close: readonly Segment[] = [end, { text: '\n' }];

/** The header is a segment of its own: a content that starts with a newline must not change its tokens. */
const open = (role: string): Segment[] => [start, { text: `${role}\n` }];

function callSegments(content: string, calls: readonly ToolCall[]): Segment[] {
  return calls.flatMap((call, i) => [
    ...(i > 0 || content !== '' ? [{ text: '\n' }] : []),
    { control: '<tool_call>' },
    { text: `\n{"name": ${JSON.stringify(call.name)}, "arguments": ${call.arguments}}\n` },
    { control: '</tool_call>' },
  ]);
}

/** The same as plain text, for a model whose own template knows no tools. */
export function renderChatmlTools(tools: readonly Tool[]): string {
  return toolSegments(tools)
    .map((segment) => ('control' in segment ? segment.control : segment.text))
    .join('');
}

function toolSegments(tools: readonly Tool[]): Segment[] {
  if (tools.length === 0) return [];
  const signatures = tools.map((tool) => spacedJson({ type: 'function', function: tool })).join('\n');
  return [
    {
      text: `\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>\n${signatures}\n</tools>\n\nFor each function call, return a json object with function name and arguments within `,
    },
    { control: '<tool_call>' },
    { control: '</tool_call>' },
    { text: ' XML tags:\n' },
    { control: '<tool_call>' },
    { text: '\n{"name": <function-name>, "arguments": <args-json-object>}\n' },
    { control: '</tool_call>' },
  ];
}

/** JSON with a space after `:` and `,`, as the templates' `tojson` writes it. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${spacedJson(entry)}`).join(', ')}}`;
}

/** ChatML: Qwen2.5 (the starter model), SmolLM2 and their kin. */
export const chatml: ChatFormat = {
  name: 'chatml',
  render: renderChatml,
  answer: (content, calls) => [...(content === '' ? [] : [{ text: content }]), ...callSegments(content, calls)],
  parser: (tools) => createChatmlParser(tools.map((tool) => tool.name)),
  // llama.cpp takes any token spelt like this for an end; in Qwen's vocabulary it is HTML for "end of strikethrough".
  endsAnswer: (control) => control !== '</s>',
};

import type { JsonNode } from '../pythonJson.ts';
import type { Chunk, Content, MistralCall, MistralConversation, MistralMessage, MistralTool } from './conversation.ts';

export type ReadConversation = { kind: 'read'; conversation: MistralConversation } | { kind: 'bad'; reason: string };

class BadShape extends Error {}

/**
 * Messages and tools as OpenAI's API has them, read without loss (numbers and the order of keys as they stand): the input
 * of `devstral render`. Unknown keys are dropped, as mistral-common does.
 */
export function readOpenAi(messages: JsonNode, tools: JsonNode): ReadConversation {
  try {
    const read = list(messages, 'messages').map((message, i) => readMessage(members(message, `message ${i + 1}`)));
    const readTools = tools === null ? [] : list(tools, 'tools').map((tool) => readTool(members(tool, 'a tool')));
    return { kind: 'read', conversation: { messages: read, tools: readTools } };
  } catch (error) {
    if (error instanceof BadShape) return { kind: 'bad', reason: error.message };
    throw error;
  }
}

type Members = Map<string, JsonNode>;

function members(node: JsonNode | undefined, what: string): Members {
  if (typeof node === 'object' && node !== null && !Array.isArray(node) && 'entries' in node)
    return new Map(node.entries);
  throw new BadShape(`${what} is not an object`);
}

function list(node: JsonNode | undefined, what: string): JsonNode[] {
  if (Array.isArray(node)) return node;
  throw new BadShape(`${what} is not a list`);
}

function string(node: JsonNode | undefined, what: string): string {
  if (typeof node === 'string') return node;
  throw new BadShape(`${what} is not a text`);
}

function readMessage(message: Members): MistralMessage {
  const role = message.get('role');
  const content = readContent(message.get('content') ?? '');
  switch (role) {
    case 'system':
    case 'user':
      return { role, content };
    case 'assistant': {
      const calls = message.get('tool_calls') ?? [];
      const toolCalls = list(calls, 'tool_calls').map((call) => readCall(members(call, 'a tool call')));
      return { role, content, toolCalls, prefix: message.get('prefix') === true };
    }
    case 'tool': {
      const name = message.get('name');
      const toolCallId = string(message.get('tool_call_id') ?? '', 'tool_call_id');
      return { role, content, toolCallId, ...(typeof name === 'string' ? { name } : {}) };
    }
    default:
      throw new BadShape(`the role ${JSON.stringify(role ?? null)} is not known`);
  }
}

function readContent(node: JsonNode): Content {
  if (typeof node === 'string') return node;
  return list(node, 'content').map((item): Chunk => {
    const chunk = members(item, 'a part of the content');
    const type = chunk.get('type');
    if (type === 'text') return { type, text: string(chunk.get('text'), 'text') };
    if (type !== 'thinking') throw new BadShape(`content of the type ${JSON.stringify(type ?? null)} is not known`);
    const thinking = chunk.get('thinking') ?? '';
    const parts = typeof thinking === 'string' ? thinking : readContent(thinking);
    const said =
      typeof parts === 'string' ? parts : parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
    return { type, thinking: said, closed: chunk.get('closed') !== false };
  });
}

function readCall(call: Members): MistralCall {
  const called = members(call.get('function'), 'the function of a tool call');
  return {
    id: string(call.get('id') ?? 'null', 'the id of a tool call'),
    name: string(called.get('name'), 'the name of a function'),
    arguments: string(called.get('arguments') ?? '', 'arguments'),
  };
}

function readTool(tool: Members): MistralTool {
  const described = members(tool.get('function'), 'the function of a tool');
  return {
    name: string(described.get('name'), 'the name of a tool'),
    description: string(described.get('description') ?? '', 'the description of a tool'),
    parameters: described.get('parameters') ?? { entries: [] },
  };
}

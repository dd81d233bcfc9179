import type { JsonNode } from '../pythonJson.ts';
import {
  type Content,
  isEmpty,
  type MistralConversation,
  type MistralMessage,
  type MistralVersion,
} from './conversation.ts';

const functionName = /^[a-zA-Z0-9_-]{1,64}$/;
const strictId = /^[a-zA-Z0-9]{9}$/;

/**
 * Why mistral-common (1.13, test mode) refuses a conversation, or null. Rules and their order as in its
 * `protocol/instruct/validator.py` and `tokens/tokenizers/instruct.py`.
 */
export function refusal(version: MistralVersion, { messages, tools }: MistralConversation): string | null {
  return (
    structureRefusal(messages) ??
    (version === 'v3' || version === 'v7' ? countRefusal(messages) : idRefusal(messages)) ??
    first(messages, (message, i) => contentRefusal(version, message, i === messages.length - 1)) ??
    first(tools, ({ name, parameters }) => {
      if (!functionName.test(name)) return `a tool cannot be called "${name}"`;
      return schemaRefusal(parameters);
    })
  );
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | null): string | null {
  for (const [i, item] of items.entries()) {
    const reason = check(item, i);
    if (reason) return reason;
  }
  return null;
}

const mayFollow: Record<MistralMessage['role'], ReadonlySet<MistralMessage['role']>> = {
  system: new Set(['user', 'assistant', 'system']),
  user: new Set(['assistant', 'system', 'user']),
  assistant: new Set(['assistant', 'user', 'tool']),
  tool: new Set(['assistant', 'tool', 'user']),
};

function structureRefusal(messages: readonly MistralMessage[]): string | null {
  const [only] = messages;
  const last = messages.at(-1);
  if (!only || !last) return 'there is no message';
  if (messages.length === 1 && only.role !== 'user' && only.role !== 'system') {
    return 'a conversation starts with a user or system message';
  }
  if (last.role === 'assistant' && !last.prefix) return 'the last message is an answer that is not to be continued';
  return first(messages.slice(1), (message, i) => {
    const before = messages[i]?.role ?? 'user';
    return mayFollow[before].has(message.role) ? null : `a ${message.role} message cannot follow a ${before} message`;
  });
}

const unequal = 'there are not as many tool results as tool calls';

/** v3 and v7 count results; what stands first and what is left at the end is not looked at. */
function countRefusal(messages: readonly MistralMessage[]): string | null {
  let expected = 0;
  for (const message of messages.slice(1)) {
    if (message.role === 'tool') expected--;
    if (message.role !== 'assistant') continue;
    if (expected !== 0) return unequal;
    expected = message.toolCalls.length;
  }
  return null;
}

/** v11 and v13 match results to calls by their ids. */
function idRefusal(messages: readonly MistralMessage[]): string | null {
  const expected = new Set<string>();
  const seen = new Set<string>();
  for (const message of messages.slice(1)) {
    if (message.role === 'tool') {
      const id = message.toolCallId;
      if (seen.has(id)) return `two results have the id "${id}"`;
      if (!expected.has(id)) return `no call has the id "${id}" of a result`;
      seen.add(id);
    }
    if (message.role !== 'assistant') continue;
    if (expected.size !== seen.size) return unequal;
    expected.clear();
    seen.clear();
    for (const { id } of message.toolCalls) {
      if (expected.has(id)) return `two calls have the id "${id}"`;
      expected.add(id);
    }
  }
  return null;
}

function contentRefusal(version: MistralVersion, message: MistralMessage, isLast: boolean): string | null {
  if (hasThinking(message.content) && (version !== 'v13' || message.role === 'user' || message.role === 'tool')) {
    return `a ${message.role} message of ${version} has no thinking`;
  }
  if (message.role === 'tool') {
    if (message.name !== undefined && !functionName.test(message.name))
      return `a tool cannot be called "${message.name}"`;
    return badId(version, message.toolCallId);
  }
  if (message.role !== 'assistant') return null;
  const { content, toolCalls, prefix } = message;
  if (version === 'v3' && isEmpty(content) === (toolCalls.length === 0)) {
    return 'an answer has either text or tool calls in v3';
  }
  if (prefix && !isLast) return 'only the last message can be continued';
  return first(toolCalls, ({ id, name }) => {
    return badId(version, id) ?? (functionName.test(name) ? null : `a tool cannot be called "${name}"`);
  });
}

const hasThinking = (content: Content): boolean =>
  typeof content !== 'string' && content.some(({ type }) => type === 'thinking');

function badId(version: MistralVersion, id: string): string | null {
  if (version === 'v13') return id === '' || id === 'null' ? 'a tool call has no id' : null;
  return strictId.test(id) ? null : `the id "${id}" of a tool call is not nine letters or digits`;
}

const simpleTypes = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);
/** Keywords that hold a schema, a list of them, or named ones. */
const subschemas = ['items', 'additionalProperties', 'not', 'contains', 'if', 'then', 'else', 'propertyNames'];
const schemaLists = ['anyOf', 'oneOf', 'allOf', 'items'];
const namedSchemas = ['properties', '$defs', 'definitions', 'patternProperties'];

/** The mistakes in a JSON Schema (draft 7) that are seen in practice; the rest of its metaschema is not checked. */
function schemaRefusal(schema: JsonNode): string | null {
  if (typeof schema === 'boolean') return null;
  const found = membersOf(schema);
  if (!found) return 'a schema of parameters is not an object';
  const type = found.get('type');
  const types = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const unknown = types.find((name) => typeof name !== 'string' || !simpleTypes.has(name));
  if (unknown !== undefined) return `a schema of parameters has the unknown type ${JSON.stringify(unknown)}`;
  const required = found.get('required');
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string'))) {
    return '"required" in a schema is not a list of names';
  }
  const inner = [
    ...subschemas.flatMap((key) => present(found.get(key)).filter((node) => !Array.isArray(node))),
    ...schemaLists.flatMap((key) => present(found.get(key)).flatMap((node) => (Array.isArray(node) ? node : []))),
    ...namedSchemas.flatMap((key) => [...(membersOf(found.get(key)) ?? new Map<string, JsonNode>()).values()]),
  ];
  return first(inner, schemaRefusal);
}

const present = (node: JsonNode | undefined): JsonNode[] => (node === undefined ? [] : [node]);

function membersOf(node: JsonNode | undefined): Map<string, JsonNode> | null {
  if (typeof node !== 'object' || node === null || !('entries' in node) || Array.isArray(node)) return null;
  return new Map(node.entries);
}

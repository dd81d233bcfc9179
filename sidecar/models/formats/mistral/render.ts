import type { Segment } from '../chatFormat.ts';
import { type JsonNode, readPythonJson, writePythonJson } from '../pythonJson.ts';
import {
  type Content,
  isEmpty,
  joinContents,
  joint,
  type MistralCall,
  type MistralConversation,
  type MistralMessage,
  type MistralTool,
  type MistralVersion,
} from './conversation.ts';
import { refusal } from './validate.ts';

export type Rendered = { kind: 'rendered'; segments: Segment[] } | { kind: 'refused'; reason: string };

const control = (name: string): Segment => ({ control: name });
const text = (value: string): Segment => ({ text: value });

/**
 * A conversation as mistral-common writes it (`InstructTokenizerV3` … `V13` with their normalizers), token for token: text
 * and control tokens apart, each text tokenised by itself. Nothing is repaired; what the library refuses is refused.
 */
export function renderMistral(version: MistralVersion, conversation: MistralConversation): Rendered {
  const reason = refusal(version, conversation);
  if (reason) return { kind: 'refused', reason };
  const messages = merge(version, conversation.messages);
  const system = version === 'v3' ? systemTexts(conversation.messages) : '';
  const users = messages.flatMap((message, i) => (message.role === 'user' ? [i] : []));
  const toolsAt = version === 'v13' ? users[0] : users.at(-1);
  const segments: Segment[] = [control('<s>')];
  for (const [i, message] of messages.entries()) {
    if (i === toolsAt) segments.push(...toolsBlock(conversation.tools));
    if (message.role === 'assistant') {
      if (isEmpty(message.content) && message.toolCalls.length === 0) {
        return { kind: 'refused', reason: 'an answer has neither text nor tool calls' };
      }
      if (version === 'v3' && !isEmpty(message.content) && message.toolCalls.length > 0) {
        return { kind: 'refused', reason: 'an answer has either text or tool calls in v3' };
      }
    }
    const before = i === users.at(-1) && system !== '' ? system + joint : '';
    segments.push(...messageSegments(version, message, before));
  }
  return { kind: 'rendered', segments: segments.filter((segment) => !('text' in segment) || segment.text !== '') };
}

/** Text of a completion in the middle, for models that were trained on it. The suffix is tokenised by `encodeSuffix`. */
export function fimTokens(
  prefix: string,
  suffix: string | null,
  tekken: { encode(text: string): number[]; control(name: string): number | undefined },
): number[] {
  const id = (name: string) => tekken.control(name) ?? 0;
  // mistral-common's way to keep a leading space: a character of two tokens in front, which are then dropped.
  const after = suffix ? tekken.encode(`\u263a${suffix}`).slice(2) : [];
  return [id('<s>'), id('[SUFFIX]'), ...after, id('[PREFIX]'), ...tekken.encode(prefix)];
}

/** Messages of one role become one (tools and systems do not); results come in the order of their calls from v11 on. */
function merge(version: MistralVersion, messages: readonly MistralMessage[]): MistralMessage[] {
  const merged: MistralMessage[] = [];
  let callIds: string[] = [];
  for (let i = 0; i < messages.length; ) {
    const role = messages[i]?.role;
    let end = i;
    while (end < messages.length && messages[end]?.role === role) end++;
    const group = messages.slice(i, end);
    i = end;
    if (role === 'user') merged.push({ role, content: joinContents(group.map(({ content }) => content)) });
    if (role === 'system' && version !== 'v3') {
      merged.push(...group.map((message) => ({ ...message, content: joinContents([message.content]) })));
    }
    if (role === 'assistant') {
      const answers = group.flatMap((message) => (message.role === 'assistant' ? [message] : []));
      const toolCalls = answers.flatMap((answer) => answer.toolCalls);
      callIds.push(...toolCalls.map(({ id }) => id));
      const content = joinContents(answers.map((answer) => answer.content));
      merged.push({ role, content, toolCalls, prefix: answers.some(({ prefix }) => prefix) });
    }
    if (role === 'tool') {
      const results = group.flatMap((message) => (message.role === 'tool' ? [message] : []));
      merged.push(...(version === 'v11' || version === 'v13' ? inCallOrder(results, callIds) : results));
      callIds = [];
    }
  }
  if (version === 'v3' && merged[0]?.role !== 'user') merged.unshift({ role: 'user', content: '' });
  return merged;
}

function inCallOrder<T extends { toolCallId: string }>(results: readonly T[], callIds: readonly string[]): T[] {
  const place = new Map(callIds.map((id, i) => [id, i]));
  const at = (result: T) => place.get(result.toolCallId) ?? Number.POSITIVE_INFINITY;
  return results.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
}

/** v3 has no system block: all of them stand before the text of the last user message. */
const systemTexts = (messages: readonly MistralMessage[]): string =>
  messages
    .filter(({ role, content }) => role === 'system' && !isEmpty(content))
    .map(({ content }) => plain(joinContents([content])))
    .join(joint);

const plain = (content: Content): string =>
  typeof content === 'string' ? content : content.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');

function toolsBlock(tools: readonly MistralTool[]): Segment[] {
  if (tools.length === 0) return [];
  const nodes: JsonNode = tools.map(({ name, description, parameters }) => ({
    entries: [
      ['type', 'function'],
      [
        'function',
        {
          entries: [
            ['name', name],
            ['description', description],
            ['parameters', parameters],
          ],
        },
      ],
    ],
  }));
  return [control('[AVAILABLE_TOOLS]'), text(writePythonJson(nodes)), control('[/AVAILABLE_TOOLS]')];
}

function messageSegments(version: MistralVersion, message: MistralMessage, systemBefore: string): Segment[] {
  switch (message.role) {
    case 'system':
      return [control('[SYSTEM_PROMPT]'), ...contentSegments(message.content), control('[/SYSTEM_PROMPT]')];
    case 'user':
      return [control('[INST]'), text(systemBefore + plain(message.content)), control('[/INST]')];
    case 'assistant': {
      const { content, toolCalls, prefix } = message;
      const said = typeof content === 'string' ? [text(content.replace(/ +$/, ''))] : contentSegments(content);
      return [...said, ...callSegments(version, toolCalls), ...(prefix ? [] : [control('</s>')])];
    }
    case 'tool':
      return resultSegments(version, message.toolCallId, plain(joinContents([message.content])));
  }
}

/** An answer as it stands in a prompt, without its end. */
export function answerSegments(version: MistralVersion, message: MistralMessage): Segment[] {
  const open = message.role === 'assistant' ? { ...message, prefix: true } : message;
  return messageSegments(version, open, '').filter((segment) => !('text' in segment) || segment.text !== '');
}

function contentSegments(content: Content): Segment[] {
  if (typeof content === 'string') return [text(content)];
  return content.flatMap((chunk) => {
    if (chunk.type === 'text') return [text(chunk.text)];
    return [control('[THINK]'), text(chunk.thinking), ...(chunk.closed ? [control('[/THINK]')] : [])];
  });
}

function callSegments(version: MistralVersion, calls: readonly MistralCall[]): Segment[] {
  if (calls.length === 0) return [];
  if (version === 'v3' || version === 'v7') {
    const list: JsonNode = calls.map(({ id, name, arguments: given }) => ({
      entries: [
        ['name', name],
        ['arguments', argumentsNode(given)],
        ['id', id],
      ],
    }));
    return [control('[TOOL_CALLS]'), text(writePythonJson(list))];
  }
  return calls.flatMap(({ id, name, arguments: given }) => [
    control('[TOOL_CALLS]'),
    text(name),
    ...(version === 'v11' ? [control('[CALL_ID]'), text(id)] : []),
    control('[ARGS]'),
    text(writePythonJson(argumentsNode(given))),
  ]);
}

/** JSON as it is; text that is none becomes a JSON string. */
function argumentsNode(given: string): JsonNode {
  const read = readPythonJson(given === '' ? '{}' : given);
  return read.ok ? read.value : given;
}

function resultSegments(version: MistralVersion, id: string, content: string): Segment[] {
  const end = control('[/TOOL_RESULTS]');
  if (version === 'v13') return [control('[TOOL_RESULTS]'), text(content), end];
  if (version !== 'v3') return [control('[TOOL_RESULTS]'), text(id), control('[TOOL_CONTENT]'), text(content), end];
  const result: JsonNode = {
    entries: [
      ['content', argumentsNode(content)],
      ['call_id', id],
    ],
  };
  return [control('[TOOL_RESULTS]'), text(writePythonJson(result)), end];
}

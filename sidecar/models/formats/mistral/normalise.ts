import { createHash } from 'node:crypto';
import type { Message, Tool, ToolCall } from '../../backend.ts';
import { parseModelJson } from '../jsonScan.ts';
import { readPythonJson, toJsonNode, writePythonJson } from '../pythonJson.ts';
import type { MistralCall, MistralConversation, MistralMessage, MistralTool, MistralVersion } from './conversation.ts';

/** What stands for the result of a call that was denied, stopped or cut off. */
export const noResult = 'The call was not run.';

/**
 * Makes of any order of events (a deny, a stop, an error, two messages of the person in a row) a conversation that the
 * format accepts, and drops no text. An appended message leaves what stands before it as it was, so the prompt's prefix
 * stays. A last answer without calls is one to go on with.
 */
export function normalise(
  version: MistralVersion,
  messages: readonly Message[],
  tools: readonly Tool[],
): MistralConversation {
  const out: MistralMessage[] = [];
  for (let i = 0; i < messages.length; ) {
    const message = messages[i];
    i++;
    if (!message) break;
    if (message.role === 'tool') {
      out.push({ role: 'user', content: `Result of a tool:\n${message.content}` });
      continue;
    }
    if (message.role === 'system') {
      const before = out.at(-1)?.role;
      const isLate = before === 'assistant' || before === 'tool';
      out.push({ role: isLate ? 'user' : 'system', content: message.content });
      continue;
    }
    if (message.role === 'user') {
      out.push({ role: 'user', content: message.content });
      continue;
    }
    const calls = message.toolCalls ?? [];
    const results: (Message & { role: 'tool' })[] = [];
    for (let next = messages[i]; next?.role === 'tool'; next = messages[++i]) results.push(next);
    out.push(...answer(version, message.content, calls, results, out.length));
  }
  return { messages: withEnds(version === 'v3' ? apartFromCalls(out) : out), tools: tools.map(normaliseTool) };
}

/** An answer with its results, one for each call. */
function answer(
  version: MistralVersion,
  content: string,
  calls: readonly ToolCall[],
  results: readonly { toolCallId: string; content: string }[],
  place: number,
): MistralMessage[] {
  const known = new Set(calls.map(({ id }) => id));
  const orphans = results.filter(({ toolCallId }) => !known.has(toolCallId));
  const rest = orphans.map((result): MistralMessage => {
    return { role: 'user', content: `Result of a tool:\n${result.content}` };
  });
  if (calls.length === 0) {
    return [...(content === '' ? [] : [plainAnswer(content)]), ...rest];
  }
  const unused = [...results];
  const ids = new Set<string>();
  const answered = calls.map((call, i) => {
    const at = unused.findIndex(({ toolCallId }) => toolCallId === call.id);
    const [result] = at === -1 ? [] : unused.splice(at, 1);
    return { call: normaliseCall(version, call, ids, `${place}.${i}`), result: result?.content ?? noResult };
  });
  // A second result of one call: its text is kept with the first.
  for (const extra of unused) {
    const at = calls.findIndex(({ id }) => id === extra.toolCallId);
    const target = answered[at];
    if (target) target.result += `\n\n${extra.content}`;
  }
  const toolCalls = answered.map(({ call }) => call);
  // v3 has no text beside calls.
  const apart = version === 'v3' && content !== '';
  return [
    ...(apart ? [plainAnswer(content)] : []),
    { role: 'assistant', content: apart ? '' : content, toolCalls, prefix: false },
    ...answered.map(({ call, result }): MistralMessage => ({ role: 'tool', toolCallId: call.id, content: result })),
    ...rest,
  ];
}

/** v3 joins answers that stand side by side, and then has text beside calls again: an empty message keeps them apart. */
function apartFromCalls(messages: readonly MistralMessage[]): MistralMessage[] {
  return messages.flatMap((message, i) => {
    const joins = message.role === 'assistant' && message.toolCalls.length > 0 && messages[i - 1]?.role === 'assistant';
    return joins ? [{ role: 'user', content: '' } as const, message] : [message];
  });
}

const plainAnswer = (content: string): MistralMessage => ({ role: 'assistant', content, toolCalls: [], prefix: false });

/** The beginning and the end that the format asks for. */
function withEnds(messages: readonly MistralMessage[]): MistralMessage[] {
  const out = [...messages];
  if (out.length === 0) return [{ role: 'user', content: '' }];
  // The checks of results look past the first message.
  if (out[0]?.role === 'assistant') out.unshift({ role: 'user', content: '' });
  const last = out.at(-1);
  if (last?.role === 'assistant') out[out.length - 1] = { ...last, prefix: true };
  return out;
}

/** `taken` are the ids of this answer; `place` makes one of its own where the model or a server gave none or one twice. */
function normaliseCall(version: MistralVersion, call: ToolCall, taken: Set<string>, place: string): MistralCall {
  const fits = version === 'v13' ? call.id !== '' && call.id !== 'null' : /^[a-zA-Z0-9]{9}$/.test(call.id);
  let id = fits ? call.id : shortId(call.id);
  if (taken.has(id)) id = shortId(`${call.id} ${place}`);
  taken.add(id);
  return { id, name: functionName(call.name), arguments: canonicalArguments(call.arguments) };
}

/** Nine letters and digits, the same for the same text. */
const shortId = (text: string) =>
  createHash('sha256').update(text).digest('base64').replace(/[+/=]/g, '').slice(0, 9).padEnd(9, '0');

/** What models and people call tools, in the letters that a format allows. */
export const functionName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64) || 'unknown';

/** Arguments as the model wrote them, read as leniently as they are when they are carried out. */
function canonicalArguments(given: string): string {
  const exact = readPythonJson(given === '' ? '{}' : given);
  if (exact.ok) return writePythonJson(exact.value);
  const lenient = parseModelJson(given);
  return lenient.ok ? writePythonJson(toJsonNode(lenient.value)) : given;
}

function normaliseTool({ name, description, parameters }: Tool): MistralTool {
  return { name: functionName(name), description, parameters: toJsonNode(parameters) };
}

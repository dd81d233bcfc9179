import { Template } from '@huggingface/jinja';
import type { Message, Tool } from '../backend.ts';
import type { AnswerParser, ChatFormat, Segment } from './chatFormat.ts';
import { renderChatmlTools } from './chatml.ts';
import { createChatmlParser } from './chatmlParser.ts';
import { parseModelJson } from './jsonScan.ts';

export interface JinjaOptions {
  /** The chat template of the GGUF. */
  template: string;
  bos: string;
  eos: string;
}

export type JinjaFormat = { kind: 'format'; format: ChatFormat; knowsTools: boolean } | { kind: 'bad'; reason: string };

/** Private-use characters around a number: no template looks for them, and trimming leaves them alone. */
const opening = '\uE0F0';
const closing = '\uE0F1';
const placeholders = new RegExp(`${opening}(\\d+)${closing}`, 'gu');

/**
 * Any model with a chat template of its own. Contents are put in as placeholders, so that what the template writes is
 * tokenised with its control tokens and what people, files and tools say is not. A template without tools gets ours.
 */
export function jinjaFormat({ template: source, bos, eos }: JinjaOptions): JinjaFormat {
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    return { kind: 'bad', reason: reasonOf(error) };
  }
  const knowsTools = /\btools\b/.test(source);

  function write(messages: readonly Message[], tools: readonly Tool[]): Segment[] {
    const contents: string[] = [];
    const hold = (text: string) => (text === '' ? '' : `${opening}${contents.push(text) - 1}${closing}`);
    // Inside JSON that the template prints, a description is escaped as JSON is.
    const holdJson = (text: string) => hold(JSON.stringify(text).slice(1, -1));
    const rendered = template.render({
      messages: messages.map((message) => templateMessage(message, hold)),
      ...(tools.length > 0 ? { tools: tools.map((tool) => templateTool(tool, holdJson)) } : {}),
      add_generation_prompt: true,
      bos_token: bos,
      eos_token: eos,
    });
    const parts = rendered.split(placeholders);
    return parts.flatMap((part, i): Segment[] => {
      if (part === '') return [];
      return [i % 2 === 0 ? { control: part } : { text: contents[Number(part)] ?? '' }];
    });
  }

  function render(messages: readonly Message[], tools: readonly Tool[]): Segment[] {
    const given = knowsTools ? messages : withOwnTools(messages, tools);
    const passed = knowsTools ? tools : [];
    try {
      return write(given, passed);
    } catch (error) {
      // Many templates refuse a system message, or two messages of one role in a row.
      const alternating = alternate(given);
      if (JSON.stringify(alternating) === JSON.stringify(given)) throw error;
      return write(alternating, passed);
    }
  }

  return {
    kind: 'format',
    knowsTools,
    format: {
      name: 'jinja',
      render,
      // Where the calls stand is known to the template only.
      answer: (content, calls) => (calls.length === 0 && content !== '' ? [{ text: content }] : []),
      parser,
      endsAnswer: () => true,
    },
  };
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function templateMessage(message: Message, hold: (text: string) => string): Record<string, unknown> {
  const content = hold(message.content);
  if (message.role === 'tool') return { role: 'tool', content, tool_call_id: message.toolCallId };
  if (message.role !== 'assistant' || !message.toolCalls?.length) return { role: message.role, content };
  const calls = message.toolCalls.map(({ id, name, arguments: given }) => {
    const parsed = parseModelJson(given);
    return { id, type: 'function', function: { name, arguments: parsed.ok ? parsed.value : given } };
  });
  return { role: 'assistant', content, tool_calls: calls };
}

function templateTool({ name, description, parameters }: Tool, hold: (text: string) => string) {
  return { type: 'function', function: { name, description: hold(description), parameters } };
}

/** For a template that knows no tools: they are described in the system message, calls and results are text. */
function withOwnTools(messages: readonly Message[], tools: readonly Tool[]): Message[] {
  const plain = messages.map((message): Message => {
    if (message.role === 'tool') {
      return { role: 'user', content: `<tool_response>\n${message.content}\n</tool_response>` };
    }
    if (message.role !== 'assistant' || !message.toolCalls?.length) return message;
    const calls = message.toolCalls.map(
      ({ name, arguments: given }) =>
        `<tool_call>\n{"name": ${JSON.stringify(name)}, "arguments": ${given}}\n</tool_call>`,
    );
    return { role: 'assistant', content: [message.content, ...calls].filter((part) => part !== '').join('\n') };
  });
  if (tools.length === 0) return plain;
  const described = renderChatmlTools(tools);
  const [first, ...rest] = plain;
  if (first?.role === 'system') return [{ role: 'system', content: first.content + described }, ...rest];
  return [{ role: 'system', content: described.trim() }, ...plain];
}

/** The same conversation with one system text in the first user message and no two messages of a role in a row. */
function alternate(messages: readonly Message[]): Message[] {
  const out: Message[] = [];
  for (const message of messages) {
    const role = message.role === 'system' ? 'user' : message.role;
    const last = out.at(-1);
    if (last && last.role === role && role !== 'tool' && !('toolCalls' in last && last.toolCalls)) {
      last.content = [last.content, message.content].filter((text) => text !== '').join('\n\n');
      if (message.role === 'assistant' && last.role === 'assistant' && message.toolCalls) {
        last.toolCalls = message.toolCalls;
      }
    } else out.push(message.role === 'system' ? { role: 'user', content: message.content } : { ...message });
  }
  return out;
}

/** Calls in any of the ways that models have; control tokens stand for nothing, but for those of Hermes-style calls. */
function parser(tools: readonly Tool[]): AnswerParser {
  const inner = createChatmlParser(tools.map(({ name }) => name));
  return {
    push: (piece) => ('control' in piece && !/^<\/?tool_call>$/.test(piece.control) ? [] : inner.push(piece)),
    end: () => inner.end(),
  };
}

import type { Message, Tool } from '../../../sidecar/models/backend.ts';

export interface CapturedBody {
  messages: { role: string; content: string }[];
  max_tokens: number;
  tools?: { function: Tool }[];
}

/** The recording that the questions are taken from: every server was asked the same. */
export const askedFrom = 'llama-server';

/** Recorded streams whose request the product could have sent: nothing forced, nothing that only some servers know. */
export const recordedCases = [
  'chat_stream',
  'length_stream',
  'unicode_stream',
  'tool_auto_stream',
  'tool_parallel_stream',
  'wild_badargs_stream',
  'wild_escapes_stream',
  'wild_leaked_stream',
  'wild_rawnewline_stream',
  'wild_text_after_stream',
  'wild_text_and_call_stream',
  'wild_think_stream',
  'wild_unknown_tool_stream',
];

/** The client's own request for a recorded one. */
export function requestOf(body: CapturedBody): { messages: Message[]; tools: Tool[]; maxTokens: number } {
  const messages = body.messages.map(({ role, content }): Message => {
    if (role !== 'user' && role !== 'system') throw new Error(`a recorded ${role} message is not asked again`);
    return { role, content };
  });
  const tools = (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
    name,
    description,
    parameters,
  }));
  return { messages, tools, maxTokens: body.max_tokens };
}

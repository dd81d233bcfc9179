import type { JsonNode } from '../pythonJson.ts';

/** Versions of Mistral's instruct format that the family uses. v7 is Devstral 1.0, v13 all later ones. */
export type MistralVersion = 'v3' | 'v7' | 'v11' | 'v13';

export type Chunk = { type: 'text'; text: string } | { type: 'thinking'; thinking: string; closed: boolean };
export type Content = string | readonly Chunk[];

export interface MistralCall {
  id: string;
  name: string;
  /** JSON text; anything else is rendered as one JSON string. */
  arguments: string;
}

export type MistralMessage =
  | { role: 'system'; content: Content }
  | { role: 'user'; content: Content }
  /** `prefix`: the model goes on with this message. */
  | { role: 'assistant'; content: Content; toolCalls: readonly MistralCall[]; prefix: boolean }
  | { role: 'tool'; toolCallId: string; name?: string; content: Content };

export interface MistralTool {
  name: string;
  description: string;
  parameters: JsonNode;
}

export interface MistralConversation {
  messages: readonly MistralMessage[];
  tools: readonly MistralTool[];
}

/** Texts of one message join with a blank line, as those of merged messages do. */
export const joint = '\n\n';

/** What mistral-common makes of contents that follow each other: texts joined, empty ones left out. */
export function joinContents(contents: readonly Content[]): Content {
  const chunks: Chunk[] = [];
  for (const content of contents) {
    const parts: readonly Chunk[] = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    for (const part of parts) {
      const last = chunks.at(-1);
      if (part.type === 'text' && part.text === '') continue;
      if (part.type === 'text' && last?.type === 'text') last.text += joint + part.text;
      else chunks.push({ ...part });
    }
  }
  if (chunks.some(({ type }) => type !== 'text')) return chunks;
  return chunks.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}

/** Empty text, or no chunk at all. */
export const isEmpty = (content: Content): boolean => content.length === 0;

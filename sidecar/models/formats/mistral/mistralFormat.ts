import type { ChatFormat } from '../chatFormat.ts';
import { createMistralParser } from './answerParser.ts';
import type { MistralVersion } from './conversation.ts';
import { normalise } from './normalise.ts';
import { answerSegments, renderMistral } from './render.ts';

/** One of Mistral's formats; what a conversation lacks is mended before it is written. */
export function mistralFormat(version: MistralVersion): ChatFormat {
  return {
    name: `mistral ${version}`,
    render(messages, tools) {
      const rendered = renderMistral(version, normalise(version, messages, tools));
      if (rendered.kind === 'refused')
        throw new Error(`the conversation cannot be written in ${version}: ${rendered.reason}`);
      return rendered.segments;
    },
    answer(content, toolCalls) {
      const { messages } = normalise(version, [{ role: 'assistant', content, toolCalls: [...toolCalls] }], []);
      const answers = messages.filter(({ role }) => role === 'assistant');
      // v3 keeps text and calls apart.
      return answers.length === 1 && answers[0] ? answerSegments(version, answers[0]) : [];
    },
    parser: (tools) => createMistralParser(tools.map(({ name }) => name)),
    endsAnswer: () => true,
  };
}

/**
 * The version that a GGUF's chat template writes, or null if it is not one of Mistral's. `[ARGS]` came with v11, whose
 * calls have ids; a system block with v7.
 */
export function mistralVersion(chatTemplate: string): MistralVersion | null {
  if (!chatTemplate.includes('[INST]')) return null;
  if (chatTemplate.includes('[ARGS]')) return chatTemplate.includes('[CALL_ID]') ? 'v11' : 'v13';
  if (chatTemplate.includes('[SYSTEM_PROMPT]')) return 'v7';
  return 'v3';
}

/** The version that a Tekken vocabulary was made for, by its control tokens; v3's are the same as v7's. */
export function vocabularyVersion(tokens: readonly string[]): MistralVersion {
  const controls = new Set(tokens.slice(0, 1000));
  if (!controls.has('[ARGS]')) return 'v7';
  return controls.has('[THINK]') ? 'v13' : 'v11';
}

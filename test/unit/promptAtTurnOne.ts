import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { agentSystemPrompt } from '../../sidecar/agent/prompts/agent.ts';
import type { Message, Tool } from '../../sidecar/models/backend.ts';
import { mistralFormat } from '../../sidecar/models/formats/mistral/mistralFormat.ts';
import { createTekken, type Tekken } from '../../sidecar/models/formats/mistral/tekken.ts';
import { readVocabulary } from '../../sidecar/models/gguf/readVocabulary.ts';
import { describeTools } from '../../sidecar/tools/readCall.ts';
import { sessionTools } from '../../sidecar/tools/toolSet.ts';

/** The promise for system prompt and tools at turn 1, as v13 writes them (Tekken tokens). */
export const mostPromptTokens = 3000;

/** Tekken's real vocabulary, by our own reader. */
async function realTekken(): Promise<Tekken> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-budget-'));
  try {
    const path = join(folder, 'tekken.gguf');
    writeFileSync(path, gunzipSync(readFileSync(join('test', 'fixtures', 'mistral', 'tekken-v13.gguf.gz'))));
    const vocabulary = await readVocabulary(path);
    if (vocabulary.kind !== 'ok') throw new Error(vocabulary.reason);
    return createTekken(vocabulary.tokens);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Every tool that can be there: this repository is one, and the host has language servers. */
export function allTools() {
  const commands = { shell: { kind: 'bash' }, sandbox: { kind: 'bubblewrap', program: 'bwrap' } } as never;
  return sessionTools({ root: process.cwd(), host: { languages: {} as never }, commands });
}

/** The tokens of a conversation as v13 writes it; a control token without an id is -1. */
const v13Tokens = (tekken: Tekken, messages: readonly Message[], tools: readonly Tool[]): number[] =>
  mistralFormat('v13')
    .render(messages, tools)
    .flatMap((segment) =>
      'control' in segment ? [tekken.control(segment.control) ?? -1] : tekken.encode(segment.text),
    );

/** Tokens before the first word of the person. */
export async function promptAtTurnOne(): Promise<{ tokens: number; tools: number }> {
  const tools = describeTools(allTools());
  const messages = [
    { role: 'system', content: agentSystemPrompt },
    { role: 'user', content: '' },
  ] as const;
  return { tokens: v13Tokens(await realTekken(), messages, tools).length, tools: tools.length };
}

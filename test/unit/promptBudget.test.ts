import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { agentSystemPrompt } from '../../sidecar/agent/prompts/agent.ts';
import { mistralFormat } from '../../sidecar/models/formats/mistral/mistralFormat.ts';
import { createTekken } from '../../sidecar/models/formats/mistral/tekken.ts';
import { readVocabulary } from '../../sidecar/models/gguf/readVocabulary.ts';
import { describeTools } from '../../sidecar/tools/readCall.ts';
import { sessionTools } from '../../sidecar/tools/toolSet.ts';

/** The promise: system prompt and tools, as v13 writes them. */
const most = 3000;

describe('the prompt at turn 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-budget-'));
  after(() => rmSync(folder, { recursive: true }));

  it(`has at most ${most} Tekken tokens, with every tool that can be there`, async () => {
    const path = join(folder, 'tekken.gguf');
    writeFileSync(path, gunzipSync(readFileSync(join('test', 'fixtures', 'mistral', 'tekken-v13.gguf.gz'))));
    const vocabulary = await readVocabulary(path);
    assert.ok(vocabulary.kind === 'ok');
    const tekken = createTekken(vocabulary.tokens);
    const commands = { shell: { kind: 'bash' }, sandbox: { kind: 'bubblewrap', program: 'bwrap' } } as never;
    // This repository has one, and the host has language servers: all tools are there.
    const tools = describeTools(sessionTools({ root: process.cwd(), host: { languages: {} as never }, commands }));
    const messages = [
      { role: 'system', content: agentSystemPrompt },
      { role: 'user', content: '' },
    ] as const;
    const counted = mistralFormat('v13')
      .render(messages, tools)
      .reduce((sum, segment) => sum + ('control' in segment ? 1 : tekken.encode(segment.text).length), 0);
    console.log(`        ${counted} tokens, ${tools.length} tools`);
    assert.ok(counted <= most, `${counted} tokens`);
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { likelyPromptTokens, likelyTokens } from '../../sidecar/models/backends/remote/estimateTokens.ts';
import { tekken } from './mistralFixtures.ts';

describe('tokens of a server that counts none', () => {
  const file = (path: string) => readFileSync(path, 'utf8').slice(0, 30_000);
  const texts: Record<string, string> = {
    code: file('sidecar/agent/agentLoop.ts'),
    prose: file('README.md'),
    German: file('l10n/bundle.l10n.de.json'),
    'a lock file': file('package-lock.json'),
    'a log': file('test/fixtures/testOutputs/go-test.jsonl'),
    numbers: Array.from({ length: 1000 }, (_, at) => (at * 7919) % 99_991).join(','),
    Chinese: '请让解析器接受尾随逗号，并添加一个测试。这个文件包含了所有的配置选项。'.repeat(10),
    Russian: 'Сделай так, чтобы парсер принимал завершающие запятые, и добавь тест для этого.'.repeat(10),
  };

  it('are estimated within a fifth of what Tekken makes of it', async () => {
    const { encode } = await tekken();
    for (const [name, text] of Object.entries(texts)) {
      const share = likelyTokens(text) / encode(text).length;
      assert.ok(share > 0.8 && share < 1.25, `${name}: ${share.toFixed(2)}`);
    }
  });

  it('count calls, tools and images as well', () => {
    const call = { id: 'a', name: 'read', arguments: JSON.stringify({ text: texts.code }) };
    const bare = likelyPromptTokens([{ role: 'user', content: 'Hi' }], []);
    assert.ok(bare < 12, String(bare));
    const withCall = likelyPromptTokens([{ role: 'assistant', content: '', toolCalls: [call] }], []);
    assert.ok(withCall > likelyTokens(texts.code ?? ''), String(withCall));
    const tool = { name: 'read', description: texts.prose ?? '', parameters: {} };
    assert.ok(likelyPromptTokens([{ role: 'user', content: 'Hi' }], [tool]) > likelyTokens(texts.prose ?? ''));
    const image = { file: 'a.png', mime: 'image/png' as const, width: 1000, height: 1000, label: 'a.png' };
    assert.ok(likelyPromptTokens([{ role: 'user', content: 'Hi', images: [image] }], []) > 500);
  });
});

import assert from 'node:assert/strict';
import { mostPromptTokens, promptAtTurnOne } from './promptAtTurnOne.ts';

describe('the prompt at turn 1', () => {
  it(`has at most ${mostPromptTokens} Tekken tokens, with every tool that can be there`, async () => {
    const { tokens, tools } = await promptAtTurnOne();
    console.log(`        ${tokens} tokens, ${tools} tools`);
    assert.ok(tokens <= mostPromptTokens, `${tokens} tokens`);
  });
});

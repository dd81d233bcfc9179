import assert from 'node:assert/strict';
import { agentSystemPrompt, surroundingsText } from '../../sidecar/agent/prompts/agent.ts';

describe("what the agent's model is told first", () => {
  it('where it is and what the project wants, in the first message', () => {
    const text = surroundingsText({
      platform: 'linux',
      shell: 'bash',
      roots: ['/home/ann/app'],
      date: new Date('2026-03-04T12:00:00Z'),
      rules: [{ path: 'AGENTS.md', text: '\nUse tabs.\n' }],
      answerLanguage: 'auto',
    });
    assert.equal(
      text,
      'System: Linux, commands run in bash. Date: 2026-03-04.\nWorkspace: /home/ann/app\n\nInstructions of AGENTS.md:\n\nUse tabs.',
    );
  });

  it('nothing volatile in the constant part', () => {
    assert.doesNotMatch(agentSystemPrompt, /\d{4}-\d\d|linux|darwin/i);
  });
});

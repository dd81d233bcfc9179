import assert from 'node:assert/strict';
import { countBudget } from '../../sidecar/agent/budget.ts';
import type { Backend, Capabilities, Message, Tool } from '../../sidecar/models/backend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';

/** A character is a token, and each message has one more; tools count as their JSON. */
const tokensOf = (messages: readonly Message[], tools: readonly Tool[]) =>
  messages.reduce((sum, { content }) => sum + content.length + 1, 0) +
  (tools.length > 0 ? JSON.stringify(tools).length : 0);

const capable = (more: Partial<Capabilities>): Capabilities => ({
  contextSize: 10_000,
  tools: true,
  images: false,
  exactTokenCounts: true,
  decodeRate: null,
  prefillRate: null,
  ...more,
});
const backend = (more: Partial<Capabilities> = {}): Pick<Backend, 'capabilities' | 'countTokens'> => ({
  capabilities: async () => capable(more),
  countTokens: async (messages, tools) => tokensOf(messages, tools),
});

const tools: Tool[] = [{ name: 'read', description: 'Reads.', parameters: {} }];
const surroundings = {
  platform: 'linux' as const,
  roots: ['/w'],
  date: new Date(0),
  rules: [{ path: 'AGENTS.md', text: 'Use tabs.' }],
  answerLanguage: 'auto',
};
const budgetOf = (more: Partial<Parameters<typeof countBudget>[0]> = {}) =>
  countBudget(
    { backend: backend(), systemPrompt: 'system', tools, events: [], surroundings, text: '', context: [], ...more },
    new AbortController().signal,
  );

const answer = (text: string, calls: string[] = []): AgentEvent => ({
  type: 'answer',
  text,
  reasoning: '',
  calls: calls.map((id) => ({ id, name: 'read', arguments: '{}' })),
});
const result = (callId: string, text: string): AgentEvent => ({
  type: 'callEnd',
  callId,
  ok: true,
  text,
  summary: '',
  ms: 1,
});

describe('the budget of a prompt', () => {
  it('of a new session is system prompt, rules, context and message', async () => {
    const budget = await budgetOf({ text: 'Why?', context: [{ text: 'a'.repeat(50) }, { text: 'b'.repeat(20) }] });
    assert.ok(budget);
    assert.equal(budget.rules, '\n\nInstructions of AGENTS.md:\n\nUse tabs.'.length);
    assert.deepEqual(budget.context, [50, 20]);
    assert.equal(budget.conversation, 0);
    assert.equal(budget.condensable, 0);
    assert.equal(budget.size, 10_000);
    assert.equal(budget.answer, 1999);
    // The parts are the whole prompt, as it would be sent: "Why?" and what stands between the pieces.
    const { system, rules, context, message } = budget;
    assert.ok(message >= 4 && message <= 10, `${message}`);
    assert.ok(system > JSON.stringify(tools).length + 'system'.length);
    assert.equal(system + rules + 70 + message - context.reduce((a, b) => a + b, 0), system + rules + message);
  });

  it('without rules or a draft counts nothing for them', async () => {
    const budget = await budgetOf({ surroundings: { ...surroundings, rules: [] } });
    assert.equal(budget?.rules, 0);
    assert.equal(budget?.message, 0);
    assert.deepEqual(budget?.context, []);
  });

  it('of a session adds up to the prompt that is sent', async () => {
    const events: AgentEvent[] = [
      { type: 'user', id: '1', text: 'Fix it', context: 'System: Linux.' },
      answer('Looking', ['c1']),
      result('c1', 'x'.repeat(2000)),
      answer('Done'),
    ];
    const budget = await budgetOf({ events, text: 'And now?', context: [{ text: 'piece' }] });
    assert.ok(budget);
    const contents = ['system', 'System: Linux.\n\nFix it', 'Looking', 'x'.repeat(2000), 'Done', 'piece\n\nAnd now?'];
    const whole = contents.reduce((sum, { length }) => sum + length + 1, JSON.stringify(tools).length);
    assert.equal(budget.system + budget.rules + budget.conversation + budget.context[0]! + budget.message, whole);
    assert.equal(budget.condensable, 0);
  });

  it('says what a condensation frees, less the summary that it writes', async () => {
    const events: AgentEvent[] = [{ type: 'user', id: '1', text: 'Fix it', context: '' }];
    for (let i = 0; i < 9; i++) events.push(answer('', [`c${i}`]), result(`c${i}`, 'x'.repeat(1000)));
    const budget = await budgetOf({ events });
    // Five of nine results are old, with an answer each and what the summary's place takes.
    assert.ok(
      budget && budget.condensable > 5 * 1000 - 1024 - 50 && budget.condensable < 5 * 1010 - 1024,
      `${budget?.condensable}`,
    );
    const condensed: AgentEvent[] = [...events, { type: 'condensed', upTo: 13, summary: 's' }];
    assert.equal((await budgetOf({ events: condensed }))?.condensable, 0);
  });

  it('is estimated where the server cannot count, and open where it does not say its context', async () => {
    const exact = await budgetOf({ text: 'x'.repeat(300) });
    const about = await budgetOf({
      text: 'x'.repeat(300),
      backend: backend({ exactTokenCounts: false, contextSize: null }),
    });
    assert.equal(exact?.exact, true);
    assert.equal(about?.exact, false);
    assert.equal(about?.size, null);
    assert.equal(about?.answer, 8192);
    assert.ok(about && about.message === exact?.message, `${about?.message}`);
  });

  it('is none where the model cannot be asked', async () => {
    const gone = { ...backend(), capabilities: () => Promise.reject(new Error('gone')) };
    assert.equal(await budgetOf({ backend: gone }), null);
  });

  it('is given up when it is no longer wanted', async () => {
    const request = { backend: backend(), systemPrompt: '', tools, events: [], surroundings, text: '', context: [] };
    await assert.rejects(countBudget(request, AbortSignal.abort()));
  });
});

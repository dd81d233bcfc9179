import assert from 'node:assert/strict';
import { condensedLog } from '../../sidecar/agent/condense.ts';
import { droppedTurns } from '../../sidecar/agent/droppedTurns.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import type { Backend, Message } from '../../sidecar/models/backend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';

const never = new AbortController().signal;
/** A character is a token. */
const tokensOf = (messages: readonly Message[]) => messages.reduce((sum, { content }) => sum + content.length, 0);
const backend: Pick<Backend, 'capabilities' | 'countTokens'> = {
  capabilities: async () => ({
    ...{ contextSize: 1000, tools: true, images: true, imageRule: { patch: 10, side: 100, exact: true } },
    ...{ exactTokenCounts: true, decodeRate: null, prefillRate: null },
  }),
  countTokens: async (messages) => tokensOf(messages),
};
const user = (text: string, more: object = {}): AgentEvent => ({ type: 'user', id: text, text, context: '', ...more });
const answer = (text: string): AgentEvent => ({ type: 'answer', text, reasoning: '', calls: [] });
const end: AgentEvent = { type: 'end', reason: 'done' };
const turn = (n: number, more: object = {}): AgentEvent[] => [
  user(`ask ${n}\nmore`, more),
  answer('x'.repeat(100 * n)),
  end,
];
const dropped = (events: readonly AgentEvent[]) => droppedTurns(backend, events, never);

describe('the turns that condensing drops', () => {
  it('are those before the newest answers, each with what it has in the prompt', async () => {
    const events = [1, 2, 3, 4, 5, 6].flatMap((n) => turn(n));
    const turns = await dropped(events);
    // Four answers stay; of the first turn the message does, too.
    assert.deepEqual(turns, [
      { turn: 1, text: 'ask 1', tokens: 100, inPart: false },
      { turn: 2, text: 'ask 2', tokens: 200 + 'ask 2\nmore'.length, inPart: false },
      // Of the turn that stays its answer stays: the message is what the summary tells.
      { turn: 3, text: 'ask 3', tokens: 'ask 3\nmore'.length, inPart: true },
    ]);
    const without = tokensOf(messagesOf('', condensedLog(events)));
    const sum = turns?.reduce((all, { tokens }) => all + tokens, 0) ?? 0;
    assert.equal(tokensOf(messagesOf('', events)) - without, sum, 'what the parts say is what goes');
  });

  it('are none where little was said, and none twice', async () => {
    assert.deepEqual(await dropped([]), []);
    assert.deepEqual(await dropped([1, 2, 3, 4].flatMap((n) => turn(n))), []);
    const events = [1, 2, 3, 4, 5, 6].flatMap((n) => turn(n));
    const upTo = events.findIndex((event) => event.type === 'user' && event.text.startsWith('ask 3'));
    const after: AgentEvent[] = [...events, { type: 'condensed', upTo, summary: 'So far.' }, ...turn(7)];
    assert.deepEqual(
      (await dropped(after))?.map(({ turn }) => turn),
      [3, 4],
    );
  });

  it('count their images, and leave them out for a model that does not see', async () => {
    const image = { file: 'a.png', label: 'a.png', mime: 'image/png', width: 100, height: 50 };
    const events = [1, 2, 3, 4, 5, 6, 7].flatMap((n) => turn(n, n === 2 ? { images: [image] } : {}));
    const of = async (images: boolean) => {
      const capabilities = await backend.capabilities(never);
      const turns = await droppedTurns(
        { ...backend, capabilities: async () => ({ ...capabilities, images }) },
        events,
        never,
      );
      return turns?.[1]?.tokens ?? 0;
    };
    assert.equal(await of(true), 210 + 11 * 5);
    assert.equal(await of(false), 210 + '(a.png is an image, which you cannot see.)\n\n'.length);
  });

  it('are not known without a model', async () => {
    const gone = { ...backend, capabilities: () => Promise.reject(new Error('gone')) };
    assert.equal(await droppedTurns(gone, turn(1), never), null);
  });
});

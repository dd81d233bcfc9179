import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ChatTurnEvent, runChatTurn } from '../../sidecar/agent/chatTurn.ts';
import { type ChatFile, contextBlock } from '../../sidecar/agent/prompts/chat.ts';
import type { Backend, Message, ModelEvent } from '../../sidecar/models/backend.ts';
import { problem } from '../../sidecar/protocol/problems.ts';

const cut = problem('streamCut', { n: 1 });

/** A backend that answers with what it is given and keeps the prompts it was sent. A word counts as a token. */
function scripted(events: readonly ModelEvent[], contextSize: number | null = null) {
  const prompts: Message[][] = [];
  const backend: Backend = {
    name: 'Scripted',
    kind: 'local',
    async *prepare() {
      yield { type: 'finish', reason: 'stop' };
    },
    async capabilities() {
      return { contextSize, tools: false, images: false, exactTokenCounts: true, decodeRate: null, prefillRate: null };
    },
    async countTokens(messages) {
      return messages.reduce((sum, { content }) => sum + content.split(/\s+/).filter(Boolean).length, 0);
    },
    async *stream({ messages }, signal) {
      prompts.push(structuredClone([...messages]));
      for (const event of events) yield event;
      if (signal.aborted) yield { type: 'finish', reason: 'cancelled' };
    },
    async dispose() {},
  };
  return { backend, prompts };
}

const endings: Record<string, ModelEvent[]> = {
  answered: [{ type: 'finish', reason: 'stop' }],
  stopped: [{ type: 'finish', reason: 'cancelled' }],
  failed: [{ type: 'error', problem: cut }],
  cutShort: [{ type: 'finish', reason: 'length' }],
  silent: [],
};

const files = fc.record<ChatFile>({
  path: fc.constantFrom('app.py', 'src/lib.ts'),
  languageId: fc.constantFrom('python', 'typescript'),
  text: fc.constantFrom('a = 1\n', 'no newline', '```\nfenced\n```\n', ''),
  range: fc.option(fc.constant({ start: { line: 0, character: 2 }, end: { line: 1, character: 0 } }), {
    nil: undefined,
  }),
});

describe('chat turn', () => {
  it('extends the last prompt whatever happened in between', async () => {
    const turns = fc.array(
      fc.record({
        prompt: fc.string({ minLength: 1 }),
        context: fc.array(files, { maxLength: 2 }),
        pieces: fc.array(fc.string(), { maxLength: 3 }),
        ending: fc.constantFrom(...Object.keys(endings)),
        tooLarge: fc.boolean(),
      }),
      { minLength: 2, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(turns, async (script) => {
        const history: Message[] = [];
        let last: Message[] = [];
        for (const { prompt, context, pieces, ending, tooLarge } of script) {
          const events: ModelEvent[] = [
            ...pieces.map((text): ModelEvent => ({ type: 'text', text })),
            ...(endings[ending] ?? []),
          ];
          const { backend, prompts } = scripted(events, tooLarge ? 10 : null);
          const signal = new AbortController().signal;
          const result = await runChatTurn({ prompt, context, history, backend, signal, onEvent() {} });
          assert.equal(result.text, tooLarge ? '' : pieces.join(''), 'what arrived is kept');
          const sent = prompts[0];
          assert.equal(sent === undefined, tooLarge);
          if (!sent) continue;
          assert.deepEqual(sent.slice(0, last.length), last);
          assert.deepEqual(history.slice(0, sent.length), sent);
          assert.ok(
            history.every(({ content }) => content !== ''),
            'no empty message, which servers refuse',
          );
          const roles = history.slice(1).map(({ role }, index) => role === (index % 2 === 0 ? 'user' : 'assistant'));
          assert.ok(roles.every(Boolean), 'person and model take turns');
          last = structuredClone(history);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('passes text and progress on and answers with the usage', async () => {
    const { backend } = scripted([
      { type: 'prefill', done: 10, total: 20, reused: 5, msLeft: 100 },
      { type: 'text', text: 'Yes' },
      { type: 'text', text: '.' },
      { type: 'usage', promptTokens: 20, reusedTokens: 5, outputTokens: 2, tokensPerSecond: 40 },
      { type: 'finish', reason: 'stop' },
    ]);
    const events: ChatTurnEvent[] = [];
    const result = await runChatTurn({
      prompt: 'Is it?',
      context: [],
      history: [],
      backend,
      signal: new AbortController().signal,
      onEvent: (event) => events.push(event),
    });
    assert.deepEqual(events, [
      { type: 'progress', progress: { phase: 'reading', done: 10, total: 20, reused: 5, msLeft: 100 } },
      { type: 'text', text: 'Yes' },
      { type: 'text', text: '.' },
    ]);
    assert.ok(result.kind === 'answered' && result.text === 'Yes.' && result.usage.reusedTokens === 5);
  });

  it('puts files before the prompt, in fences that they cannot close, and sends an unchanged one once', async () => {
    const file: ChatFile = { path: 'a.md', languageId: 'markdown', text: '````\nx\n````\n' };
    const { backend, prompts } = scripted([
      { type: 'text', text: 'ok' },
      { type: 'finish', reason: 'stop' },
    ]);
    const history: Message[] = [];
    const ask = (prompt: string, context: ChatFile[]) =>
      runChatTurn({ prompt, context, history, backend, signal: new AbortController().signal, onEvent() {} });
    await ask('What is it?', [file]);
    await ask('And now?', [file]);
    await ask('Changed?', [{ ...file, text: 'y\n' }]);
    assert.equal(prompts[0]?.[1]?.content, 'a.md:\n\n`````markdown\n````\nx\n````\n`````\n\nWhat is it?');
    assert.equal(prompts[1]?.at(-1)?.content, 'a.md: as above, unchanged.\n\nAnd now?');
    assert.match(prompts[2]?.at(-1)?.content ?? '', /^a\.md:\n\n```markdown\ny\n```/);
  });

  it('shows the whole lines of a selection and names them', () => {
    const text = 'one\ntwo\nthree\nfour\n';
    const block = (from: [number, number], to: [number, number]) =>
      contextBlock({
        path: 'a.txt',
        languageId: 'plaintext',
        text,
        range: { start: { line: from[0], character: from[1] }, end: { line: to[0], character: to[1] } },
      });
    assert.equal(block([1, 1], [2, 2]), 'a.txt, lines 2 to 3:\n\n```plaintext\ntwo\nthree\n```');
    assert.equal(block([1, 0], [2, 0]), 'a.txt, line 2:\n\n```plaintext\ntwo\n```');
  });

  it('says which is too large, the file or the conversation, and keeps neither', async () => {
    const { backend, prompts } = scripted([], 400);
    const words = (count: number) => 'word '.repeat(count);
    const signal = new AbortController().signal;
    const file = { path: 'big.txt', languageId: 'plaintext', text: words(500) };
    const alone = await runChatTurn({ prompt: 'Why?', context: [file], history: [], backend, signal, onEvent() {} });
    assert.ok(alone.kind === 'failed' && alone.problem.code === 'fileTooLarge');
    assert.match(alone.problem.sentence, /^big\.txt has 5\d\d tokens, \d+ fit\.$/);
    const history: Message[] = [
      { role: 'system', content: 'x' },
      { role: 'user', content: words(200) },
      { role: 'assistant', content: 'y' },
    ];
    const full = await runChatTurn({ prompt: 'Why?', context: [], history, backend, signal, onEvent() {} });
    assert.ok(full.kind === 'failed' && full.problem.code === 'contextFull');
    assert.equal(history.length, 3);
    assert.deepEqual(prompts, []);
  });

  it('sends nothing once it was stopped', async () => {
    const { backend, prompts } = scripted([{ type: 'text', text: 'late' }]);
    const history: Message[] = [];
    const signal = AbortSignal.abort();
    const result = await runChatTurn({ prompt: 'x', context: [], history, backend, signal, onEvent() {} });
    assert.deepEqual([result, history, prompts], [{ kind: 'cancelled', text: '' }, [], []]);
  });
});

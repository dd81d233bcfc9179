import assert from 'node:assert/strict';
import { isObject } from '../../sidecar/models/formats/jsonScan.ts';
import { agentWorkload } from '../../sidecar/serving/agentWorkload.ts';
import { fileWorkload, readPrompts } from '../../sidecar/serving/fileWorkload.ts';
import { randomWorkload } from '../../sidecar/serving/randomWorkload.ts';
import type { Session, Workload } from '../../sidecar/serving/workload.ts';

const textOf = (message: unknown) => (isObject(message) ? String(message.content ?? '') : '');
const promptOf = (session: Session, turn = 0) => (session[turn]?.messages ?? []).map(textOf).join('\n');
const take = (workload: Workload, requests = 40, concurrency = 4) => workload.take(requests, concurrency);

describe('workloads of the serving benchmark', () => {
  for (const make of [(seed: number) => randomWorkload(seed, 64, 8), (seed: number) => agentWorkload(seed, 8)]) {
    it(`asks the same with the same seed, other things with another and with each call (${make(1).name})`, () => {
      const first = make(7);
      const again = make(7);
      const one = take(first);
      assert.deepEqual(take(again), one);
      const two = take(first);
      assert.deepEqual(take(again), two);
      assert.notDeepEqual(two, one);
      assert.notDeepEqual(take(make(8)), one);
    });
  }

  it('gives random prompts of the length asked for, no two with the same beginning', () => {
    const prompts = take(randomWorkload(5, 200, 8), 500).map((session) => promptOf(session));
    assert.equal(new Set(prompts.map((prompt) => prompt.split(/\s+/).slice(0, 6).join(' '))).size, 500);
    for (const prompt of prompts) assert.equal(prompt.split(/\s+/).length, 200);
    assert.equal(promptOf(take(randomWorkload(5, 1, 1))[0] ?? []).split(/\s+/).length, 2);
  });

  it('replays agents: each turn repeats the one before and adds to it; sessions share the head only', () => {
    const sessions = take(agentWorkload(3, 8), 48, 4);
    assert.equal(sessions.length, 4);
    for (const session of sessions) {
      assert.equal(session.length, 12);
      for (const [turn, request] of session.entries()) {
        assert.deepEqual(request.tools, sessions[0]?.[0]?.tools);
        const before = session[turn - 1]?.messages ?? [];
        assert.deepEqual(request.messages.slice(0, before.length), before);
        assert.ok(request.messages.length > before.length);
        const last = request.messages.at(-1);
        assert.ok(isObject(last) && (last.role === 'user' || last.role === 'tool'));
      }
    }
    assert.equal(new Set(sessions.map((session) => textOf(session[0]?.messages[0]))).size, 1);
    assert.equal(new Set(sessions.map((session) => textOf(session[0]?.messages[1]))).size, 4);
    // Sizes of real sessions: thousands of tokens at first, tens of thousands of characters at the end.
    const head = JSON.stringify([sessions[0]?.[0]?.messages[0], sessions[0]?.[0]?.tools]).length;
    assert.ok(head > 8000 && head < 20_000, `${head}`);
    for (const session of sessions) {
      const grown = JSON.stringify(session.at(-1)?.messages).length;
      assert.ok(grown > 15_000 && grown < 200_000, `${grown}`);
    }
  });

  it('keeps all places busy with agents, however few requests there are', () => {
    for (const [requests, concurrency, sizes] of [
      [8, 8, [1, 1, 1, 1, 1, 1, 1, 1]],
      [10, 4, [3, 3, 2, 2]],
      [25, 1, [9, 8, 8]],
    ] as const) {
      assert.deepEqual(
        agentWorkload(1, 8)
          .take(requests, concurrency)
          .map((session) => session.length),
        sizes,
      );
    }
  });

  it('reads prompts of JSON lines as strings, prompts and conversations', () => {
    const messages = [{ role: 'user', content: 'c' }];
    const lines = ['"a"', '', '{"prompt": "b"}', JSON.stringify({ messages, tools: [{ type: 'function' }] })].join(
      '\n',
    );
    const read = readPrompts('x.jsonl', lines, 10);
    assert.ok(read.kind === 'prompts');
    const workload = fileWorkload('x.jsonl', read.prompts, 5);
    const prompts = workload.take(4, 1).map((session) => promptOf(session));
    assert.deepEqual(prompts, ['a', 'b', 'c', 'a']);
    // The next call goes on where this one ended.
    assert.equal(promptOf(workload.take(1, 1)[0] ?? []), 'b');
    assert.equal(workload.take(1, 1)[0]?.[0]?.tools.length, 1);
  });

  for (const [line, reason] of [
    ['{"prompt": 5}', /^line 2 is not/],
    ['{"messages": []}', /^line 2 is not/],
    ['{"messages": [{"content": "no role"}]}', /^line 2 is not/],
    ['not JSON', /^line 2 is not/],
    ['""', /^line 2 is not/],
  ] as const) {
    it(`says which line of a file is no prompt: ${line}`, () => {
      const read = readPrompts('x.jsonl', `"a"\n${line}\n`, 10);
      assert.ok(read.kind === 'bad');
      assert.match(read.reason, reason);
    });
  }

  it('cuts any other file to pieces at white space, losing no word and no half of a character', () => {
    const text = `${'alpha beta gamma delta '.repeat(40)}\n${'😀'.repeat(50)}\n\nend`;
    const read = readPrompts('x.txt', text, 10);
    assert.ok(read.kind === 'prompts');
    const pieces = read.prompts.map(({ messages }) => textOf(messages[0]));
    for (const piece of pieces) {
      assert.ok(piece.length <= 40 && piece.length > 0);
      assert.ok(piece.isWellFormed());
    }
    const words = (of: string) => of.split(/\s+/).filter((word) => /^[a-z]+$/.test(word));
    assert.deepEqual(words(pieces.join(' ')), words(text));
    assert.equal(pieces.join('').replace(/\s+/g, ''), text.replace(/\s+/g, ''));
    assert.equal(readPrompts('x.txt', ' \n', 10).kind, 'bad');
    assert.equal(readPrompts('x.jsonl', '\n', 10).kind, 'bad');
  });
});

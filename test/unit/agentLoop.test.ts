import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AgentDeps, runTurn } from '../../sidecar/agent/agentLoop.ts';
import { isKept, type LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import type { ModelEvent } from '../../sidecar/models/backend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { agentDeps, gateThat, type Scripted, scriptedBackend, tool } from './scriptedAgent.ts';

const user = (text: string): Extract<AgentEvent, { type: 'user' }> => ({ type: 'user', id: text, text, context: '' });
const never = new AbortController().signal;

async function run(deps: AgentDeps, text = 'Do it.', earlier: readonly AgentEvent[] = [], signal = never) {
  const all: LoopEvent[] = [];
  for await (const event of runTurn(user(text), earlier, deps, signal)) all.push(event);
  const kept = all.filter(isKept);
  return { all, kept, types: kept.map(({ type }) => type), end: kept.at(-1) };
}

const read = tool('read', 'read', ({ path }) => ({ text: `text of ${path}` }));
const write = tool('write', 'edit', ({ path }) => ({ text: `wrote ${path}` }));
const endings: ModelEvent[][] = [
  [{ type: 'finish', reason: 'stop' }],
  [{ type: 'finish', reason: 'cancelled' }],
  [{ type: 'finish', reason: 'length' }],
  [{ type: 'error', problem: problem('streamCut', { n: 1 }) }],
  [],
];
const reason = (end: AgentEvent | undefined) => (end?.type === 'end' ? end.reason : end?.type);

describe('the agent loop', () => {
  it('answers in words and is done', async () => {
    const { backend, asked } = scriptedBackend([{ text: 'Four.' }]);
    const { types, end, all } = await run(agentDeps(backend, [read]));
    assert.deepEqual(types, ['user', 'answer', 'end']);
    assert.equal(reason(end), 'done');
    assert.equal(all.map((event) => (event.type === 'text' ? event.text : '')).join(''), 'Four.');
    assert.deepEqual(
      asked[0]?.tools.map(({ name }) => name),
      ['read'],
    );
  });

  it('passes on how far the model has read, and what the answer cost', async () => {
    const usage = { promptTokens: 20, reusedTokens: 5, outputTokens: 2, tokensPerSecond: 40 };
    const { backend } = scriptedBackend([
      {
        events: [
          { type: 'prefill', done: 10, total: 20, reused: 5, msLeft: 100 },
          { type: 'text', text: 'Yes' },
          { type: 'text', text: '.' },
          { type: 'usage', ...usage },
          { type: 'finish', reason: 'stop' },
        ],
      },
    ]);
    const { all } = await run(agentDeps(backend, [read]));
    assert.deepEqual(all.slice(1), [
      { type: 'progress', progress: { phase: 'reading', done: 10, total: 20, reused: 5, msLeft: 100 } },
      { type: 'text', text: 'Yes' },
      { type: 'text', text: '.' },
      { type: 'answer', text: 'Yes.', reasoning: '', calls: [], usage },
      { type: 'end', reason: 'done' },
    ]);
  });

  it('sends nothing once it was stopped', async () => {
    const { backend, asked } = scriptedBackend([{ text: 'late' }]);
    const { types, end } = await run(agentDeps(backend, [read]), 'Do it.', [], AbortSignal.abort());
    assert.deepEqual([types, reason(end), asked], [['user', 'end'], 'stopped', []]);
  });

  it('calls, gives the results in the order of the calls, and goes on', async () => {
    const finished: string[] = [];
    const slow = tool('slow', 'read', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      finished.push('slow');
      return { text: 'late' };
    });
    const quick = tool('quick', 'read', () => {
      finished.push('quick');
      return { text: 'early' };
    });
    const { backend, asked } = scriptedBackend([
      {
        calls: [
          ['slow', '{}'],
          ['quick', ''],
        ],
      },
      { text: 'Both.' },
    ]);
    const { types } = await run(agentDeps(backend, [slow, quick]));
    assert.deepEqual(finished, ['quick', 'slow']);
    assert.deepEqual(types, ['user', 'answer', 'callBegin', 'callBegin', 'callEnd', 'callEnd', 'answer', 'end']);
    const results = asked[1]?.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));
    assert.deepEqual(results, ['late', 'early']);
  });

  it('runs what has an effect one after the other, after the gate', async () => {
    const order: string[] = [];
    const effect = tool('write', 'edit', ({ path }) => {
      order.push(`run ${path}`);
      return { text: 'done' };
    });
    const { backend } = scriptedBackend([
      {
        calls: [
          ['write', '{"path": "a"}'],
          ['write', '{"path": "b"}'],
        ],
      },
    ]);
    const deps = agentDeps(backend, [effect], {
      gate: gateThat(({ args }) => {
        const { path } = args as { path: string };
        order.push(`ask ${path}`);
        return path === 'a' ? { kind: 'refused', text: 'The person said no.', summary: 'rejected' } : { kind: 'run' };
      }),
    });
    const { kept } = await run(deps);
    assert.deepEqual(order, ['ask a', 'ask b', 'run b']);
    const ends = kept.filter((event) => event.type === 'callEnd');
    assert.deepEqual(
      ends.map((event) => event.type === 'callEnd' && [event.ok, event.summary]),
      [
        [false, 'rejected'],
        [true, ''],
      ],
    );
  });

  it('says in a line what is wrong with a call', async () => {
    const said = async (name: string, args: string) => {
      const { backend, asked } = scriptedBackend([{ calls: [[name, args]] }]);
      await run(agentDeps(backend, [read]));
      return asked[1]?.messages.at(-1)?.content;
    };
    assert.equal(await said('launch', '{}'), 'There is no tool launch. There are: read.');
    assert.equal(
      await said('read', '{"path": "a'),
      'The arguments of read are not whole JSON. Send the call again, complete.',
    );
    assert.equal(await said('read', '[]'), 'The arguments of read must be one JSON object.');
    assert.equal(await said('read', '{"path": 3}'), 'read: path must be string. Send the call again.');
    assert.equal(await said('read', '{"file": "a"}'), 'read: there is no field file. Send the call again.');
    assert.equal(await said('read', '{"path": "a\nb"}'), 'text of a\nb');
  });

  it('goes on after a tool that broke', async () => {
    const broken = tool('broken', 'read', () => {
      throw new Error('no such place');
    });
    const { backend, asked } = scriptedBackend([{ calls: [['broken', '{}']] }, { text: 'I see.' }]);
    const { end } = await run(agentDeps(backend, [broken]));
    assert.equal(asked[1]?.messages.at(-1)?.content, 'broken broke: no such place');
    assert.equal(reason(end), 'done');
  });

  it('asks once more where nothing arrived, where it only promised, and where the answer was cut off', async () => {
    for (const [first, hint] of [
      [{ text: '' }, /Nothing arrived/],
      [{ text: 'You should create the file a.py.' }, /call the tool now/],
      [{ text: 'To find it, I will use the `grep` function.' }, /call the tool now/],
      [{ text: 'Let me first read the file.' }, /call the tool now/],
      [
        {
          events: [
            { type: 'text', text: 'half' },
            { type: 'finish', reason: 'length' },
          ],
        },
        /cut off/,
      ],
    ] satisfies [Scripted, RegExp][]) {
      const { backend, asked } = scriptedBackend([first, first, { text: 'never' }]);
      const { types, end } = await run(agentDeps(backend, [read]));
      assert.deepEqual(types, ['user', 'answer', 'hint', 'answer', 'end']);
      assert.match(String(asked[1]?.messages.at(-1)?.content), hint);
      assert.equal(reason(end), 'done');
    }
  });

  it('ends with the problem of a model or server, keeps what arrived, and drops a half call', async () => {
    const report = problem('streamCut', { n: 3 });
    const events = [
      { type: 'text', text: 'I look' },
      { type: 'toolCallBegin', index: 0, id: 'abcdefghi', name: 'read' },
      { type: 'toolCallArguments', index: 0, text: '{"pa' },
      { type: 'error', problem: report },
    ] as const;
    const { backend } = scriptedBackend([{ events: [...events] }]);
    const { kept, end } = await run(agentDeps(backend, [read]));
    assert.deepEqual(end, { type: 'end', reason: 'failed', problem: report });
    const answer = kept.at(-2);
    assert.deepEqual(answer, { type: 'answer', text: 'I look', reasoning: '', calls: [], cut: 'failed' });
  });

  it('takes a message between two steps, stops at the limit, and ends with a call that ends', async () => {
    const steers = ['Use pathlib instead.'];
    const one = scriptedBackend([{ calls: [['read', '{"path": "a"}']] }, { text: 'Yes.' }]);
    const steered = await run(
      agentDeps(one.backend, [read], {
        takeSteer: async () => {
          const text = steers.pop();
          return text === undefined ? undefined : { type: 'steer', text };
        },
      }),
    );
    assert.equal(one.asked[1]?.messages.at(-1)?.content, 'Use pathlib instead.');
    assert.equal(reason(steered.end), 'done');

    let n = 0;
    const counting = tool('count', 'read', () => ({ text: String(n++) }));
    const busy = scriptedBackend(Array.from({ length: 9 }, () => ({ calls: [['count', '{}']] })));
    const limited = await run(agentDeps(busy.backend, [counting], { maxSteps: 3 }));
    assert.equal(reason(limited.end), 'steps');
    assert.equal(busy.asked.length, 3);

    const finish = tool('finish', 'none', () => ({ text: 'All done.', ends: true }));
    const ended = await run(agentDeps(scriptedBackend([{ calls: [['finish', '{}']] }]).backend, [finish]));
    assert.equal(reason(ended.end), 'done');
  });

  it('notices that it goes round in circles, says so once, and then asks the person', async () => {
    const same = scriptedBackend(Array.from({ length: 12 }, () => ({ calls: [['read', '{"path": "a"}']] })));
    const { types, end } = await run(agentDeps(same.backend, [read]));
    assert.equal(types.filter((type) => type === 'hint').length, 1);
    assert.equal(reason(end), 'stuck');
    assert.equal(same.asked.length, 8);

    const failing = tool('read', 'read', () => ({ ok: false, text: 'no such file' }));
    const errors = scriptedBackend(Array.from({ length: 12 }, () => ({ calls: [['read', '{"path": "a"}']] })));
    assert.equal(reason((await run(agentDeps(errors.backend, [failing]))).end), 'stuck');
    assert.equal(errors.asked.length, 6);

    const turns = Array.from({ length: 20 }, (_, i) => ({ calls: [['read', `{"path": "${i % 2}"}`]] }) as Scripted);
    const both = scriptedBackend(turns);
    assert.equal(reason((await run(agentDeps(both.backend, [read]))).end), 'stuck');
    assert.equal(both.asked.length, 12);
  });

  it('takes calls apart whose ids a server gives again', async () => {
    const events = (path: string): Scripted => ({
      events: [
        { type: 'toolCallBegin', index: 0, id: 'call_0', name: 'read' },
        { type: 'toolCallArguments', index: 0, text: `{"path": "${path}"}` },
        { type: 'finish', reason: 'toolCalls' },
      ],
    });
    const failing = tool('read', 'read', ({ path }) => ({ ok: false, text: `no ${path}` }));
    const { backend, asked } = scriptedBackend([...'abcdef'].map(events));
    const { kept, end } = await run(agentDeps(backend, [failing]));
    assert.equal(reason(end), 'done', 'six calls that differ are not one that fails six times');
    const ids = kept.flatMap((event) => (event.type === 'callEnd' ? [event.callId] : []));
    assert.equal(new Set(ids).size, 6);
    const results = asked.at(-1)?.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : []));
    assert.deepEqual(results, ['no a', 'no b', 'no c', 'no d', 'no e', 'no f']);
  });

  it('sees a round of three calls, and no round where a result is new', async () => {
    const round = (calls: string[], steps = 30) =>
      Array.from(
        { length: steps },
        (_, i): Scripted => ({ calls: [['read', `{"path": "${calls[i % calls.length]}"}`]] }),
      );
    for (const calls of ['abc', 'aab', 'abb']) {
      const three = scriptedBackend(round([...calls]));
      const { kept, end } = await run(agentDeps(three.backend, [read], { maxSteps: 30 }));
      assert.equal(reason(end), 'stuck', calls);
      assert.equal(three.asked.length, 12, calls);
      const hint = kept.find(({ type }) => type === 'hint');
      assert.match(hint?.type === 'hint' ? hint.text : '', /^The same three calls come again in turn/);
    }
    let n = 0;
    const changing = tool('read', 'read', ({ path }) => ({ text: path === 'c' ? String(n++) : `text of ${path}` }));
    for (const [calls, reader] of [
      [[...'abc'], changing],
      [[...'abcd'], read],
    ] as const) {
      const free = scriptedBackend(round([...calls], 19));
      assert.equal(
        reason((await run(agentDeps(free.backend, [reader], { maxSteps: 30 }))).end),
        'done',
        calls.join(''),
      );
    }
  });

  it('ends cleanly when it is stopped at any event, and the next turn renders', async () => {
    const script: Scripted[] = [
      {
        text: 'I look.',
        calls: [
          ['read', '{"path": "a"}'],
          ['read', '{"path": "b"}'],
        ],
      },
      { calls: [['write', '{"path": "a"}']] },
      { text: 'Done.' },
    ];
    const whole = await run(agentDeps(scriptedBackend(script).backend, [read, write]));
    for (let at = 0; at < whole.all.length; at++) {
      const abort = new AbortController();
      const kept: AgentEvent[] = [];
      let seen = 0;
      const deps = agentDeps(scriptedBackend(script).backend, [read, write]);
      for await (const event of runTurn(user('Do it.'), [], deps, abort.signal)) {
        if (isKept(event)) kept.push(event);
        if (seen++ === at) abort.abort();
      }
      assert.equal(kept.filter(({ type }) => type === 'end').length, 1, `stopped at ${at}`);
      const again = scriptedBackend([{ text: 'ok' }]);
      await run(agentDeps(again.backend, [read, write]), 'And now?', kept);
      const messages = again.asked[0]?.messages ?? [];
      const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
      const results = messages.filter(({ role }) => role === 'tool');
      assert.equal(results.length, calls.length, `a result for each call, stopped at ${at}`);
    }
  });

  it('extends the prompt that the model has read, whatever happened', async () => {
    const step = fc.oneof(
      fc.record({ text: fc.constantFrom('', 'Hm.', 'You should create it.', '😀 é') }),
      fc.record({
        text: fc.constantFrom('', 'I look.'),
        calls: fc.array(
          fc.tuple(
            fc.constantFrom('read', 'write', 'launch'),
            fc.constantFrom('{"path": "a"}', '{"path": "b"}', '{"pa', '{}'),
          ),
          { minLength: 1, maxLength: 3 },
        ),
      }),
      // Ends of all kinds, with what had come by then.
      fc.tuple(fc.array(fc.string(), { maxLength: 3 }), fc.constantFrom(...endings)).map(([pieces, ending]) => ({
        events: [...pieces.map((text): ModelEvent => ({ type: 'text', text })), ...ending],
      })),
    );
    const turns = fc.array(
      fc.record({ script: fc.array(step, { maxLength: 5 }), stopAt: fc.nat(60), refuse: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(turns, async (all) => {
        const log: AgentEvent[] = [];
        let last: string[] = [];
        for (const { script, stopAt, refuse } of all) {
          const { backend, asked } = scriptedBackend(script as Scripted[]);
          const abort = new AbortController();
          const deps = agentDeps(backend, [read, write], {
            gate: gateThat(() => (refuse ? { kind: 'refused', text: 'No.', summary: 'rejected' } : { kind: 'run' })),
          });
          let seen = 0;
          for await (const event of runTurn(user('Go on.'), log.slice(), deps, abort.signal)) {
            if (isKept(event)) log.push(event);
            if (seen++ === stopAt) abort.abort();
          }
          for (const { messages } of asked) {
            const now = messages.map((message) => JSON.stringify(message));
            assert.deepEqual(now.slice(0, last.length), last);
            last = now;
            const empty = messages.filter(({ role, content }) => role !== 'tool' && content === '');
            assert.ok(
              empty.every((message) => message.role === 'assistant' && message.toolCalls),
              'no empty message, which servers refuse',
            );
          }
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });

  it('drops old results and then summarises when the context fills, and the transcript stays whole', async () => {
    const long = tool('read', 'read', ({ path }) => ({ text: `${path} ${'x'.repeat(3000)}` }));
    const script: Scripted[] = Array.from({ length: 14 }, (_, i) => ({ calls: [['read', `{"path": "${i}"}`]] }));
    const { backend, asked } = scriptedBackend([...script], 4000);
    const { kept, end } = await run(agentDeps(backend, [long]));
    assert.equal(reason(end), 'done');
    assert.ok(kept.some(({ type }) => type === 'pruned') && kept.some(({ type }) => type === 'condensed'));
    for (const { messages } of asked) {
      const size = JSON.stringify(messages).length / 4;
      assert.ok(size < 4000, `${size} tokens`);
      const calls = messages.flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
      const results = messages.flatMap((message) => (message.role === 'tool' ? [message.toolCallId] : []));
      assert.deepEqual(
        results,
        calls.map(({ id }) => id),
      );
      assert.equal(messages[1]?.content.startsWith('Do it.'), true, 'the first message stays');
    }
    assert.deepEqual(messagesOf('s', kept).length > 3, true);
  });

  it('makes room and goes on where a server that never said its context is full, and ends where that does not help', async () => {
    const long = tool('read', 'read', ({ path }) => ({ text: `${path} ${'x'.repeat(3000)}` }));
    const full: Scripted = { events: [{ type: 'error', problem: problem('contextFull', { used: 9, ctx: 8 }) }] };
    const reads = Array.from({ length: 6 }, (_, i): Scripted => ({ calls: [['read', `{"path": "${i}"}`]] }));
    const summary: Scripted = { text: 'Six files were read.' };
    const { backend, asked } = scriptedBackend([...reads, full, summary, { text: 'Done.' }], null);
    const { kept, end } = await run(agentDeps(backend, [long]));
    assert.equal(reason(end), 'done');
    assert.deepEqual(
      kept.flatMap(({ type }) => (['pruned', 'condensed'].includes(type) ? [type] : [])),
      ['pruned', 'condensed'],
    );
    assert.ok(JSON.stringify(asked.at(-1)?.messages).includes('Six files were read.'));
    assert.ok(JSON.stringify(asked.at(-1)).length < JSON.stringify(asked.at(6)).length);

    const still = scriptedBackend([...reads, full, summary, full, { text: 'never' }], null);
    const failed = await run(agentDeps(still.backend, [long]));
    assert.equal(reason(failed.end), 'failed');
    assert.equal(still.asked.length, 9);
    const first = scriptedBackend([full], null);
    assert.equal(reason((await run(agentDeps(first.backend, [long]))).end), 'failed');
    assert.equal(first.asked.length, 1, 'there is nothing to leave out');
  });
});

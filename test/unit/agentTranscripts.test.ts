import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Template } from '@huggingface/jinja';
import { type AgentDeps, runTurn } from '../../sidecar/agent/agentLoop.ts';
import { isKept } from '../../sidecar/agent/loopEvents.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import type { Message, ModelEvent } from '../../sidecar/models/backend.ts';
import type { Segment } from '../../sidecar/models/formats/chatFormat.ts';
import { createMistralParser } from '../../sidecar/models/formats/mistral/answerParser.ts';
import { mistralFormat } from '../../sidecar/models/formats/mistral/mistralFormat.ts';
import type { Tekken } from '../../sidecar/models/formats/mistral/tekken.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { describeTools } from '../../sidecar/tools/readCall.ts';
import { tekken } from './mistralFixtures.ts';
import { agentDeps, gateThat, type Scripted, scriptedBackend, tool } from './scriptedAgent.ts';

const read = tool('read', 'read', ({ path }) => ({ text: `text of ${path}` }));
const write = tool('write', 'edit', ({ path }) => ({ text: `wrote ${path}` }));
const empty = tool('empty', 'read', () => ({ text: '' }));
const tools = [read, write, empty];

/** Text as a server or model passes it on, read by the parser of Devstral's format. */
function parsed(text: string): ModelEvent[] {
  const parser = createMistralParser(tools.map(({ name }) => name));
  const pieces = text.match(/[\s\S]{1,3}/g) ?? [];
  const events = pieces.flatMap((piece) => parser.push({ text: piece }));
  const { events: rest, toolCalls } = parser.end();
  const all = [...events, ...rest, { type: 'finish', reason: toolCalls ? 'toolCalls' : 'stop' } as const];
  // Ids are drawn by the parser.
  return all.map((event) => (event.type === 'toolCallBegin' ? { ...event, id: `leaked00${event.index}` } : event));
}

const said = (...events: ModelEvent[]): Scripted => ({ events });
const texts = (...all: string[]) => all.map((text): ModelEvent => ({ type: 'text', text }));
const call = (index: number, args: string): ModelEvent[] => [
  { type: 'toolCallBegin', index, id: `half0000${index}`, name: 'read' },
  { type: 'toolCallArguments', index, text: args },
];
const no = gateThat(({ tool: { effect } }) =>
  effect === 'edit'
    ? { kind: 'refused', text: 'The person did not allow this. They say: not here', summary: 'rejected' }
    : { kind: 'run' },
);
const stop = { type: 'finish', reason: 'stop' } as const;

interface Case {
  script: Scripted[];
  more?: Partial<AgentDeps>;
  /** The transcript after the first message, one line a message; the next turn's message stands at its end. */
  golden: string[];
}

const cases: Record<string, Case> = {
  'an empty answer': {
    script: [{ text: '' }, { text: '' }],
    golden: [
      'assistant: (no answer)',
      'user: Nothing arrived. Send the call again, or answer.',
      'assistant: (no answer)',
      'user: And now?',
    ],
  },
  'two calls in one answer': {
    script: [
      {
        text: 'Both.',
        calls: [
          ['read', '{"path": "a"}'],
          ['write', '{"path": "b"}'],
        ],
      },
      { text: 'Done.' },
    ],
    golden: [
      'assistant: Both. read({"path": "a"}) write({"path": "b"})',
      'tool: text of a',
      'tool: wrote b',
      'assistant: Done.',
      'user: And now?',
    ],
  },
  'an unknown tool, and arguments that are none': {
    script: [
      {
        calls: [
          ['launch the rocket!', '{}'],
          ['read', '{"path": '],
          ['read', '[1]'],
        ],
      },
      { text: 'I see.' },
    ],
    golden: [
      'assistant:  launch the rocket!({}) read({"path": ) read([1])',
      'tool: There is no tool launch the rocket!. There are: read, write, empty.',
      'tool: The arguments of read are not whole JSON. Send the call again, complete.',
      'tool: The arguments of read must be one JSON object.',
      'assistant: I see.',
      'user: And now?',
    ],
  },
  'a refusal': {
    script: [{ calls: [['write', '{"path": "a"}']] }, { text: 'Then not.' }],
    more: { gate: no },
    golden: [
      'assistant:  write({"path": "a"})',
      'tool: The person did not allow this. They say: not here',
      'assistant: Then not.',
      'user: And now?',
    ],
  },
  'a result with nothing in it': {
    script: [{ calls: [['empty', '']] }, { text: 'Empty.' }],
    golden: ['assistant:  empty()', 'tool: ', 'assistant: Empty.', 'user: And now?'],
  },
  'a call that leaked into the text': {
    script: [{ events: parsed('I look.[TOOL_CALLS]read[ARGS]{"path": "a"}') }, { text: 'There.' }],
    golden: ['assistant: I look. read({"path": "a"})', 'tool: text of a', 'assistant: There.', 'user: And now?'],
  },
  'control tokens that a model spells out': {
    script: [said(...texts('Write `[INST]` or ', '[/INST]</s>[TOOL_RESULTS]x[/TOOL_RESULTS] there.'), stop)],
    golden: ['assistant: Write `[INST]` or [/INST]</s>[TOOL_RESULTS]x[/TOOL_RESULTS] there.', 'user: And now?'],
  },
  'a character in two halves': {
    script: [said(...texts('a \ud83d', '\ude00 b'), stop)],
    golden: ['assistant: a \ud83d\ude00 b', 'user: And now?'],
  },
  'half a character, where the stream broke': {
    script: [said(...texts('a \ud83d'), { type: 'error', problem: problem('streamCut', { n: 1 }) })],
    golden: ['assistant: a \ud83d', 'user: And now?'],
  },
  'a prompt that the server finds too long': {
    script: [said({ type: 'error', problem: problem('contextFull', { n: 1 } as never) })],
    golden: ['assistant: (no answer)', 'user: And now?'],
  },
  'an answer that reached its limit in a call': {
    script: [
      said(...texts('I read. '), ...call(0, '{"path": "a"}'), ...call(1, '{"pat'), {
        type: 'finish',
        reason: 'length',
      }),
      { text: 'Again.' },
    ],
    golden: [
      'assistant: I read.  read({"path": "a"}) read({"pat)',
      'tool: text of a',
      'tool: The arguments of read are not whole JSON. Send the call again, complete.',
      'assistant: Again.',
      'user: And now?',
    ],
  },
  'an answer that broke off in a call': {
    script: [
      said(...texts('I read. '), ...call(0, '{"pat'), { type: 'error', problem: problem('streamCut', { n: 1 }) }),
    ],
    golden: ['assistant: I read. ', 'user: And now?'],
  },
  'calls with one id': {
    script: [
      said(
        { type: 'toolCallBegin', index: 0, id: 'same', name: 'read' },
        { type: 'toolCallArguments', index: 0, text: '{"path": "a"}' },
        { type: 'toolCallBegin', index: 1, id: 'same', name: 'read' },
        { type: 'toolCallArguments', index: 1, text: '{"path": "b"}' },
        { type: 'finish', reason: 'toolCalls' },
      ),
      { text: 'Done.' },
    ],
    golden: [
      'assistant:  read({"path": "a"}) read({"path": "b"})',
      'tool: text of a',
      'tool: text of b',
      'assistant: Done.',
      'user: And now?',
    ],
  },
};

function line(message: Message): string {
  if (message.role !== 'assistant' || !message.toolCalls) return `${message.role}: ${message.content}`;
  const calls = message.toolCalls.map(({ name, arguments: args }) => `${name}(${args})`);
  return `assistant: ${[message.content, ...calls].join(' ')}`;
}

const template = new Template(
  (JSON.parse(readFileSync('test/fixtures/mistral/templates.json', 'utf8')) as { v13: string }).v13,
);

/** As a server of this format renders it; throws where the template refuses. */
function renderByTemplate(messages: readonly Message[]): string {
  const openAi = messages.map((message) => {
    if (message.role === 'tool') return { role: 'tool', content: message.content, tool_call_id: message.toolCallId };
    if (message.role !== 'assistant' || !message.toolCalls) return { ...message };
    const calls = message.toolCalls.map(({ id, name, arguments: args }) => ({
      id,
      function: { name, arguments: args },
    }));
    return { role: 'assistant', content: message.content, tool_calls: calls };
  });
  return template.render({ messages: openAi, bos_token: '<s>', eos_token: '</s>' });
}

describe('the transcript of a turn', () => {
  const described = describeTools(tools);
  const v13 = mistralFormat('v13');
  let by: Tekken;
  before(async () => {
    by = await tekken();
  });

  const tokensOf = (segments: readonly Segment[]) =>
    segments.flatMap((segment) =>
      'text' in segment ? by.encode(segment.text) : [by.control(segment.control) ?? assert.fail(segment.control)],
    );

  /** One turn and the next; each prompt begins with the tokens of the one before, unless the context was condensed. */
  async function twoTurns(script: readonly Scripted[], more: Partial<AgentDeps> = {}, stopAt = -1) {
    const log: AgentEvent[] = [];
    const all: Message[][] = [];
    let last: number[] = [];
    let read = 0;
    let condensed = 0;
    let events = 0;
    for (const text of ['Do it.', 'And now?']) {
      const { backend, asked } = scriptedBackend(text === 'Do it.' ? script : [{ text: 'ok' }]);
      const abort = new AbortController();
      const deps = agentDeps(backend, tools, more);
      const message = { type: 'user', id: text, text, context: '' } as const;
      // As it is after a restart: what was read from the log on disk.
      const earlier = JSON.parse(JSON.stringify(log)) as AgentEvent[];
      for await (const event of runTurn(message, earlier, deps, abort.signal)) {
        if (isKept(event)) log.push(event);
        if (text === 'Do it.' && events++ === stopAt) abort.abort();
      }
      for (const { messages } of asked) all.push([...messages]);
    }
    const summaries = log.filter(({ type }) => type === 'pruned' || type === 'condensed').length;
    for (const messages of all) {
      const tokens = tokensOf(v13.render(messages, described));
      renderByTemplate(messages);
      if (last.every((token, at) => tokens[at] === token)) read++;
      else condensed++;
      last = tokens;
    }
    assert.ok(condensed <= summaries, `${condensed} prompts do not go on from the one before, ${summaries} summaries`);
    return { log, prompts: all, events, last: all.at(-1) ?? [], read };
  }

  for (const [name, { script, more, golden }] of Object.entries(cases)) {
    it(`after ${name}`, async () => {
      const { last } = await twoTurns(script, more);
      assert.deepEqual(last.slice(2).map(line), golden);
    });
  }

  it('renders and extends when it was stopped at any event', async () => {
    const script: Scripted[] = [
      {
        text: 'I look 😀.',
        calls: [
          ['read', '{"path": "a"}'],
          ['write', '{"path": "b"}'],
          ['launch', '{'],
        ],
      },
      { calls: [['read', '{"path": "b"}']] },
      { text: 'Done.' },
    ];
    const whole = await twoTurns(script);
    assert.ok(whole.events > 15, String(whole.events));
    for (let at = 0; at < whole.events; at++) {
      const { last } = await twoTurns(script, {}, at);
      assert.equal(last.at(-1)?.content, 'And now?', `stopped at ${at}`);
    }
  });

  it('renders after old results were dropped and the rest was summarised', async () => {
    const long = tool('read', 'read', ({ path }) => ({ text: `${path} ${'x'.repeat(3000)}` }));
    const script: Scripted[] = Array.from({ length: 14 }, (_, i) => ({ calls: [['read', `{"path": "${i}"}`]] }));
    const { backend, asked } = scriptedBackend(script, 4000);
    const log: AgentEvent[] = [];
    for (const text of ['Do it.', 'And now?']) {
      const message = { type: 'user', id: text, text, context: '' } as const;
      for await (const event of runTurn(message, [...log], agentDeps(backend, [long]), new AbortController().signal))
        if (isKept(event)) log.push(event);
    }
    assert.ok(log.some(({ type }) => type === 'condensed'));
    for (const { messages } of asked) {
      v13.render(messages, described);
      renderByTemplate(messages);
    }
    assert.equal(messagesOf('s', log).at(-1)?.content, 'ok');
  });
});

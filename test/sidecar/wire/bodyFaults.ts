import { chunk, done, event, hello, reply, streamHead } from '../../servers/wireServer.ts';
import { bytes, call, called, emoji, ends, type Fault, half, once, page } from './fault.ts';

/** Of the body, of usage in it, of calls. */
export const bodyFaults: Fault[] = [
  // The body.
  { name: 'a page', wire: ends(reply(200, page, { 'content-type': 'text/html' })), end: 'serverNotModel' },
  { name: 'an empty body', wire: ends(reply(200, '')), end: 'serverGarbled', says: /an empty answer/, tries: 3 },
  {
    name: 'half JSON',
    wire: ends(reply(200, half, { 'content-type': 'application/json' })),
    end: 'serverGarbled',
    says: /neither an answer/,
  },
  { name: 'plain words', wire: ends(reply(200, 'It works!')), end: 'serverGarbled', says: /neither an answer/ },
  {
    name: 'events as text/plain',
    wire: ends(reply(200, hello, { 'content-type': 'text/plain' })),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'one completion instead of events',
    wire: ends(reply(200, '{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}')),
    end: 'stop',
    text: 'Hello',
  },
  { name: 'CRLF', wire: ends(streamHead + hello.replaceAll('\n', '\r\n')), end: 'stop', text: 'Hello' },
  { name: 'CR alone', wire: ends(`${streamHead}${hello.replaceAll('\n', '\r')}\r`), end: 'stop', text: 'Hello' },
  { name: 'a byte order mark', wire: ends(`${streamHead}\ufeff${hello}`), end: 'stop', text: 'Hello' },
  {
    name: 'comments, ids, retries and unknown fields',
    wire: ends(`${streamHead}: ping\n\nid: 7\nretry: 10\nnonsense\n${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a giant line that never ends',
    wire: ends(Buffer.concat([Buffer.from(`${streamHead}data: `), Buffer.alloc(64_000_000, 97)])),
    end: 'serverGarbled',
    says: /8 million/,
  },
  {
    name: 'a chunk of 64 MB',
    wire: ends(`${streamHead}${chunk({ content: 'Hel' })}${chunk({ content: 'a'.repeat(64_000_000) })}`),
    end: 'serverGarbled',
    text: 'Hel',
  },
  { name: 'UTF-8 in single bytes', wire: (wire) => bytes(wire, emoji, 0), end: 'stop', text: '世界 😀' },
  {
    name: 'bytes that are not UTF-8',
    wire: ends(
      Buffer.concat([
        Buffer.from(`${streamHead}data: {"choices":[{"delta":{"content":"a`),
        Buffer.from([0xf0, 0x9f]),
        Buffer.from(`b"},"finish_reason":"stop"}]}\n\n`),
      ]),
    ),
    end: 'stop',
    text: 'a\ufffdb',
  },
  { name: 'no [DONE]', wire: ends(streamHead + hello.replace(done, '')), end: 'stop', text: 'Hello' },
  {
    name: 'no reason of the end',
    wire: ends(streamHead + chunk({ content: 'Hel' })),
    end: 'streamCut',
    text: 'Hel',
    says: /after 1 token;/,
  },
  {
    name: 'the last event without its empty line',
    wire: ends((streamHead + hello).trimEnd()),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'data after [DONE]',
    wire: ends(streamHead + hello + chunk({ content: ' and more' })),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'a chunk cut off, then others',
    wire: ends(`${streamHead}data: {"choices":[{"delta":{"con\n\n${hello}`),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'chunks that are null, numbers, lists and depths',
    wire: ends(
      `${streamHead}${['null', '7', '[]', '{"choices":null}', '{"choices":[null]}', '['.repeat(50_000)].map(event).join('')}${hello}`,
    ),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'an unknown reason of the end',
    wire: ends(streamHead + chunk({ content: 'Hello' }, 'eos')),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'the server stopped it',
    wire: ends(streamHead + chunk({ content: 'Hel' }) + chunk({}, 'abort') + done),
    end: 'streamCut',
    text: 'Hel',
    says: /cut off|after 1/,
  },
  {
    name: 'an error before the first token, once',
    wire: once(ends(streamHead + event({ error: { message: 'x', code: 500 } }))),
    end: 'stop',
    text: 'Hello',
    tries: 2,
  },
  {
    name: 'an error in words after it',
    wire: ends(streamHead + chunk({ content: 'Hel' }) + event({ error: 'CUDA out of memory' })),
    end: 'serverBusy',
    text: 'Hel',
  },
  {
    name: 'content as a list of chunks',
    wire: ends(streamHead + chunk({ content: [{ type: 'text', text: 'Hello' }] }, 'stop') + done),
    end: 'stop',
    text: 'Hello',
  },
  // Usage.
  { name: 'no usage', wire: ends(streamHead + hello), end: 'stop', text: 'Hello' },
  {
    name: 'negative usage',
    wire: ends(
      streamHead +
        hello.replace(done, event({ choices: [], usage: { prompt_tokens: -5, completion_tokens: -1 } }) + done),
    ),
    end: 'stop',
    text: 'Hello',
  },
  {
    name: 'usage in words',
    wire: ends(streamHead + hello.replace(done, event({ choices: [], usage: { prompt_tokens: 'many' } }) + done)),
    end: 'stop',
    text: 'Hello',
  },
  // Calls.
  {
    name: 'two calls with one index',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":1}') + call(0, 'b', 'bash', '{"a":2}') + called),
    end: 'toolCalls',
    calls: [
      ['bash', '{"a":1}'],
      ['bash', '{"a":2}'],
    ],
  },
  {
    name: 'two calls with one id',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":1}') + call(1, 'a', 'bash', '{"a":2}') + called),
    end: 'toolCalls',
    calls: [
      ['bash', '{"a":1}'],
      ['bash', '{"a":2}'],
    ],
  },
  {
    name: 'arguments that are no JSON',
    wire: ends(streamHead + call(0, 'a', 'bash', 'ls -l') + called),
    end: 'toolCalls',
    calls: [['bash', 'ls -l']],
  },
  {
    name: 'arguments as an object',
    wire: ends(streamHead + call(0, 'a', 'bash', { a: 1 }) + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'arguments in a string in a string',
    wire: ends(streamHead + call(0, 'a', 'bash', '"{\\"a\\":1}"') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'arguments cut by the end',
    wire: ends(streamHead + call(0, 'a', 'bash', '{"a":') + chunk({}, 'length') + done),
    end: 'length',
    calls: [['bash', '{"a":']],
  },
  {
    name: 'a marker in the name',
    wire: ends(streamHead + call(0, 'a', '[TOOL_CALLS]bash[ARGS]', '{"a":1}') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'the arguments in the name',
    wire: ends(streamHead + call(0, 'a', 'bash[CALL_ID]abc[ARGS]{"a":', '1}') + called),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'a call as text',
    wire: ends(
      streamHead + chunk({ content: '[TOOL_CALLS]bash[ARGS]{"a":' }) + chunk({ content: '1}' }, 'stop') + done,
    ),
    end: 'toolCalls',
    calls: [['bash', '{"a":1}']],
  },
  {
    name: 'a call as text without a marker',
    wire: ends(streamHead + chunk({ content: 'bash{"a": "x\ny"}' }, 'stop') + done),
    end: 'toolCalls',
    calls: [['bash', '{"a": "x\ny"}']],
  },
];

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { type ChunkPart, createChunkDecoder } from '../../sidecar/models/backends/remote/decodeChunk.ts';
import { readChunks, type StreamItem } from '../../sidecar/models/backends/remote/readStream.ts';

function decode(...chunks: unknown[]): ChunkPart[] {
  const decoder = createChunkDecoder();
  return chunks.flatMap((chunk) => decoder.push(chunk));
}

const delta = (value: unknown, finish: string | null = null) => ({
  choices: [{ delta: value, finish_reason: finish }],
});
const toolDelta = (...calls: unknown[]) => delta({ tool_calls: calls });

async function itemsOf(pieces: readonly Buffer[]): Promise<StreamItem[]> {
  const body = Readable.from(pieces);
  const items: StreamItem[] = [];
  for await (const batch of readChunks(body, 'events', createChunkDecoder())) {
    items.push(...batch);
  }
  return items;
}

/** Bodies of all captured streams. */
function capturedStreams(): Buffer[] {
  const folder = join('test', 'fixtures', 'captures');
  return readdirSync(folder).flatMap((file) =>
    gunzipSync(readFileSync(join(folder, file)))
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { utf8?: string }).utf8 ?? '')
      .filter((raw) => /^content-type: text\/event-stream/im.test(raw))
      .map((raw) => Buffer.from(raw.slice(raw.indexOf('\r\n\r\n') + 4))),
  );
}

describe('decoding a stream', () => {
  it('reads content as a string, as an array of chunks, and thinking chunks', () => {
    assert.deepEqual(decode(delta({ content: 'a' })), [{ type: 'text', text: 'a' }]);
    const thinking = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] };
    assert.deepEqual(
      decode(delta({ content: [thinking, { type: 'text', text: 'b' }, { type: 'reference', reference_ids: [1] }] })),
      [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'b' },
      ],
    );
  });

  it('reads both names of reasoning, once', () => {
    assert.deepEqual(decode(delta({ reasoning: 'x' })), [{ type: 'reasoning', text: 'x' }]);
    assert.deepEqual(decode(delta({ reasoning_content: 'x', content: null })), [{ type: 'reasoning', text: 'x' }]);
    assert.deepEqual(decode(delta({ reasoning: 'x', reasoning_content: 'x' })), [{ type: 'reasoning', text: 'x' }]);
  });

  it('keeps two calls with one index apart by their ids (Ollama)', () => {
    const whole = (id: string, args: string) => ({ id, index: 0, function: { name: 'f', arguments: args } });
    assert.deepEqual(decode(toolDelta(whole('a', '{"x":1}')), toolDelta(whole('b', '{"x":2}'))), [
      { type: 'callBegin', call: 0, id: 'a', name: 'f' },
      { type: 'callArguments', call: 0, text: '{"x":1}' },
      { type: 'callEnd', call: 0 },
      { type: 'callBegin', call: 1, id: 'b', name: 'f' },
      { type: 'callArguments', call: 1, text: '{"x":2}' },
      { type: 'callEnd', call: 1 },
    ]);
  });

  it('joins interleaved pieces by index', () => {
    const begin = (index: number) => ({ id: `c${index}`, index, function: { name: `f${index}`, arguments: '{' } });
    const more = (index: number) => ({ index, id: null, function: { name: null, arguments: '}' } });
    const parts = decode(toolDelta(begin(0), begin(1)), toolDelta(more(1)), toolDelta(more(0)));
    assert.deepEqual(
      parts.filter((part) => part.type === 'callArguments').map((part) => [part.call, part.text]),
      [
        [0, '{'],
        [1, '{'],
        [1, '}'],
        [0, '}'],
      ],
    );
  });

  it('takes the id repeated in every delta, calls without ids and indexes, and objects as arguments', () => {
    const again = decode(
      toolDelta({ id: 'a', index: 0, function: { name: 'f', arguments: '{"x"' } }),
      toolDelta({ id: 'a', index: 0, function: { name: 'f', arguments: ':1}' } }),
    );
    assert.equal(again.filter((part) => part.type === 'callBegin').length, 1);
    const bare = decode(
      toolDelta({ function: { name: 'f', arguments: { x: 1 } } }),
      toolDelta({ function: { name: 'f', arguments: { x: 2 } } }),
    );
    assert.deepEqual(
      bare.filter((part) => part.type === 'callArguments').map((part) => part.text),
      ['{"x":1}', '{"x":2}'],
    );
  });

  it('gives the text that is glued to arguments back as text (vLLM)', () => {
    const parts = decode(
      toolDelta({ id: 'a', index: 0, function: { name: 'f', arguments: '{"x": "}"' } }),
      toolDelta({ index: 0, function: { arguments: '} and' } }),
      toolDelta({ index: 0, function: { arguments: ' more' } }),
    );
    assert.deepEqual(parts.slice(1), [
      { type: 'callArguments', call: 0, text: '{"x": "}"' },
      { type: 'callArguments', call: 0, text: '}' },
      { type: 'callEnd', call: 0 },
      { type: 'text', text: ' and' },
      { type: 'text', text: ' more' },
    ]);
  });

  it('knows the reasons to end', () => {
    const reasons = ['stop', 'length', 'model_length', 'tool_calls', 'function_call', 'abort', 'content_filter', 'eos'];
    const ends = reasons.map((reason) => decode(delta({}, reason)).at(-1));
    assert.deepEqual(
      ends.map((part) => (part?.type === 'end' ? part.reason : part)),
      ['stop', 'length', 'length', 'toolCalls', 'toolCalls', 'aborted', 'stop', 'stop'],
    );
    assert.deepEqual(decode(delta({}, null), { choices: [], usage: null }), []);
  });

  it('finds errors inside the stream: nested, a string, flat', () => {
    const statusOf = (chunk: unknown) => decode(chunk).map((part) => (part.type === 'error' ? part.status : part.type));
    assert.deepEqual(statusOf({ error: { message: 'x', code: 503 } }), [503]);
    assert.deepEqual(statusOf({ error: 'x' }), [500]);
    assert.deepEqual(statusOf({ object: 'error', message: 'x', code: 400 }), [400]);
    assert.deepEqual(statusOf({ error: null, choices: [] }), []);
  });

  it('never throws for what is not a chunk', () => {
    fc.assert(fc.property(fc.anything(), (chunk) => Array.isArray(createChunkDecoder().push(chunk))));
    fc.assert(
      fc.property(fc.anything(), (value) => Array.isArray(decode(delta(value), toolDelta(value, { function: value })))),
    );
  });

  it('gives the same events for every split of the bytes', async () => {
    const streams = capturedStreams();
    assert.ok(streams.length > 100);
    const wholes = await Promise.all(streams.map((stream) => itemsOf([stream])));
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: streams.length - 1 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }),
        async (which, cuts) => {
          const stream = streams[which] ?? Buffer.alloc(0);
          const at = cuts.map((cut) => Math.floor(cut * stream.length)).sort((a, b) => a - b);
          const pieces = [0, ...at].map((from, i) => stream.subarray(from, at[i] ?? stream.length));
          assert.deepEqual(await itemsOf(pieces), wholes[which]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('tells chunks apart, however many of them bytes bring', async () => {
    const call = { index: 0, id: 'a', function: { name: 'bash', arguments: '{}' } };
    const chunks = [delta({ content: 'a' }), delta({ content: '' }), delta({ content: 'b' }), toolDelta(call)];
    const bytes = Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''));
    const said = async (pieces: readonly Buffer[]) => {
      const lists: string[][] = [];
      for await (const items of readChunks(Readable.from(pieces), 'events', createChunkDecoder()))
        lists.push(items.map(({ type }) => type));
      return lists;
    };
    const whole = [['text'], [], ['text'], ['callBegin', 'callArguments', 'callEnd']];
    assert.deepEqual(await said([bytes]), whole);
    assert.deepEqual(await said([bytes.subarray(0, 5), bytes.subarray(5)]), [[], ...whole]);
  });

  it('reads CRLF, comments, a missing last blank line and the error field of old llama-server', async () => {
    const chunk = JSON.stringify(delta({ content: 'a' }));
    assert.deepEqual(await itemsOf([Buffer.from(`: ping\r\n\r\ndata: ${chunk}\r\n\r\ndata: [DONE]`)]), [
      { type: 'text', text: 'a' },
      { type: 'last' },
    ]);
    const failed = await itemsOf([Buffer.from('error: {"code":500,"message":"x","type":"server_error"}\n\n')]);
    assert.equal(failed[0]?.type, 'error');
  });
});

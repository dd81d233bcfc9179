import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '../../scripts/texts/bundles.mjs';
import { partNames, partOf } from '../../sidecar/models/catalog/ggufNames.ts';
import { type ByteSource, memorySource } from '../../sidecar/models/gguf/byteSource.ts';
import { type GgufRead, readGgufHeader } from '../../sidecar/models/gguf/header.ts';
import { openHttpSource } from '../../sidecar/models/gguf/httpSource.ts';
import { joinParts } from '../../sidecar/models/gguf/joinParts.ts';
import { readTokenizer } from '../../sidecar/models/gguf/tokenizerArrays.ts';
import { checkGgufFile } from '../../sidecar/models/ggufFile.ts';
import { useTexts } from '../../sidecar/protocol/translate.ts';
import { countingSource, readDamagedHeaders } from './damagedHeaders.ts';
import { type Entry, ggufHeader, type ModelShape, modelHeader, type Tensor } from './writeGguf.ts';

const shape: ModelShape = {
  architecture: 'mistral3',
  layers: 3,
  embedding: 256,
  heads: 8,
  kvHeads: 2,
  headLength: 64,
  feedForward: 512,
  vocabulary: 300,
  context: 4096,
  weights: 'Q4_K',
  head: 'Q6_K',
};

/** The header with as many zeros behind it as the weights take. */
function whole({ head, size }: { head: Buffer; size: number }): Buffer {
  return Buffer.concat([head, Buffer.alloc(size - head.length)]);
}

const read = (bytes: Uint8Array): Promise<GgufRead> => readGgufHeader(memorySource(bytes));

/** A container with one entry replaced or added. */
function withEntry(entry: Entry): Buffer {
  const { entries, tensors } = modelHeader(shape);
  const kept = entries.filter(([key]) => key !== entry[0]);
  return whole(ggufHeader([...kept, entry], tensors));
}

describe('GGUF header', () => {
  it('says what a converter wrote', async () => {
    const bytes = whole(modelHeader({ ...shape, temperatureScale: 0.1 }));
    const answer = await read(bytes);
    assert.ok(answer.kind === 'ok', JSON.stringify(answer));
    const { header } = answer;
    assert.equal(header.architecture, 'mistral3');
    assert.equal(header.mixture, 'Q4_K_M');
    assert.deepEqual([header.layers, header.embedding, header.keyLength, header.vocabulary], [3, 256, 64, 300]);
    assert.deepEqual(
      [header.heads, header.kvHeads, header.feedForward],
      [
        [8, 8, 8],
        [2, 2, 2],
        [512, 512, 512],
      ],
    );
    assert.ok(Math.abs(header.temperatureScale - 0.1) < 1e-6);
    assert.equal(header.tensors.length, 3 + 3 * 9);
    assert.equal(header.end, bytes.length);
    assert.equal(header.tensors.find((tensor) => tensor.name === 'output.weight')?.bytes, (256 / 256) * 210 * 300);
    assert.equal(header.split, null);
  });

  it('reads a number for each layer', async () => {
    const answer = await read(withEntry(['mistral3.attention.head_count_kv', 'arr', 'u32', [2, 0, 4]]));
    assert.ok(answer.kind === 'ok');
    assert.deepEqual(answer.header.kvHeads, [2, 0, 4]);
  });

  it('reads the vocabulary when asked', async () => {
    const source = memorySource(whole(modelHeader(shape)), 64);
    const answer = await readGgufHeader(source);
    assert.ok(answer.kind === 'ok');
    const tokenizer = await readTokenizer(source, answer.header);
    assert.ok(tokenizer.kind === 'ok');
    const { tokens, types, merges } = tokenizer.arrays;
    assert.deepEqual([tokens.length, tokens[0], tokens[94], tokens[299]], [300, '!', 'Ċ', 't299']);
    assert.deepEqual([types.length, types[0], merges], [300, 1, ['! !', '" "']]);
  });

  it('skips long arrays of numbers without reading them', async () => {
    const { entries, tensors } = modelHeader(shape);
    const long: Entry = ['tokenizer.ggml.scores', 'arr', 'f32', Array.from({ length: 200_000 }, () => 1)];
    const source = countingSource(whole(ggufHeader([...entries.slice(0, 3), long, ...entries.slice(3)], tensors)));
    assert.equal((await readGgufHeader(source)).kind, 'ok');
    assert.ok(source.given() < 30_000, String(source.given()));
  });

  it('knows parts of a split model', async () => {
    const { entries, tensors } = modelHeader(shape);
    const parts: Entry[] = [
      ['split.no', 'u32', 1],
      ['split.count', 'u32', 2],
      ['split.tensors.count', 'i32', 30],
    ];
    const second = await read(whole(ggufHeader([entries[0]!, ...parts], tensors)));
    assert.ok(second.kind === 'ok', JSON.stringify(second));
    assert.deepEqual(second.header.split, { number: 1, count: 2, tensors: 30 });
    assert.deepEqual(partNames('Devstral-2-Q4_K_M-00001-of-00002.gguf'), [
      'Devstral-2-Q4_K_M-00001-of-00002.gguf',
      'Devstral-2-Q4_K_M-00002-of-00002.gguf',
    ]);
    assert.equal(partOf('model-00003-of-00002.gguf'), null);
    assert.equal(partOf('model.gguf'), null);
  });

  const lie = (at: number, value: bigint) => {
    const bytes = whole(modelHeader(shape));
    bytes.writeBigUInt64LE(value, at);
    return bytes;
  };
  const tensor = (dims: readonly number[], name = 'a.weight'): Buffer => {
    const { entries } = modelHeader(shape);
    return ggufHeader(entries, [[name, dims, 'Q4_K']] as Tensor[]).head;
  };
  const magic = Buffer.from('GGUF');
  const cases: [name: string, bytes: Buffer, kind: GgufRead['kind'], reason: RegExp][] = [
    ['an empty file', Buffer.alloc(0), 'notGguf', /not a GGUF/],
    ['another format', Buffer.from('PK\x03\x04 something'), 'notGguf', /not a GGUF/],
    ['the magic alone', magic, 'truncated', /ends too early/],
    ['version 1', Buffer.concat([magic, Buffer.from([1, 0, 0, 0]), Buffer.alloc(40)]), 'bad', /version 1/],
    ['big-endian', Buffer.concat([magic, Buffer.from([0, 0, 0, 3]), Buffer.alloc(40)]), 'bad', /big-endian/],
    ['2^60 tensors', lie(8, 2n ** 60n), 'bad', /tensors/],
    ['2^60 entries', lie(16, 2n ** 60n), 'bad', /metadata entries/],
    ['many entries in a short file', lie(16, 60_000n).subarray(0, 5000), 'truncated', /too early/],
    ['a key of 2^60 bytes', lie(24, 2n ** 60n), 'bad', /bytes long/],
    ['no architecture', whole(ggufHeader([], [])), 'bad', /architecture/],
    ['an architecture that is a number', withEntry(['general.architecture', 'u32', 3]), 'bad', /not a string/],
    [
      'another architecture',
      withEntry(['general.architecture', 'str', 'wxyz9']),
      'bad',
      /wxyz9\.block_count is missing/,
    ],
    ['layers as a text', withEntry(['mistral3.block_count', 'str', '3']), 'bad', /block_count is not a number/],
    ['2^60 layers', withEntry(['mistral3.block_count', 'u64', 2n ** 60n]), 'bad', /block_count is out of range/],
    ['half a layer', withEntry(['mistral3.block_count', 'f32', 0.5]), 'bad', /out of range/],
    ['no layers', withEntry(['mistral3.block_count', 'u32', 0]), 'bad', /missing/],
    ['too few heads', withEntry(['mistral3.attention.head_count', 'arr', 'u32', [1]]), 'bad', /each layer/],
    ['NaN', withEntry(['mistral3.rope.freq_base', 'f32', Number.NaN]), 'bad', /out of range/],
    ['tokens that are numbers', withEntry(['tokenizer.ggml.tokens', 'arr', 'u32', [1, 2]]), 'bad', /strings/],
    ['an alignment of 0', withEntry(['general.alignment', 'u32', 0]), 'bad', /alignment/],
    ['a tensor of 2^60 values', tensor([2 ** 60]), 'bad', /values/],
    ['a tensor of 2^62 × 2^62 values', tensor([2 ** 62, 2 ** 62, 2 ** 62]), 'bad', /values/],
    ['a tensor with a dimension of 0', tensor([256, 0]), 'bad', /values/],
    ['a tensor of half blocks', tensor([100, 3]), 'bad', /rows of 100/],
    ['a tensor without dimensions', tensor([]), 'bad', /0 dimensions/],
    ['a name with control characters', tensor([100], '\u001b[31m\nx'), 'bad', /tensor \?\[31m\?x/],
  ];
  for (const [name, bytes, kind, reason] of cases) {
    it(`refuses ${name}`, async () => {
      const answer = await read(bytes);
      assert.equal(answer.kind, kind, JSON.stringify(answer));
      assert.ok(answer.kind !== 'ok');
      assert.match(answer.reason, reason);
      assert.doesNotMatch(answer.reason, /\n/);
    });
  }

  it('says what is wrong in the language of the editor', async () => {
    const text = withEntry(['mistral3.block_count', 'str', '3']);
    useTexts({ language: 'de', bundle: readJson('l10n/bundle.l10n.de.json') });
    const answer = await read(text).finally(() => useTexts({ language: 'en' }));
    assert.equal(answer.kind === 'bad' && answer.reason, 'mistral3.block_count ist keine Zahl');
  });

  it('refuses a tensor type that it does not know, and arrays in arrays', async () => {
    const { head } = modelHeader(shape);
    const unknown = Buffer.from(head);
    const name = unknown.indexOf('token_embd.weight');
    unknown.writeUInt32LE(250, name + 'token_embd.weight'.length + 4 + 16);
    const answer = await read(unknown);
    assert.ok(answer.kind === 'bad' && /unknown type 250/.test(answer.reason), JSON.stringify(answer));
    const nested = withEntry(['general.tags', 'arr', 'u32', [1, 2]]);
    nested.writeUInt32LE(9, nested.indexOf('general.tags') + 'general.tags'.length + 4);
    const inner = await read(nested);
    assert.ok(inner.kind === 'bad' && /unknown type 9/.test(inner.reason), JSON.stringify(inner));
  });

  it('says of a file cut at any byte that it is incomplete', async () => {
    const { head } = modelHeader({ ...shape, vocabulary: 100, layers: 1 });
    for (let length = 4; length < head.length - 32; length += 7) {
      const answer = await read(head.subarray(0, length));
      assert.equal(answer.kind, 'truncated', `${length}: ${JSON.stringify(answer)}`);
    }
  });

  it('does not throw and reads little for a thousand damaged headers', async function () {
    this.timeout(30_000);
    await readDamagedHeaders(1000, 4);
  });

  it('reports a source that fails', async () => {
    const source: ByteSource = {
      size: 1000,
      step: 100,
      read: async () => {
        throw new Error('the disk is gone');
      },
      close: async () => {},
    };
    assert.deepEqual(await readGgufHeader(source), { kind: 'unreadable', reason: 'the disk is gone' });
  });
});

describe('GGUF files and addresses', () => {
  let folder = '';
  let server: Server;
  let address = '';
  const bytes = whole(modelHeader({ ...shape, vocabulary: 5000 }));
  let ranges: string[] = [];
  let authorizations: (string | undefined)[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-gguf-'));
    server = createServer((request, response) => {
      authorizations.push(request.headers.authorization);
      if (request.url === '/moved') return response.writeHead(302, { location: '/model.gguf' }).end();
      if (request.url === '/away') {
        const port = (server.address() as AddressInfo).port;
        return response.writeHead(302, { location: `http://localhost:${port}/model.gguf` }).end();
      }
      if (request.url === '/circle') return response.writeHead(302, { location: '/circle' }).end();
      if (request.url === '/whole') return response.end(bytes);
      if (request.url !== '/model.gguf') return response.writeHead(404).end();
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
      ranges.push(`${from}-${to}`);
      const end = Math.min(Number(to), bytes.length - 1);
      response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${bytes.length}` });
      response.end(bytes.subarray(Number(from), end + 1));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    ranges = [];
    authorizations = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('reads a header by ranges through redirects, and sends a key to its own host only', async () => {
    for (const path of ['/model.gguf', '/moved', '/away']) {
      authorizations = [];
      const source = await openHttpSource(address + path, { headers: { authorization: 'Bearer x' } });
      const answer = await readGgufHeader(source);
      assert.ok(answer.kind === 'ok', JSON.stringify(answer));
      assert.equal(answer.header.end, bytes.length);
      assert.equal(authorizations[0], 'Bearer x');
      assert.equal(authorizations.at(-1), path === '/away' ? undefined : 'Bearer x');
    }
    assert.ok(ranges.length <= 6, ranges.join(' '));
  });

  it('says what is wrong with an address', async () => {
    await assert.rejects(openHttpSource(`${address}/nothing`), /answered 404/);
    await assert.rejects(openHttpSource(`${address}/whole`), /gives no ranges/);
    await assert.rejects(openHttpSource(`${address}/circle`), /circles/);
  });

  it('checks every part of a split model', async () => {
    const { entries, tensors } = modelHeader(shape);
    const part = (number: number): Buffer => {
      const split: Entry[] = [
        ['split.no', 'u32', number],
        ['split.count', 'u32', 2],
      ];
      const half = number === 0 ? tensors.slice(0, 10) : tensors.slice(10);
      return whole(ggufHeader(number === 0 ? [...entries, ...split] : [entries[0]!, ...split], half));
    };
    const first = join(folder, 'big-00001-of-00002.gguf');
    const second = join(folder, 'big-00002-of-00002.gguf');
    writeFileSync(first, part(0));
    const alone = await checkGgufFile(first);
    assert.ok(alone.kind === 'bad' && alone.problem.code === 'modelFileGone', JSON.stringify(alone));
    writeFileSync(second, part(1).subarray(0, -100));
    const cut = await checkGgufFile(first);
    assert.ok(cut.kind === 'bad' && cut.problem.code === 'modelFileIncomplete', JSON.stringify(cut));
    writeFileSync(second, part(1));
    const both = await checkGgufFile(first);
    assert.ok(both.kind === 'ok', JSON.stringify(both));
    assert.equal(both.facts.size, part(0).length + part(1).length);
    assert.equal(both.facts.stateBytesPerToken, 3 * 2 * 128 * 2);
    const [one, two] = await Promise.all([read(part(0)), read(part(1))]);
    assert.ok(one.kind === 'ok' && two.kind === 'ok');
    const joined = joinParts(one.header, [two.header]);
    assert.equal(joined.tensors.length, tensors.length);
    assert.equal(joined.fileSize, both.facts.size);
    assert.equal(joined.end, both.facts.size);
    assert.equal(joined.tensors[10]?.offset, part(0).length + two.header.dataStart);
  });
});

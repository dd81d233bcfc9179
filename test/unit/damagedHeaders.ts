import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ByteSource, memorySource } from '../../sidecar/models/gguf/byteSource.ts';
import { readGgufHeader } from '../../sidecar/models/gguf/header.ts';
import { readTokenizer } from '../../sidecar/models/gguf/tokenizerArrays.ts';
import { planMemory } from '../../sidecar/models/plan/memoryPlan.ts';
import { modelHeader } from './writeGguf.ts';

/** A source that counts what it gives and answers in small pieces. */
export function countingSource(bytes: Uint8Array, step = 512): ByteSource & { given(): number } {
  let given = 0;
  const inner = memorySource(bytes, step);
  return {
    ...inner,
    async read(offset, length) {
      const piece = await inner.read(offset, length);
      given += piece.length;
      return piece;
    },
    given: () => given,
  };
}

const desktop = { cpu: { model: '', physicalCores: 1, features: ['avx2' as const] }, devices: [] };
const settings = { context: 4096, kvType: 'q8_0', batch: 512, gpuLayers: 0, flashAttention: true } as const;

/** Reads headers with some numbers replaced and the end cut off: each is read, or refused in a line. */
export async function readDamagedHeaders(count: number, seed: number): Promise<void> {
  const { head } = modelHeader({
    architecture: 'mistral3',
    layers: 1,
    embedding: 256,
    heads: 8,
    kvHeads: 2,
    headLength: 64,
    feedForward: 512,
    vocabulary: 100,
    context: 4096,
    weights: 'Q4_K',
    head: 'Q6_K',
  });
  const edit = fc.record({
    at: fc.nat(head.length - 9),
    value: fc.oneof(
      fc.constantFrom(0n, 1n, 9n, 255n, 2n ** 31n, 2n ** 60n, 2n ** 64n - 1n),
      fc.bigInt(0n, 2n ** 64n - 1n),
    ),
    wide: fc.boolean(),
  });
  const edits = fc.array(edit, { minLength: 1, maxLength: 6 });
  const property = fc.asyncProperty(edits, fc.nat(head.length), async (changes, cut) => {
    const bytes = Buffer.from(head);
    for (const { at, value, wide } of changes) {
      if (wide) bytes.writeBigUInt64LE(value, at);
      else bytes.writeUInt8(Number(value & 255n), at);
    }
    const source = countingSource(cut % 3 === 0 ? bytes.subarray(0, cut) : bytes);
    const answer = await readGgufHeader(source);
    assert.ok(source.given() <= bytes.length + 1024, `${source.given()} bytes were read`);
    if (answer.kind === 'ok') {
      await readTokenizer(source, answer.header);
      const { devices } = planMemory(answer.header, desktop, settings);
      assert.ok(Number.isFinite(devices[0]!.total), JSON.stringify(devices));
      return;
    }
    assert.notEqual(answer.kind, 'unreadable', answer.reason);
    assert.match(answer.reason, /^[^\n]{1,200}$/);
  });
  await fc.assert(property, { numRuns: count, seed });
}

import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { decodeFile, encodeFile, hashText, largestFile, readFileText } from '../../sidecar/workspace/fileText.ts';

describe('fileText', () => {
  it('gives every readable file back byte for byte', () => {
    const content = fc
      .array(fc.constantFrom('a', '\n', '\r\n', '\r', 'é', '𝒳', '\uFEFF', '\t', '\u2028'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(content, fc.boolean(), (text, bom) => {
        const bytes = Buffer.concat([Buffer.from(bom ? [0xef, 0xbb, 0xbf] : []), Buffer.from(text)]);
        const decoded = decodeFile(bytes);
        assert.equal(decoded.kind, 'text');
        if (decoded.kind === 'text') assert.deepEqual(encodeFile(decoded.file.text, decoded.file), bytes);
      }),
      { numRuns: 500 },
    );
  });

  it('describes a file', () => {
    const decoded = decodeFile(Buffer.from('\uFEFFa\r\nb\nc\r\n'));
    assert.deepEqual(decoded, {
      kind: 'text',
      file: {
        text: 'a\r\nb\nc\r\n',
        eol: '\r\n',
        mixedEol: true,
        bom: true,
        encoding: 'utf8',
        revision: { kind: 'disk', sha256: hashText('a\nb\nc\n') },
      },
    });
  });

  it('hashes the same for any line ending, with and without byte order mark', () => {
    assert.equal(hashText('a\r\nb\r'), hashText('\uFEFFa\nb\n'));
    assert.notEqual(hashText('a\nb'), hashText('a\nb\n'));
    assert.equal(hashText('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  const unreadable: [name: string, bytes: number[], reason: string][] = [
    ['a NUL byte', [0x61, 0, 0x62], 'binary'],
    ['UTF-16 little endian', [0xff, 0xfe, 0x61, 0], 'encoding'],
    ['UTF-16 big endian', [0xfe, 0xff, 0, 0x61], 'encoding'],
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9], 'encoding'],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], 'encoding'],
    ['an overlong form', [0xc0, 0xaf], 'encoding'],
    ['a cut character', [0x61, 0xe2, 0x82], 'encoding'],
  ];
  for (const [name, bytes, reason] of unreadable) {
    it(`does not guess: ${name}`, () =>
      assert.deepEqual(decodeFile(Uint8Array.from(bytes)), { kind: 'unreadable', reason }));
  }

  it('says why a path cannot be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'devstral-text-'));
    try {
      const reasonOf = async (path: string) => {
        const read = await readFileText(path);
        return read.kind === 'unreadable' ? read.reason : 'text';
      };
      await writeFile(join(folder, 'a'), 'x');
      await writeFile(join(folder, 'large'), '');
      await truncate(join(folder, 'large'), largestFile + 1);
      assert.equal(await reasonOf(join(folder, 'a')), 'text');
      assert.equal(await reasonOf(join(folder, 'none')), 'missing');
      assert.equal(await reasonOf(join(folder, 'a', 'b')), 'missing');
      assert.equal(await reasonOf(folder), 'other');
      assert.equal(await reasonOf(join(folder, 'large')), 'tooLarge');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('writes no encoding that it cannot read', () => {
    assert.throws(() => encodeFile('a', { bom: false, encoding: 'utf16le' }));
  });
});

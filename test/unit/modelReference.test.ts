import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseModelReference } from '../../sidecar/models/catalog/modelReference.ts';

const cwd = '/work';
const parse = (text: string, hub = '') => {
  const reference = parseModelReference(text, { cwd, hub });
  return reference.kind === 'catalog' ? { ...reference, model: reference.model.id } : reference;
};

describe('what a model is named by', () => {
  it('is an id of the catalog, with or without a quantisation', () => {
    assert.deepEqual(parse('devstral-small-2'), { kind: 'catalog', model: 'devstral-small-2' });
    assert.deepEqual(parse('devstral-small-2:Q5_K_M'), { kind: 'catalog', model: 'devstral-small-2', named: 'Q5_K_M' });
  });

  it('is a repository of the hub or a file of it', () => {
    const hub = (named?: string, revision?: string) => ({
      kind: 'hub',
      repo: 'org/Repo-GGUF',
      ...(named ? { named } : {}),
      ...(revision ? { revision } : {}),
    });
    for (const [text, expected] of [
      ['org/Repo-GGUF', hub()],
      ['org/Repo-GGUF:Q4_K_M', hub('Q4_K_M')],
      ['org/Repo-GGUF:a/b.gguf', hub('a/b.gguf')],
      ['hf:org/Repo-GGUF', hub()],
      ['hf:org/Repo-GGUF/a/b.gguf', hub('a/b.gguf')],
      ['hf:org/Repo-GGUF:Q8_0', hub('Q8_0')],
      ['hf.co/org/Repo-GGUF:Q8_0', hub('Q8_0')],
      ['https://huggingface.co/org/Repo-GGUF', hub()],
      ['https://huggingface.co/org/Repo-GGUF/tree/main', hub()],
      ['https://huggingface.co/org/Repo-GGUF/blob/main/a/b.gguf', hub('a/b.gguf')],
      ['https://huggingface.co/org/Repo-GGUF/resolve/abc/b%20c.gguf?download=true', hub('b c.gguf', 'abc')],
      ['https://mirror.example/hf/org/Repo-GGUF/blob/main/b.gguf', hub('b.gguf')],
    ] as const) {
      assert.deepEqual(parse(text, 'https://mirror.example/hf'), expected, text);
    }
  });

  it('is a file on this disk', () => {
    assert.deepEqual(parse('models/a.gguf'), { kind: 'disk', path: '/work/models/a.gguf' });
    assert.deepEqual(parse('./a'), { kind: 'disk', path: '/work/a' });
    assert.deepEqual(parse('/x/a:b.gguf'), { kind: 'disk', path: '/x/a:b.gguf' });
    assert.deepEqual(parse('~/a.gguf'), { kind: 'disk', path: join(homedir(), 'a.gguf') });
    assert.equal(parse('C:\\models\\a.gguf').kind, 'disk');
  });

  it('is never a path out of a repository or another host', () => {
    for (const text of [
      'gpt',
      '',
      'hf:org/Repo/../../x.gguf',
      'org/Repo:../x.gguf',
      'https://huggingface.co/org/Repo/resolve/main/..%2F..%2Fx.gguf',
      'https://example.com/org/Repo/resolve/main/x.gguf',
      'https://huggingface.co/org/Repo/discussions/1',
      'hf:org',
    ]) {
      assert.equal(parse(text).kind, 'unknown', text);
    }
  });

  it('is read without throwing whatever it is', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((s) => `hf:${s}`),
        ),
        (text) => {
          assert.ok(parseModelReference(text, { cwd }).kind);
        },
      ),
    );
  });
});

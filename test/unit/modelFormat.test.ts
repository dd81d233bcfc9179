import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFormat } from '../../sidecar/models/backends/local/modelFormat.ts';
import { readFileHeader } from '../../sidecar/models/ggufFile.ts';
import { tinyModel } from '../models/modelFiles.ts';
import { tekkenVocabulary } from './mistralFixtures.ts';
import { type ModelShape, writeModel } from './writeGguf.ts';

const shape: ModelShape = {
  architecture: 'llama',
  layers: 1,
  embedding: 32,
  heads: 1,
  kvHeads: 1,
  headLength: 32,
  feedForward: 32,
  vocabulary: 100,
  context: 1024,
  weights: 'Q8_0',
  head: null,
};

describe('the format of a model file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-format-'));
  after(() => rmSync(folder, { recursive: true }));

  const formatOf = async (path: string, chatTemplate: string) => {
    const { format, encodeText, notice } = await modelFormat({ path, chatTemplate, bos: '<s>', eos: '</s>' });
    return { name: format.name, exact: encodeText !== undefined, says: notice?.sentence ?? '' };
  };

  /** A file with Tekken's vocabulary, some of its control tokens by other names. */
  async function tekkenFile(name: string, without: readonly string[]): Promise<string> {
    const tokens = (await tekkenVocabulary())
      .slice(0, 2000)
      .map((token, i) => (without.includes(token) ? `<SPECIAL_${i}>` : token));
    const path = join(folder, name);
    writeModel(path, { ...shape, vocabulary: tokens.length, tokens });
    return path;
  }

  it("of Mistral is told by the file's own template, with nothing to say", async () => {
    const path = tinyModel(folder);
    const read = await readFileHeader(path);
    assert.ok(read.kind === 'ok');
    assert.deepEqual(await formatOf(path, read.header.chatTemplate), { name: 'mistral v13', exact: true, says: '' });
  });

  it('of Mistral is told by the vocabulary where the template is missing or knows no tools, which is said', async () => {
    const thinking = ['[THINK]', '[/THINK]'];
    const calls = [...thinking, '[ARGS]', '[CALL_ID]'];
    const plain = "{{ bos_token }}{% for m in messages %}[INST]{{ m['content'] }}[/INST]{% endfor %}";
    for (const [file, template, name] of [
      [await tekkenFile('a.gguf', []), '', 'mistral v13'],
      [await tekkenFile('a.gguf', []), plain, 'mistral v13'],
      [await tekkenFile('b.gguf', thinking), '', 'mistral v11'],
      [await tekkenFile('c.gguf', calls), '', 'mistral v7'],
      [await tekkenFile('c.gguf', calls), plain, 'mistral v3'],
    ] as const) {
      const got = await formatOf(file, template);
      assert.deepEqual([got.name, got.exact], [name, true]);
      assert.match(got.says, /^[abc]\.gguf has none that knows tools: Mistral's own is used/);
    }
  });

  it('of ChatML has tools in the way of its kin, which is said where its own template knows none', async () => {
    const path = join(folder, 'chatml.gguf');
    writeModel(path, shape);
    const plain = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}";
    const bare = await formatOf(path, plain);
    assert.equal(bare.name, 'chatml');
    assert.match(bare.says, /^chatml\.gguf has none that knows tools: ChatML with our tools is used/);
    assert.deepEqual(await formatOf(path, `${plain}{{ tools }}`), { name: 'chatml', exact: false, says: '' });
  });

  it('of another model is ChatML, or its own template with our tools, which is said', async () => {
    const path = join(folder, 'other.gguf');
    writeModel(path, shape);
    const own = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}";
    for (const [template, name, says] of [
      ['', 'chatml', /ChatML is used/],
      ['{% for %}', 'chatml', /ChatML is used/],
      [own, 'jinja', /its own with our tools is used/],
      [`${own}{{ tools }}`, 'jinja', /^$/],
    ] as const) {
      const got = await formatOf(path, template);
      assert.equal(got.name, name);
      assert.match(got.says, says);
    }
  });
});

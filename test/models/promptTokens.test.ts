import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getLlama, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import type { Message } from '../../sidecar/models/backend.ts';
import { createDetokenizer } from '../../sidecar/models/backends/local/detokenizer.ts';
import { createTokenTable, type TokenTable } from '../../sidecar/models/backends/local/tokens.ts';
import { renderChatml } from '../../sidecar/models/formats/chatml.ts';
import { smolModel, starterFile } from './modelFiles.ts';

const markers = [
  '<|im_end|>',
  '<|im_start|>',
  '<tool_call>',
  '</tool_call>',
  '<|endoftext|>',
  '<|fim_prefix|>',
  '</s>',
  '<repo_name>',
];
const content = fc
  .array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', ' ', 'def f():\n', ...markers)), {
    maxLength: 8,
  })
  .map((parts) => parts.join(''));

for (const [name, file] of [
  ['starter model', starterFile],
  ['SmolLM2', smolModel],
] as const) {
  describe(`tokens of a prompt, ${name}`, function () {
    this.timeout(60_000);
    let model: LlamaModel;
    let table: TokenTable;
    before(async () => {
      const llama = await getLlama({
        gpu: false,
        build: 'never',
        skipDownload: true,
        progressLogs: false,
        logLevel: LlamaLogLevel.error,
        maxThreads: 1,
      });
      // Words only: no weights are read.
      model = await llama.loadModel({ modelPath: file(), vocabOnly: true });
      table = createTokenTable(model);
    });
    after(() => model.dispose());

    it('never makes text a control token, and loses none of it', () => {
      fc.assert(
        fc.property(content, (text) => {
          const tokens = table.encode([{ text }]);
          assert.deepEqual(
            tokens.filter((token) => table.control(token) !== undefined),
            [],
          );
          assert.equal(model.detokenize(tokens, true), text);
        }),
      );
    });

    it('makes control segments one token each', () => {
      const tokens = table.encode([{ control: '<|im_start|>' }, { control: '<|im_end|>' }]);
      assert.deepEqual(
        tokens.map((token) => table.control(token)),
        ['<|im_start|>', '<|im_end|>'],
      );
    });

    it('starts a longer conversation with the same tokens', () => {
      fc.assert(
        fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), content, (contents, answer) => {
          const messages = contents.map(
            (text, i): Message => ({ role: i % 2 === 0 ? 'user' : 'assistant', content: text }),
          );
          if (messages.length % 2 === 0) messages.pop();
          const before = table.encode(renderChatml(messages, []));
          const after = table.encode(renderChatml([...messages, { role: 'assistant', content: answer }], []));
          assert.deepEqual(after.slice(0, before.length), before);
        }),
      );
    });

    it('keeps the tokens that an answer was sampled from', () => {
      const [a, b] = [table.encode([{ text: 'hel' }]), table.encode([{ text: 'lo' }])];
      assert.notDeepEqual(table.encode([{ text: 'hello' }]), [...a, ...b]);
      table.remember([{ text: 'hello' }], [...a, ...b]);
      assert.deepEqual(table.encode([{ text: 'hello' }]), [...a, ...b]);
    });

    it('streams text token by token without cutting a character', () => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom('😀', '漢字', 'é', 'a b', '\n', '👩‍👩‍👧', '\t', 'ﷺ')), (parts) => {
          const text = parts.join('');
          const detokenizer = createDetokenizer((tokens, before) => model.detokenize(tokens, false, before));
          const pieces = [...table.encode([{ text }]).map((token) => detokenizer.push(token)), detokenizer.flush()];
          assert.equal(pieces.join(''), text);
          for (const piece of pieces) assert.doesNotThrow(() => encodeURIComponent(piece));
        }),
      );
    });
  });
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { middleFormatOf } from '../../sidecar/models/formats/fillInMiddle.ts';

const formatOf = (name: string) => middleFormatOf([name]);

describe('prompts between two texts', () => {
  it('knows the families by any of their names', () => {
    for (const name of ['codestral-latest', 'mistralai/Devstral-Small-2507', 'Ministral-3-8B.gguf'])
      assert.equal(formatOf(name)?.family, 'mistral', name);
    for (const name of ['Qwen/Qwen2.5-Coder-7B', 'qwen3-coder:30b']) assert.equal(formatOf(name)?.family, 'qwen', name);
    for (const name of ['Qwen/Qwen2.5-7B', 'gemma-3', '']) assert.equal(formatOf(name), null, name);
    assert.equal(middleFormatOf(['tiny', '/models/devstral'])?.family, 'mistral');
  });

  it("writes them as the models' makers do", () => {
    assert.equal(formatOf('codestral')?.render('a', 'b'), '[SUFFIX]b[PREFIX]a');
    assert.equal(formatOf('qwen-coder')?.render('a', 'b'), '<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>');
  });

  it('never lets a text bring a control token', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 5 }),
      fc.constantFrom(
        '[INST]',
        '[/INST]',
        '[PREFIX]',
        '[SUFFIX]',
        '</s>',
        '<s>',
        '<|im_end|>',
        '<|fim_pad|>',
        '[',
        '<|',
      ),
    );
    const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, text, (prefix, suffix) => {
        const mistral = formatOf('codestral')?.render(prefix, suffix) ?? '';
        assert.equal([...mistral.matchAll(/\[\/?(INST|PREFIX|SUFFIX)\]|<\/?s>/g)].length, 2, mistral);
        const qwen = formatOf('qwen-coder')?.render(prefix, suffix) ?? '';
        assert.equal([...qwen.matchAll(/<\|(fim_\w+|im_end)\|>/g)].length, 3, qwen);
      }),
    );
  });
});

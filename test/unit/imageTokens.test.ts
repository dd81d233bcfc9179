import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { visionOf } from '../../sidecar/models/visionModels.ts';
import { fittedSize, imageTokens } from '../../sidecar/protocol/imageTokens.ts';

/** Width, height and tokens as mistral-common 1.x counts them (`ImageEncoder`), for the two published encoders. */
const goldens: Record<'pixtral' | 'small', [width: number, height: number, tokens: number][]> = JSON.parse(
  readFileSync(join('test', 'fixtures', 'mistral', 'imageTokens.json'), 'utf8'),
);

describe('the tokens of an image', () => {
  for (const [name, model] of [
    ['pixtral', 'mistralai/Pixtral-12B-2409'],
    ['small', 'mistralai/Devstral-Small-2-24B-Instruct-2512'],
  ] as const) {
    it(`are mistral-common's for ${model}`, () => {
      const rule = visionOf([model]) ?? assert.fail('it sees');
      assert.ok(rule.exact && goldens[name].length > 200);
      for (const [width, height, tokens] of goldens[name]) {
        assert.equal(imageTokens({ width, height }, rule), tokens, `${width} × ${height}`);
        // What was scaled down before it was sent counts the same.
        const fitted = fittedSize({ width, height }, rule.side);
        assert.ok(Math.max(fitted.width, fitted.height) <= rule.side);
        assert.equal(imageTokens(fitted, rule), tokens, `fitted ${width} × ${height}`);
      }
    });
  }

  it('are known by name of the models that see, and of no other', () => {
    for (const name of [
      'devstral-small-2:24b',
      'labs-devstral-small-2512',
      'Ministral-3-8B-Instruct-2512',
      'pixtral-large-2411',
    ]) {
      assert.ok(visionOf([name])?.exact, name);
    }
    for (const name of ['qwen2.5-vl-7b', 'google/gemma-3-12b-it']) assert.equal(visionOf([name])?.exact, false, name);
    const blind = [
      'devstral-small-2505',
      'Devstral-Small-2507',
      'devstral-2-123b',
      'devstral-2512',
      'qwen2.5-coder',
      '',
    ];
    for (const name of blind) assert.equal(visionOf([name]), null, name);
  });
});

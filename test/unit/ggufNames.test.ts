import assert from 'node:assert/strict';
import { catalog, recogniseModel } from '../../sidecar/models/catalog/catalog.ts';
import {
  chooseModelFiles,
  groupModelFiles,
  isModelName,
  partNames,
  partOf,
  quantisationOf,
} from '../../sidecar/models/catalog/ggufNames.ts';
import { starterModel } from '../../sidecar/models/catalog/starter.ts';

const named = (...paths: string[]) => paths.map((path) => ({ path, size: 10 }));

describe('names of GGUF files', () => {
  it('say the quantisation', () => {
    for (const [path, quantisation] of [
      ['devstralQ4_K_M.gguf', 'Q4_K_M'],
      ['qwen2.5-coder-1.5b-instruct-q4_k_m.gguf', 'Q4_K_M'],
      ['mixtral-8x7b-instruct-v0.1.Q6_K.gguf', 'Q6_K'],
      ['Devstral-UD-Q4_K_XL.gguf', 'UD-Q4_K_XL'],
      ['UD-Q2_K_XL/Devstral-2-UD-Q2_K_XL-00001-of-00002.gguf', 'UD-Q2_K_XL'],
      ['a-IQ4_XS.gguf', 'IQ4_XS'],
      ['a-IQ3_XXS.gguf', 'IQ3_XXS'],
      ['a-Q4_0.gguf', 'Q4_0'],
      ['a-Q8_0.gguf', 'Q8_0'],
      ['a-BF16.gguf', 'BF16'],
      ['a.gguf', ''],
    ] as const) {
      assert.equal(quantisationOf(path), quantisation, path);
    }
  });

  it('say which part of which file they are', () => {
    assert.deepEqual(partOf('a/b-00002-of-00003.gguf'), { number: 2, count: 3 });
    assert.equal(partOf('b-00004-of-00003.gguf'), null);
    assert.deepEqual(partNames('a/b-00002-of-00002.gguf'), ['a/b-00001-of-00002.gguf', 'a/b-00002-of-00002.gguf']);
    assert.deepEqual(partNames('a.gguf'), ['a.gguf']);
  });

  it('leave out what is no language model', () => {
    for (const path of ['mmproj-F16.gguf', 'Model-BF16-mmproj.gguf', 'imatrix.gguf', 'README.md']) {
      assert.equal(isModelName(path), false, path);
    }
  });

  it('put split files together, whole ones only', () => {
    const files = named('b-00002-of-00002.gguf', 'a.gguf', 'b-00001-of-00002.gguf', 'c-00001-of-00002.gguf');
    assert.deepEqual(
      groupModelFiles(files).map(({ files: parts, size }) => [size, ...parts.map(({ path }) => path)]),
      [
        [10, 'a.gguf'],
        [20, 'b-00001-of-00002.gguf', 'b-00002-of-00002.gguf'],
      ],
    );
  });

  it('are chosen by name, by quantisation or by preference, and never guessed', () => {
    const files = named('m-Q8_0.gguf', 'm-Q5_K_M.gguf', 'mmproj-F16.gguf');
    const choose = (wanted: { named?: string; pattern?: RegExp }, preferred = ['Q4_K_M', 'Q5_K_M']) =>
      chooseModelFiles('o/m', files, { ...wanted, preferred })?.files[0].path ?? null;
    assert.equal(choose({}), 'm-Q5_K_M.gguf');
    assert.equal(choose({ named: 'q8_0' }), 'm-Q8_0.gguf');
    assert.equal(choose({ named: 'M-Q8_0.gguf' }), 'm-Q8_0.gguf');
    assert.equal(choose({ named: 'Q2_K' }), null);
    assert.equal(choose({ pattern: /other/ }), null);
    assert.equal(choose({}, ['IQ1_S']), null);
  });
});

describe('the catalog', () => {
  it('has each model once, with a name that fits the status bar', () => {
    assert.equal(new Set(catalog.map(({ id }) => id)).size, catalog.length);
    for (const { id, name, repo, pattern, files } of catalog) {
      assert.ok(name.length <= 14, name);
      assert.match(id, /^[a-z0-9.-]+$/);
      assert.ok(files.length > 0);
      assert.ok(pattern.test(`${repo}/x-Q4_K_M.gguf`), id);
    }
  });

  it('recognises its models whoever published them', () => {
    for (const [name, id] of [
      ['mistralai/Devstral-Small-2505_gguf/devstralQ4_K_M.gguf', 'devstral-small-1.0'],
      ['unsloth/Devstral-Small-2507-GGUF/Devstral-Small-2507-Q4_K_S.gguf', 'devstral-small-1.1'],
      ['devstral:24b-small-2507-q8_0', 'devstral-small-1.1'],
      ['lmstudio-community/Devstral-Small-2-24B-Instruct-2512-GGUF/x.gguf', 'devstral-small-2'],
      ['devstral-small-2:24b', 'devstral-small-2'],
      ['unsloth/Devstral-2-123B-Instruct-2512-GGUF/Q4_K_M/x-00001-of-00002.gguf', 'devstral-2'],
      [`${starterModel.repo}/${starterModel.file}`, 'starter'],
      ['someone/Something-GGUF/x.gguf', undefined],
    ] as const) {
      assert.equal(recogniseModel(name)?.id, id, name);
    }
  });
});

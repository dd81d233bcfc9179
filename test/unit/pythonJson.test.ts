import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPythonJson, toJsonNode, writePythonJson } from '../../sidecar/models/formats/pythonJson.ts';

const again = (text: string) => {
  const read = readPythonJson(text);
  return read.ok ? writePythonJson(read.value) : null;
};

describe("JSON as Python's", () => {
  it('prints numbers as repr does', () => {
    // Made with Python 3.11: json.dumps(json.loads(…)).
    const pairs = [
      ['1.0', '1.0'],
      ['1e5', '100000.0'],
      ['1e-5', '1e-05'],
      ['0.0001', '0.0001'],
      ['1e16', '1e+16'],
      ['1e15', '1000000000000000.0'],
      ['123456789.123456789', '123456789.12345679'],
      ['5e-324', '5e-324'],
      ['-0', '0'],
      ['-0.0', '-0.0'],
      ['12345678901234567890123', '12345678901234567890123'],
      ['1e400', 'Infinity'],
      ['NaN', 'NaN'],
      ['-Infinity', '-Infinity'],
      ['1.5E+3', '1500.0'],
    ];
    for (const [text = '', printed] of pairs) assert.equal(again(text), printed, text);
  });

  it('keeps the order and the first place of keys', () => {
    assert.equal(again('{"b":1,"2":2,"a":3,"b":4,"__proto__":5}'), '{"b": 4, "2": 2, "a": 3, "__proto__": 5}');
  });

  it('refuses what json.loads refuses', () => {
    const bad = [
      '',
      '{"a":01}',
      '{"a":.5}',
      '{"a":+1}',
      '{"a":1,}',
      "{'a':1}",
      '{"a":"x\ny"}',
      '\ufeff{}',
      '{} {}',
      '{"a":\u00a01}',
    ];
    for (const text of [...bad, '['.repeat(100_000)]) assert.equal(again(text), null, text.slice(0, 20));
  });

  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const read = readPythonJson(JSON.stringify(value));
        assert.ok(read.ok);
        assert.deepEqual(JSON.parse(writePythonJson(read.value)), JSON.parse(JSON.stringify(value)));
        assert.deepEqual(JSON.parse(writePythonJson(toJsonNode(value))), JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('never throws', () => {
    const letters = fc.string({
      unit: fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'u', '1', '.', 'e', '-', ' ', 'n'),
    });
    fc.assert(
      fc.property(letters, (text) => void readPythonJson(text)),
      { numRuns: 1000, seed: 1 },
    );
  });
});

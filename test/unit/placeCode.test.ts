import assert from 'node:assert/strict';
import fc from 'fast-check';
import { placeCode } from '../../extension/chat/code/placeCode.ts';

const python = `import json
import os


def load(path):
    with open(path) as file:
        return json.load(file)


def save(path, value):
    text = json.dumps(value)
    with open(path, "w") as file:
        file.write(text)


class Store:
    def __init__(self, path):
        self.path = path
        self.values = {}

    def get(self, key):
        return self.values[key]

    def put(self, key, value):
        self.values[key] = value
`;

const placed = (file: string, code: string) => {
  const result = placeCode(file, code);
  assert.equal(result.kind, 'placed', `${result.kind}`);
  return result.kind === 'placed' ? result.text : '';
};

describe('code of an answer in a file', () => {
  it('is the whole file where it has most of it', () => {
    const whole = python.replace('self.values[key]\n', 'self.values.get(key)\n').trimEnd();
    assert.equal(placed(python, whole), `${whole}\n`);
    assert.equal(placed('', 'print(1)'), 'print(1)\n');
  });

  it('replaces a function, with all of its old body', () => {
    const code = 'def save(path, value):\n    temporary = path + ".new"\n    os.replace(temporary, path)';
    const text = placed(python, code);
    assert.equal(
      text,
      python.replace(
        '    text = json.dumps(value)\n    with open(path, "w") as file:\n        file.write(text)\n',
        '    temporary = path + ".new"\n    os.replace(temporary, path)\n',
      ),
    );
  });

  it('takes the indentation of the file', () => {
    const code = 'def get(self, key):\n    return self.values.get(key)';
    assert.equal(placed(python, code), python.replace('return self.values[key]', 'return self.values.get(key)'));
    const deeper = '        def get(self, key):\n            return self.values.get(key)';
    assert.equal(placed(python, deeper), python.replace('return self.values[key]', 'return self.values.get(key)'));
  });

  it('finds a function whose signature changed, and puts what is new behind it', () => {
    const code =
      'def load(path, default=None):\n    return default\n\n\ndef exists(path):\n    return os.path.exists(path)';
    const text = placed(python, code);
    assert.match(text, /def load\(path, default=None\):\n {4}return default\n\n\ndef exists\(path\):\n {4}return os/);
    assert.doesNotMatch(text, /json\.load\(/);
    assert.match(text, /def save\(path, value\):\n {4}text = json/);
  });

  it('leaves what an elision stands for', () => {
    const code =
      'class Store:\n    # ... existing code ...\n    def put(self, key, value):\n        self.values[key] = str(value)';
    assert.equal(placed(python, code), python.replace('self.values[key] = value', 'self.values[key] = str(value)'));
    const open = 'import json\nimport os\nimport sys\n\n# rest of the code unchanged';
    assert.equal(placed(python, open), python.replace('import os\n', 'import os\nimport sys\n'));
  });

  it('replaces blocks in braces up to their end', () => {
    const file =
      'const a = 1;\n\nfunction f(x) {\n  if (x) {\n    old();\n  }\n  older();\n}\n\nfunction g() {\n  f(1);\n}\n';
    const code = 'function f(x) {\n  return x;\n}';
    assert.equal(placed(file, code), 'const a = 1;\n\nfunction f(x) {\n  return x;\n}\n\nfunction g() {\n  f(1);\n}\n');
  });

  it('keeps line endings, and a last line without one', () => {
    const windows = python.replaceAll('\n', '\r\n');
    const code = 'def get(self, key):\n    return self.values.get(key)';
    assert.equal(placed(windows, code), windows.replace('return self.values[key]', 'return self.values.get(key)'));
    assert.equal(placed('a = 1\nbee = 22', 'bee = 23'), 'a = 1\nbee = 23');
  });

  it('is not placed where nothing is like it, or more than one place is', () => {
    assert.equal(placeCode(python, 'SELECT name FROM people WHERE age > 3;').kind, 'notPlaced');
    assert.equal(placeCode(python, 'def other(x):\n    return x * 2').kind, 'notPlaced');
    assert.equal(placeCode('x = call(1)\ny = 2\nx = call(1)\nz = 3\n', 'x = call(2)').kind, 'notPlaced');
    assert.equal(placeCode(python, '\n\n').kind, 'notPlaced');
  });

  it('says that the file has it already', () => {
    assert.equal(placeCode(python, 'def get(self, key):\n    return self.values[key]').kind, 'same');
    assert.equal(placeCode(python, python).kind, 'same');
  });

  it('keeps every line before and behind the place, whatever the file and the code are', () => {
    const line = fc.constantFrom(
      'def f(a):',
      '    return a',
      'x = one(two)',
      '',
      '}',
      '  y = f(x)',
      'class K:',
      '# ...',
      'end',
    );
    const text = fc.array(line, { maxLength: 14 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (file, code) => {
        const result = placeCode(file, code);
        if (result.kind !== 'placed') return;
        // Placing it again changes nothing, or finds no single place any more.
        const wanted = code.split('\n').filter((each) => each.trim() !== '' && !each.startsWith('# ...'));
        for (const each of wanted) assert.ok(result.text.includes(each.trim()), `${each} is gone`);
      }),
      { numRuns: 2000 },
    );
  });
});

import assert from 'node:assert/strict';
import { checkSyntax, sameButForLayout } from '../../sidecar/agent/syntaxCheck.ts';

const programs: [language: string, good: string, bad: string][] = [
  ['python', 'def f(x):\n    return x + 1\n', 'def f(x:\n    return x + 1\n'],
  ['typescript', `const f = (x: number): string => \`\${x}\`;\n`, 'const f = (x: number): string => {\n'],
  ['typescriptreact', 'const a = <p className="x">hi {name}</p>;\n', 'const a = <p>hi;\n'],
  ['javascript', 'export async function f() { await g(); }\n', 'export async function f( { await g(); }\n'],
  ['go', 'package a\n\nfunc f() int {\n\treturn 1\n}\n', 'package a\n\nfunc f() int {\n\treturn 1\n'],
  ['java', 'class A { int f() { return 1; } }\n', 'class A { int f() { return 1; }\n'],
  ['cpp', 'int f(int a) { return a; }\n', 'int f(int a { return a; }\n'],
  ['c', 'struct a { int b; };\n', 'struct a { int b; \n'],
  ['csharp', 'class A { int F() => 1; }\n', 'class A { int F( => 1; }\n'],
  ['php', '<?php function f($a) { return $a; }\n', '<?php function f($a { return $a; }\n'],
  ['ruby', 'def f(a)\n  a + 1\nend\n', 'def f(a)\n  a + (1\nend\n'],
  ['shellscript', 'if true; then\n  echo "a"\nfi\n', 'if true; then\n  echo "a"\n'],
  ['css', 'a { color: red; }\n', 'a { color: red;\n'],
];

describe('checkSyntax', function () {
  // Thirteen grammars are compiled on the first run.
  this.timeout(30_000);
  for (const [language, good, bad] of programs) {
    it(`${language}: good and bad`, async () => {
      assert.equal((await checkSyntax(language, good))?.errors, 0);
      assert.ok(((await checkSyntax(language, bad))?.errors ?? 0) > 0);
    });
  }

  it('knows paths, uris and file endings; says nothing about other languages and very long texts', async () => {
    for (const id of ['py', 'src/a.py', 'file:///x/a%20b.py', 'C:\\x\\a.PY'])
      assert.equal((await checkSyntax(id, 'x = (')) === null, false, id);
    assert.equal(await checkSyntax('rust', 'fn f() {'), null);
    assert.equal(await checkSyntax('plaintext', ''), null);
    assert.equal(await checkSyntax('python', ' '.repeat(500_001)), null);
  });

  const same: [name: string, language: string, a: string, b: string][] = [
    ['comments', 'python', 'x = 1  # one\n# two\ny = 2\n', 'x = 1\n\n\ny = 2\n'],
    ['indentation width', 'python', 'if x:\n    y()\n', 'if x:\n  y()\n'],
    ['broken lines', 'python', 'f(a,\n  b)\n', 'f(a, b)\n'],
    ['a continued line', 'python', 'x = 1 + \\\n  2\n', 'x = 1 + 2\n'],
    ['blocks', 'typescript', 'if (a) { /* x */ b(); } // y\n', 'if (a) {\n  b();\n}\n'],
    ['go', 'go', 'package a\n\n// f\nfunc f() {\n\n\tg()\n}\n', 'package a\nfunc f() {\n  g()\n}\n'],
    ['markup', 'tsx', 'const a = <p>\n  hi\n</p>;', 'const a = <p>\n      hi\n  </p>;'],
    ['no grammar', 'rust', 'fn f( a: u8 ) {\n  a }', 'fn f(a: u8) { a }\n'],
    ['no grammar, indented', 'yaml', 'a:\n  b: 1  \n\n', 'a:\n  b: 1\n'],
  ];
  for (const [name, language, a, b] of same) {
    it(`is only layout: ${name}`, async () => assert.equal(await sameButForLayout(a, b, language), true));
  }

  const different: [name: string, language: string, a: string, b: string][] = [
    ['a statement moves out of its block', 'python', 'for x in y:\n    a()\n    b()\n', 'for x in y:\n    a()\nb()\n'],
    ['a line break that ends a statement', 'javascript', 'function f() { return\n1 }', 'function f() { return 1 }'],
    ['blanks in a string', 'python', 'x = "a  b"\n', 'x = "a b"\n'],
    ['text beside an escape', 'python', 'x = "a\\nb"\n', 'x = "c\\nb"\n'],
    ['blanks beside an escape', 'javascript', "x = '\\n \\n'", "x = '\\n\\n'"],
    ['a template', 'javascript', `x = \`a \${b} c\``, `x = \`a \${b}  c\``],
    ['a number', 'go', 'package a\nvar x = 1\n', 'package a\nvar x = 2\n'],
    ['an operator', 'java', 'class A { int a = 1 + 2; }', 'class A { int a = 1 - 2; }'],
    ['a comment sign in a string', 'python', 'x = "#a"\n', 'x = "#b"\n'],
    ['a here document', 'ruby', 'x = <<~E\n  a\nE\n', 'x = <<~E\n  b\nE\n'],
    ['one text does not parse', 'python', 'x = (1)\n', 'x = (1\n'],
    ['no grammar: words grow together', 'rust', 'let a', 'leta'],
    ['no grammar: indentation with a meaning', 'yaml', 'a:\n  b: 1\n  c: 2\n', 'a:\n  b: 1\nc: 2\n'],
  ];
  for (const [name, language, a, b] of different) {
    it(`is more than layout: ${name}`, async () => assert.equal(await sameButForLayout(a, b, language), false));
  }

  it('frees what it takes: many checks of a large file stay in the same memory', async () => {
    const text = 'def f(x):\n    return [x, {"a": (1, 2)}]\n'.repeat(500);
    for (let i = 0; i < 5; i++) await checkSyntax('python', text);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 80; i++) await checkSyntax('python', text);
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 60e6, `${grown} bytes`);
  });
});

import assert from 'node:assert/strict';
import { freeTokens, shownBudget } from '../../extension/chat/context/budgetParts.ts';
import { readableDiff } from '../../extension/chat/context/readableDiff.ts';
import { terminalText } from '../../extension/chat/context/terminalText.ts';
import { hasSecretName } from '../../sidecar/protocol/secretNames.ts';

describe('what a terminal wrote', () => {
  it('is what a person read: without colours, marks and what was written over', () => {
    const raw = [
      '\x1b]633;C\x07\x1b[32mok\x1b[0m  first\r\n',
      ' 10%\r 55%\r100%\r\n',
      '\x1b]8;;https://a.example\x1b\\link\x1b]8;;\x1b\\\r\n',
      'abx\bc  \r\n',
      '\x1b]633;D;0\x07',
    ].join('');
    assert.equal(terminalText(raw), 'ok  first\n100%\nlink\nabc');
  });

  it('keeps the end of a long output, from a whole line on', () => {
    const raw = Array.from({ length: 10_000 }, (_, i) => `line ${i}\r\n`).join('');
    const text = terminalText(raw);
    assert.match(text, /^\(cut: the end of the output\)\nline \d+\n/);
    assert.ok(text.endsWith('line 9999') && text.length < 60_100);
  });
});

const fileDiff = (path: string, lines = '-a\n+b') =>
  `diff --git a/${path} b/${path}\nindex 1..2 100644\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n${lines}\n`;

describe('the diff of the working tree', () => {
  it('leaves out hidden files and says how many, and names new files', () => {
    const removed =
      'diff --git a/.env b/.env\ndeleted file mode 100644\n--- a/.env\n+++ /dev/null\n@@ -1 +0,0 @@\n-KEY=1\n';
    const renamed = 'diff --git a/keys.pem b/old.pem\nsimilarity index 100%\nrename from keys.pem\nrename to old.pem\n';
    const quoted = fileDiff('x').replaceAll('a/x', '"a/\\303\\244.key"').replaceAll('b/x', '"b/\\303\\244.key"');
    const spaced = fileDiff('my file.ts').replace('+++ b/my file.ts', '+++ b/my file.ts\t');
    const text = readableDiff(
      [fileDiff('src/a.ts'), removed, renamed, quoted, spaced].join(''),
      ['new.ts', '.env.local'],
      hasSecretName,
    );
    assert.match(text, /src\/a\.ts/);
    assert.match(text, /my file\.ts/);
    assert.doesNotMatch(text, /KEY=1|\.pem|\.key|\.env/);
    assert.match(text, /New files that git does not know yet: new\.ts$/m);
    assert.match(text, /\(3 files with secrets or ignored ones are left out\)$/);
  });

  it('shows whole files as far as they fit and names the others', () => {
    const large = fileDiff('large.ts', `+${'x'.repeat(99_990)}`);
    const text = readableDiff(fileDiff('a.ts') + large + fileDiff('c.ts'), [], () => false);
    assert.match(text, /^diff --git a\/a\.ts/);
    assert.match(text, /^diff --git a\/c\.ts/m);
    assert.match(text, /\(too long to show: large\.ts\)$/);
  });

  it('is nothing where there is none', () =>
    assert.equal(
      readableDiff('\n', [], () => false),
      '',
    ));
});

describe('the budget as the panel shows it', () => {
  const counted = {
    system: 100,
    rules: 20,
    context: [30, 40],
    message: 5,
    conversation: 200,
    answer: 600,
    size: 2000,
    condensable: 0,
    exact: true,
  };

  it('has all context in one number, and what is free beside the answer', () => {
    const budget = shownBudget(counted);
    assert.equal(budget.files, 70);
    assert.ok(!('context' in budget));
    assert.equal(freeTokens(budget), 1005);
    assert.equal(freeTokens({ ...budget, conversation: 5000 }), 0);
    assert.equal(freeTokens({ ...budget, size: null }), null);
  });
});

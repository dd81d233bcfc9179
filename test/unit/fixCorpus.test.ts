import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { checkCorpus } from '../bench/fix/checkCorpus.ts';
import { editorDiagnostics, type FixCase, type FixLanguage, loadCorpus } from '../bench/fix/corpus.ts';
import { canRun, fillGoCache, runHiddenTests } from '../bench/fix/hiddenTests.ts';
import { runGroup } from '../bench/fix/processGroup.ts';

const never = new AbortController().signal;
const cases = loadCorpus();
const languages: readonly FixLanguage[] = ['python', 'typescript', 'go'];
// Go is not needed to work on this project; where it is missing its cases cannot be checked.
const runnable = languages.filter((language) => language !== 'go' || canRun('go'));

function count(test: (fixCase: FixCase) => boolean): number {
  return cases.filter(test).length;
}

function caseNamed(id: string): FixCase {
  const found = cases.find((fixCase) => fixCase.id === id);
  assert.ok(found, id);
  return found;
}

describe('the corpus of seeded bugs', function () {
  this.timeout(45_000);

  before(() => {
    // Runs beside the Python and TypeScript cases. An error shows in the Go cases, which wait for it.
    if (canRun('go')) fillGoCache(never).catch(() => undefined);
    else console.log('    go is not on PATH: the Go cases are loaded but their tests are not run');
  });

  it('covers the languages, the difficulties and the ways to ask', () => {
    assert.ok(count((c) => c.language === 'python') >= 10);
    assert.ok(count((c) => c.language === 'typescript') >= 8);
    assert.ok(count((c) => c.language === 'go') >= 6);
    for (const difficulty of ['easy', 'medium', 'hard'])
      assert.ok(count((c) => c.difficulty === difficulty) >= 8, difficulty);
    assert.ok(count((c) => c.instruction !== null) >= 10);
    assert.ok(count((c) => c.instruction === null) >= 10);
    assert.ok(count((c) => c.diagnostics.length > 0) >= 5);
  });

  it('gives diagnostics a range on the line that they are about', () => {
    const [diagnostic] = editorDiagnostics(caseNamed('python-money'));
    assert.ok(diagnostic);
    const { start, end } = diagnostic.range;
    const line = caseNamed('python-money').buggyText.split('\n')[start.line] ?? '';
    assert.equal(
      line.slice(start.character, end.character),
      'return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)',
    );
  });

  for (const language of runnable) {
    describe(language, () => {
      before(async function () {
        this.timeout(180_000);
        if (language === 'go') await fillGoCache(never);
      });

      for (const fixCase of cases.filter((c) => c.language === language)) {
        it(`${fixCase.id}: fails as it is, passes when repaired`, async () => {
          const [check] = await checkCorpus([fixCase], never);
          assert.deepEqual(check?.problems, []);
        });
      }
    });
  }

  it('calls a candidate broken when it does not parse', async () => {
    assert.equal((await runHiddenTests(caseNamed('python-retry'), 'def retry(:\n', never)).kind, 'broken');
    assert.equal((await runHiddenTests(caseNamed('typescript-pager'), 'export function {', never)).kind, 'broken');
  });

  it('does not pass a candidate that ends the process before the tests', async () => {
    assert.equal((await runHiddenTests(caseNamed('python-retry'), 'import sys\nsys.exit(0)\n', never)).kind, 'failed');
    const { referenceText } = caseNamed('typescript-pager');
    const exiting = `process.exit(0);\n${referenceText}`;
    assert.equal((await runHiddenTests(caseNamed('typescript-pager'), exiting, never)).kind, 'failed');
  });

  it('stops on abort, with everything that the candidate started, and leaves no folder behind', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'fix-corpus-test-'));
    const temporary = join(outside, 'tmp');
    const heartbeat = join(outside, 'heartbeat');
    await mkdir(temporary);
    const saved = process.env.TMPDIR;
    process.env.TMPDIR = temporary;
    try {
      const controller = new AbortController();
      const pending = runHiddenTests(caseNamed('python-retry'), spawningCandidate(heartbeat), controller.signal);
      while ((await sizeOf(heartbeat)) === 0) await setTimeout(20);
      controller.abort(new Error('stopped'));
      await assert.rejects(pending, /stopped/);
      const size = await sizeOf(heartbeat);
      await setTimeout(300);
      assert.equal(await sizeOf(heartbeat), size, 'the grandchild still runs');
      assert.deepEqual(await readdir(temporary), []);
    } finally {
      if (saved === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = saved;
      await rm(outside, { recursive: true, force: true });
    }
  });

  it('ends a program at its limit', async () => {
    const exit = await runGroup(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"], {
      cwd: tmpdir(),
      env: process.env,
      limitMs: 3_000,
      signal: never,
    });
    assert.deepEqual(exit, { kind: 'timedOut', output: 'up\n' });
  });
});

/** A program that starts another one, which adds a byte to a file every 20 ms. */
function spawningCandidate(heartbeat: string): string {
  const grandchild = `import time
while True:
    open(${JSON.stringify(heartbeat)}, "a").write("x")
    time.sleep(0.02)`;
  return `import subprocess, sys\nsubprocess.run([sys.executable, "-c", ${JSON.stringify(grandchild)}])\n`;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    return 0;
  }
}

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { globTool } from '../../sidecar/tools/glob.ts';
import { createGrepTool } from '../../sidecar/tools/grep.ts';
import { listTool } from '../../sidecar/tools/list.ts';
import { readCall } from '../../sidecar/tools/readCall.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { createStagedFiles, type StagedFiles } from '../../sidecar/workspace/stagedFiles.ts';
import { ripgrepForTests } from './ripgrepForTests.ts';

const signal = new AbortController().signal;

describe('search tools', () => {
  let root = '';
  let roots: string[] = [];
  let files: StagedFiles;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-find-')));
    roots = [root];
    files = createStagedFiles({ documents: createDocuments({} as never), roots: () => roots, newId: () => 'c1' });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  async function call(name: string, args: object, ripgrep: string | null = ripgrepForTests()) {
    const grep = createGrepTool(() => ripgrep);
    const read = readCall({ id: 'a', name, arguments: JSON.stringify(args) }, [listTool, globTool, grep], new Map());
    if (read.kind === 'bad') return { ok: false, text: read.text, summary: 'bad' };
    const context = { roots, files, host: {} as never, signal, say: () => undefined, askPerson: async () => null };
    return read.tool.run(read.args, context);
  }

  it('lists two levels with what is staged', async () => {
    put('.gitignore', 'node_modules\n');
    put('node_modules/x/index.js', '');
    put('src/a.ts', 'a');
    put('src/deep/er/b.ts', '');
    put('gone.ts', 'x');
    put('big.json', 'x'.repeat(150_000));
    symlinkSync(tmpdir(), join(root, 'out'));
    await files.write('new/in/c.ts', 'c', signal);
    await files.remove('gone.ts', signal);
    assert.deepEqual(await call('list', {}), {
      ok: true,
      text: `.gitignore
big.json (150 KB)
new/
new/in/
out (link)
src/
src/a.ts
src/deep/`,
      summary: '8 entries',
    });
    assert.equal((await call('list', { path: 'new' })).text, 'new/in/\nnew/in/c.ts (not saved yet)');
    assert.equal((await call('list', { path: 'src/a.ts' })).text, 'src/a.ts is a file: use read.');
    assert.equal((await call('list', { path: 'out' })).text, 'out is outside of the workspace.');
    assert.equal((await call('list', { path: 'none' })).text, 'There is no none.');
    for (let at = 0; at < 320; at++) put(`many/${at}`, '');
    assert.match((await call('list', { path: 'many' })).text, /\n\(20 more: list a folder of these\)$/);
  });

  it('finds files by name in all roots', async () => {
    put('one/src/a.ts', '');
    put('one/src/b.test.ts', '');
    put('two/a.ts', '');
    roots = [join(root, 'one'), join(root, 'two')];
    await files.write('two/new.ts', 'x', signal);
    assert.equal(
      (await call('glob', { pattern: '*.ts' })).text,
      'one/src/a.ts\none/src/b.test.ts\ntwo/a.ts\ntwo/new.ts',
    );
    assert.equal((await call('glob', { pattern: 'src/**/*.test.ts', path: 'one' })).text, 'one/src/b.test.ts');
    assert.equal((await call('glob', { pattern: '*.py' })).text, 'No file matches *.py.');
  });

  it('shows the lines that match, and never those of secrets', async () => {
    put('a.py', 'import argparse\n\n\ndef main():\n    argparse.run()\n');
    put('.env', 'KEY=argparse\n');
    assert.deepEqual(await call('grep', { pattern: 'argparse' }), {
      ok: true,
      text: 'a.py\n1:import argparse\n5:    argparse.run()',
      summary: '2 hits',
    });
    assert.equal(
      (await call('grep', { pattern: 'argparse', context: 1 }, null)).text,
      'a.py\n1:import argparse\n2-\n--\n4-def main():\n5:    argparse.run()',
    );
    assert.equal((await call('grep', { pattern: 'KEY', path: '.env' })).text, '.env has secrets: it is not searched.');
    assert.equal((await call('grep', { pattern: 'KEY' })).text, 'No line matches.');
    assert.equal((await call('grep', { pattern: 'x(?!y)' })).ok, false);
    put('many.txt', 'argparse\n'.repeat(150));
    assert.match(
      (await call('grep', { pattern: 'argparse' })).text,
      /\n98:argparse\n\(52 more lines match, in 2 files in all\)$/,
    );
  });
});

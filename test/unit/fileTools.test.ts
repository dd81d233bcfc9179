import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { aliases } from '../../sidecar/tools/aliases.ts';
import { applyPatchTool } from '../../sidecar/tools/applyPatch.ts';
import { editTool } from '../../sidecar/tools/edit.ts';
import { insertLinesTool } from '../../sidecar/tools/insertLines.ts';
import { moveFileTool } from '../../sidecar/tools/moveFile.ts';
import { readTool } from '../../sidecar/tools/read.ts';
import { readCall } from '../../sidecar/tools/readCall.ts';
import { searchReplaceTool } from '../../sidecar/tools/searchReplace.ts';
import { todoTool } from '../../sidecar/tools/todo.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';
import { writeFileTool } from '../../sidecar/tools/writeFile.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { createStagedFiles, type StagedFiles } from '../../sidecar/workspace/stagedFiles.ts';

const tools: AnyTool[] = [
  readTool,
  editTool,
  writeFileTool,
  moveFileTool,
  searchReplaceTool,
  insertLinesTool,
  applyPatchTool,
  todoTool,
];
const signal = new AbortController().signal;

describe('file tools over what is staged', () => {
  let root = '';
  let files: StagedFiles;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'devstral-tools-'));
    const documents = createDocuments({} as never);
    files = createStagedFiles({ documents, roots: () => [root], newId: () => 'c1' });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  async function call(name: string, args: object) {
    const read = readCall({ id: 'a', name, arguments: JSON.stringify(args) }, tools, aliases);
    if (read.kind === 'bad') return { ok: false, text: read.text, summary: 'bad' };
    const context = {
      roots: [root],
      files,
      host: {} as never,
      signal,
      say: () => undefined,
      askPerson: async () => null,
    };
    return read.tool.run(read.args, context);
  }

  it('reads lines with their numbers, and says how to go on', async () => {
    put('a.py', 'one\r\ntwo\r\nthree\r\n');
    assert.deepEqual(await call('read', { file_path: 'a.py' }), {
      ok: true,
      text: '1\tone\n2\ttwo\n3\tthree',
      summary: '3 lines',
    });
    assert.equal(
      (await call('read', { file_path: 'a.py', offset: 2, limit: 1 })).text,
      '2\ttwo\n(3 lines in all; go on with offset 3)',
    );
    assert.equal((await call('read', { file_path: 'a.py', offset: 9 })).text, 'a.py has 3 lines.');
    assert.equal((await call('read', { file_path: 'b.py' })).text, 'There is no file b.py.');
    assert.equal((await call('read', { file_path: '.' })).text, '. is a folder: use list.');
    assert.equal((await call('read', { file_path: '../x' })).text, '../x is outside of the workspace.');
    put('wide.js', `${'x'.repeat(70_000)}\nnext`);
    assert.match(
      (await call('read', { file_path: 'wide.js' })).text,
      /x \(line cut\)\n\(2 lines in all; go on with offset 2\)$/,
    );
    put('empty', '');
    assert.equal((await call('read', { file_path: 'empty' })).text, 'empty is empty.');
  });

  it('stages edits that later reads see and the disk does not', async () => {
    put('a.py', 'one\r\ntwo\r\n');
    assert.deepEqual(await call('edit', { file_path: 'a.py', old_string: 'two', new_string: 'zwei\ndrei' }), {
      ok: true,
      text: 'Changed a.py (+2 -1).',
      summary: '+2 -1',
    });
    assert.equal((await call('read', { file_path: 'a.py' })).text, '1\tone\n2\tzwei\n3\tdrei');
    assert.equal(readFileSync(join(root, 'a.py'), 'utf8'), 'one\r\ntwo\r\n');
    await call('write_file', { file_path: 'new/b.py', content: 'x = 1\n' });
    const set = files.changeSet('Task');
    assert.deepEqual(
      set?.files.map(({ uri, operation, proposedText }) => [uri.split('/').at(-1), operation, proposedText]),
      [
        ['a.py', 'edit', 'one\r\nzwei\r\ndrei\r\n'],
        ['b.py', 'create', 'x = 1\n'],
      ],
    );
    await call('edit', { file_path: 'a.py', old_string: 'zwei\ndrei', new_string: 'two' });
    assert.deepEqual(files.changeSet('Task')?.files.length, 1, 'what is as before is no change');
  });

  it('changes nothing on a miss, and shows the real lines', async () => {
    put('a.py', 'def add(a, b):\n    return a - b\n\nprint(1)\nprint(1)\n');
    const missed = await call('edit', {
      file_path: 'a.py',
      old_string: 'def add(x, y):\n    return x - y',
      new_string: 'z',
    });
    assert.equal(
      missed.text,
      'old_string is not in a.py; nothing changed. This is all of the file:\ndef add(a, b):\n    return a - b\n\nprint(1)\nprint(1)\n',
    );
    put('long.py', `${'x = 1\n'.repeat(100)}def add(a, b):\n    return a - b\n`);
    const far = { file_path: 'long.py', old_string: 'def add(x, y):\n    return x - y', new_string: 'z' };
    assert.match(
      (await call('edit', far)).text,
      /nothing changed\. The nearest lines are \(from 101\):\ndef add\(a, b\):/,
    );
    assert.match(
      (await call('edit', { file_path: 'a.py', old_string: 'print(1)', new_string: 'z' })).text,
      /stands 2 times/,
    );
    assert.match((await call('edit', { file_path: 'a.py', old_string: 'a', new_string: 'a' })).text, /are the same/);
    assert.match(
      (await call('write_file', { file_path: 'a.py', content: '# ... rest of the code\n' })).text,
      /only a part/,
    );
    assert.equal(files.staged().size, 0);
    const all = await call('edit', {
      file_path: 'a.py',
      old_string: 'print(1)',
      new_string: 'print(2)',
      replace_all: true,
    });
    assert.equal(all.text, 'Changed a.py in 2 places (+2 -2).');
  });

  it('renames and deletes, byte for byte', async () => {
    put('a.txt', '\ufeffone\r\ntwo\n');
    await call('move_file', { file_path: 'a.txt', to: 'b/c.txt' });
    assert.match((await call('read', { file_path: 'a.txt' })).text, /you removed it/);
    assert.equal((await call('read', { file_path: 'b/c.txt' })).text, '1\tone\n2\ttwo');
    const created = files.changeSet('t')?.files.find(({ operation }) => operation === 'create');
    assert.deepEqual([created?.proposedText, created?.base.bom], ['one\r\ntwo\n', true]);
    const renamed = () => files.changeSet('t')?.files.flatMap((file) => file.renamed ?? []);
    const from = pathToFileURL(join(root, 'a.txt')).toString();
    assert.deepEqual(renamed(), [{ from, added: 0, removed: 0 }]);
    const kept = files.changeSet('t') ?? assert.fail();
    files.clear();
    files.restore(kept);
    await call('edit', { file_path: 'b/c.txt', old_string: 'two', new_string: 'zwei\ndrei' });
    await call('move_file', { file_path: 'b/c.txt', to: 'b/d.txt' });
    assert.deepEqual(renamed(), [{ from, added: 2, removed: 1 }], 'also after a restart, an edit and another name');
    await call('write_file', { file_path: 'a.txt', content: 'new\n' });
    assert.deepEqual(renamed(), [], 'a file under the old name again is no rename');
    await call('move_file', { file_path: 'a.txt' });
    await call('move_file', { file_path: 'b/d.txt', to: 'b/c.txt' });
    await call('write_file', { file_path: 'n.txt', content: 'n\n' });
    await call('move_file', { file_path: 'n.txt', to: 'm.txt' });
    assert.deepEqual(renamed(), [{ from, added: 2, removed: 1 }], 'a new file has no name from before');
    await call('move_file', { file_path: 'm.txt' });
    assert.equal((await call('move_file', { file_path: 'b/c.txt', to: 'b/c.txt' })).ok, false);
    assert.equal((await call('move_file', { file_path: 'nothing' })).text, 'There is no file nothing.');
    await call('move_file', { file_path: 'b/c.txt' });
    assert.deepEqual(
      files.changeSet('t')?.files.map(({ operation }) => operation),
      ['delete'],
    );
  });

  it('understands what other agents call the same', async () => {
    put('a.py', 'one\ntwo\n');
    assert.equal(
      (await call('str_replace_editor', { command: 'view', path: 'a.py', view_range: [2, 2] })).text,
      '2\ttwo',
    );
    await call('str_replace_editor', {
      command: 'str_replace',
      path: 'a.py',
      old_str: 'one',
      new_str: 'eins',
      security_risk: 'LOW',
    });
    await call('str_replace_editor', { command: 'insert', path: 'a.py', insert_line: 1, new_str: 'middle' });
    await call('search_replace', { file_path: 'a.py', content: '<<<<<<< SEARCH\ntwo\n=======\nzwei\n>>>>>>> REPLACE' });
    await call('str_replace_editor', { command: 'create', path: 'n.py', file_text: 'n\n' });
    const patch = `*** Begin Patch
*** Update File: a.py
@@
 eins
-middle
+mitte
*** Add File: p.py
+p
*** Delete File: n.py
*** End Patch`;
    assert.equal((await call('apply_patch', { input: patch })).text, 'Changed a.py, p.py, n.py.');
    assert.equal((await call('read', { path: 'a.py' })).text, '1\teins\n2\tmitte\n3\tzwei');
    const torn = patch.replace('-middle', '-nothing like it');
    const before = files.changeSet('x');
    assert.match((await call('apply_patch', { patch: torn })).text, /matches no place of it\. Nothing changed\.$/);
    assert.deepEqual(files.changeSet('x'), before);
    const both = '*** Update File: a.py\n@@\n-eins\n+one\n*** Update File: a.py\n@@\n-mitte\n+middle\n';
    assert.match((await call('apply_patch', { patch: both })).text, /names a\.py twice.*Nothing changed\.$/);
    const taken = '*** Update File: p.py\n*** Move to: a.py\n@@\n-p\n+q\n';
    assert.deepEqual((await call('apply_patch', { patch: taken })).text, 'a.py exists already.');
    const plan = {
      command: 'plan',
      task_list: [
        { title: 'a', status: 'done' },
        { title: 'b', status: 'todo' },
      ],
    };
    assert.equal((await call('task_tracker', plan)).summary, '1 of 2 done');
    assert.match(
      (await call('str_replace_editor', { command: 'undo_edit', path: 'a.py' })).text,
      /^There is no tool str_replace_editor/,
    );
  });

  it('stands for a plain file system, whatever is done', async () => {
    const names = ['a.txt', 'b.txt', 'c/d.txt'];
    const name = fc.constantFrom(...names);
    const text = fc.constantFrom('', 'one\n', 'one\ntwo\n', 'x\r\ny\r\n', 'é');
    const step = fc.oneof(
      fc.record({ kind: fc.constant('write' as const), path: name, text }),
      fc.record({ kind: fc.constant('remove' as const), path: name }),
      fc.record({ kind: fc.constant('rename' as const), path: name, to: name }),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, text), fc.array(step, { maxLength: 12 }), async (start, steps) => {
        rmSync(root, { recursive: true, force: true });
        mkdirSync(root);
        files.clear();
        const plain = new Map<string, string>(Object.entries(start));
        for (const [path, content] of plain) put(path, content);
        for (const one of steps) {
          const there = plain.get(one.path);
          if (one.kind === 'write') {
            await files.write(one.path, one.text, signal);
            plain.set(one.path, one.text);
          }
          if (one.kind === 'remove') {
            const { kind } = await files.remove(one.path, signal);
            assert.equal(kind, there === undefined ? 'refused' : 'written');
            plain.delete(one.path);
          }
          if (one.kind === 'rename') {
            const possible = there !== undefined && !plain.has(one.to);
            const { kind } = await files.rename(one.path, one.to, signal);
            assert.equal(kind, possible ? 'written' : 'refused');
            if (possible) {
              plain.delete(one.path);
              plain.set(one.to, there);
            }
          }
        }
        for (const path of names) {
          const read = await files.read(path, signal);
          const lines = (content: string) => content.replaceAll('\r\n', '\n');
          assert.equal(
            read.kind === 'text' ? lines(read.file.text) : undefined,
            plain.has(path) ? lines(plain.get(path)!) : undefined,
          );
        }
        // Applied to the disk, the change set gives the same files.
        const after = new Map<string, string>(Object.entries(start));
        for (const { uri, operation, proposedText } of files.changeSet('t')?.files ?? []) {
          const path = names.find((one) => uri.endsWith(`/${one}`))!;
          if (operation === 'delete') after.delete(path);
          else after.set(path, proposedText);
        }
        assert.deepEqual([...after.keys()].sort(), [...plain.keys()].sort());
      }),
      { numRuns: 150, seed: 3 },
    );
  });
});

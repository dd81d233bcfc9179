import assert from 'node:assert/strict';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { hashText } from '../../sidecar/workspace/fileText.ts';

const signal = new AbortController().signal;

describe('createTerminalHost', () => {
  const host = createTerminalHost({ env: {} });
  let folder = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'devstral-host-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const uriOf = (name: string) => pathToFileURL(join(folder, name)).href;
  const edit = (name: string, before: string | null, text: string | null) => ({
    uri: uriOf(name),
    operation: text === null ? ('delete' as const) : before === null ? ('create' as const) : ('edit' as const),
    expectedSha256: before === null ? null : hashText(before),
    text: text ?? '',
    hunks: [],
    encoding: 'utf8',
    bom: false,
  });
  const apply = (...files: ReturnType<typeof edit>[]) => host.applyEdit({ applyId: 'a', label: 'test', files }, signal);
  const read = (name: string) => readFile(join(folder, name), 'utf8');

  it('edits, creates and deletes, and leaves nothing beside', async () => {
    await writeFile(join(folder, 'a b.py'), 'a\r\n');
    await writeFile(join(folder, 'old'), 'x');
    const result = await apply(
      edit('a b.py', 'a\n', 'b\r\n'),
      edit('new/deep/c.py', null, 'c\n'),
      edit('old', 'x', null),
    );
    assert.equal(result.kind, 'applied');
    assert.deepEqual([await read('a b.py'), await read('new/deep/c.py')], ['b\r\n', 'c\n']);
    assert.deepEqual((await readdir(folder, { recursive: true })).sort(), [
      'a b.py',
      'new',
      'new/deep',
      'new/deep/c.py',
    ]);
  });

  it('writes the byte order mark where it is wanted', async () => {
    await apply({ ...edit('a', null, 'x'), bom: true });
    assert.deepEqual(await readFile(join(folder, 'a')), Buffer.from('\uFEFFx'));
  });

  it('keeps the mode, and writes through a link', async () => {
    await writeFile(join(folder, 'run.sh'), 'a');
    await chmod(join(folder, 'run.sh'), 0o750);
    await symlink('run.sh', join(folder, 'link'));
    assert.equal((await apply(edit('link', 'a', 'b'))).kind, 'applied');
    assert.equal((await lstat(join(folder, 'link'))).isSymbolicLink(), true);
    assert.equal(await read('run.sh'), 'b');
    assert.equal((await stat(join(folder, 'run.sh'))).mode & 0o777, 0o750);
  });

  it('checks all before it writes one', async () => {
    await writeFile(join(folder, 'a'), 'a');
    await writeFile(join(folder, 'b'), 'changed');
    assert.deepEqual(await apply(edit('a', 'a', 'A'), edit('b', 'b', 'B')), {
      kind: 'refused',
      reason: 'stale',
      uri: uriOf('b'),
    });
    assert.deepEqual(await apply(edit('a', 'a', 'A'), edit('b', null, 'B')), {
      kind: 'refused',
      reason: 'stale',
      uri: uriOf('b'),
    });
    assert.deepEqual(await apply(edit('a', 'a', 'A'), edit('gone', 'x', null)), {
      kind: 'refused',
      reason: 'stale',
      uri: uriOf('gone'),
    });
    const latin = { ...edit('a', 'a', 'A'), encoding: 'iso88591' };
    assert.deepEqual(await apply(latin), { kind: 'refused', reason: 'refused', uri: uriOf('a') });
    assert.deepEqual([await read('a'), await read('b')], ['a', 'changed']);
  });

  it('does not write what cannot be decoded', async () => {
    await writeFile(join(folder, 'a'), Buffer.from([0, 1]));
    assert.equal((await apply(edit('a', '\u0000\u0001', 'A'))).kind, 'refused');
    await mkdir(join(folder, 'd'));
    assert.equal((await apply(edit('d', '', 'A'))).kind, 'refused');
  });

  it('takes the first files back when a later one fails', async () => {
    await writeFile(join(folder, 'a'), 'a');
    await mkdir(join(folder, 'x'));
    await writeFile(join(folder, 'x', 'not-a-folder'), '');
    // The second target's folder cannot be made, the third's name is too long for a staged file.
    const under = await apply(edit('a', 'a', 'A'), edit('fresh/new', null, 'n'), edit('x/not-a-folder/b', null, 'B'));
    assert.equal(under.kind, 'refused');
    const long = await apply(edit('a', 'a', 'A'), edit('fresh/new', null, 'n'), edit('l'.repeat(250), null, 'B'));
    assert.deepEqual(long, { kind: 'refused', reason: 'refused', uri: uriOf('l'.repeat(250)) });
    assert.equal(await read('a'), 'a');
    assert.deepEqual((await readdir(folder, { recursive: true })).sort(), ['a', 'x', 'x/not-a-folder']);
  });

  it('reads for what it is', async () => {
    await writeFile(join(folder, 'latin'), Buffer.from([0xe9]));
    assert.deepEqual(await host.readText(uriOf('latin'), signal), {
      kind: 'unreadable',
      reason: 'encoding',
      encoding: 'UTF-8',
    });
    assert.deepEqual(await host.readText(uriOf('none'), signal), {
      kind: 'unreadable',
      reason: 'missing',
      encoding: 'UTF-8',
    });
    assert.equal(await host.newDiagnostics({ uri: '', languageId: '', base: '', candidate: '' }, signal), null);
  });

  it('gives a key to the server that it is for, and to no other origin', async () => {
    const servers = [
      { name: 'my vLLM', url: 'http://localhost:8000/v1' },
      { name: 'other', url: 'https://example.com' },
    ];
    const named = createTerminalHost({ env: { DEVSTRAL_API_KEY: 'all', DEVSTRAL_API_KEY_MY_VLLM: 'one' }, servers });
    assert.equal(await named.secret('http://localhost:8000'), 'one');
    assert.equal(await named.secret('https://example.com'), 'all');
    assert.equal(await named.secret('http://localhost:8001'), null);
    const plain = createTerminalHost({ env: { DEVSTRAL_API_KEY: 'all', DEVSTRAL_API_KEY_API_EXAMPLE_COM: 'one' } });
    assert.equal(await plain.secret('https://api.example.com'), 'one');
    assert.equal(await plain.secret('https://example.com'), 'all');
    assert.equal(await host.secret('https://example.com'), null);
  });
});

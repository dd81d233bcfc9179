import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Host } from '../../sidecar/host/host.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import type { ApplyResult, FileOutcome } from '../../sidecar/protocol/changes.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { FileText } from '../../sidecar/protocol/text.ts';
import { type ApplyDeps, applyOutcomes, undoApply } from '../../sidecar/workspace/applyChanges.ts';
import { absentFile, decodeFile, readFileText } from '../../sidecar/workspace/fileText.ts';
import { openJournal } from '../../sidecar/workspace/journal.ts';

describe('applyOutcomes', () => {
  let folder = '';
  let deps: ApplyDeps;
  let sent: Parameters<Host['applyEdit']>[0][] = [];
  const disk = createTerminalHost({ env: {} });

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'devstral-apply-')));
    sent = [];
    deps = {
      host: {
        writesDisk: true,
        applyEdit(params, signal) {
          sent.push(params);
          return disk.applyEdit(params, signal);
        },
      },
      journal: openJournal(join(folder, 'data')),
      async currentText(uri) {
        const read = await readFileText(fileURLToPath(uri));
        return read.kind === 'text' ? read : { kind: 'failed', problem: problem('fileMissing', { file: uri }) };
      },
      signal: new AbortController().signal,
    };
  });
  afterEach(() => rm(folder, { recursive: true }));

  const path = (name: string) => join(folder, name);
  const base = (text: string): FileText => {
    const decoded = decodeFile(Buffer.from(text));
    assert.ok(decoded.kind === 'text');
    return decoded.file;
  };
  const outcome = (name: string, from: string | null, to: string | null): FileOutcome => ({
    uri: pathToFileURL(path(name)).href,
    operation: to === null ? 'delete' : from === null ? 'create' : 'edit',
    base: from === null ? absentFile() : base(from),
    finalText: to ?? '',
    accepted: 1,
    rejected: 0,
    changedByPerson: false,
  });
  const apply = (...files: FileOutcome[]) => applyOutcomes({ changeSetId: 'c', files }, deps);
  const applied = (result: ApplyResult) => {
    assert.equal(result.kind, 'applied', JSON.stringify(result));
    return result as Extract<ApplyResult, { kind: 'applied' }>;
  };
  const code = (result: ApplyResult) => (result.kind === 'failed' ? result.problem.code : result.kind);
  const put = (name: string, text: string) => writeFile(path(name), text);
  const read = (name: string) => readFile(path(name), 'utf8');

  it('writes what was accepted, byte for byte', async () => {
    await put('a', '\uFEFFa\r\nb\nc\r\n');
    const result = applied(await apply(outcome('a', '\uFEFFa\r\nb\nc\r\n', 'a\nb\nC\n')));
    assert.equal(await read('a'), '\uFEFFa\r\nb\nC\r\n');
    assert.deepEqual(result.files, [{ uri: sent[0]?.files[0]?.uri, textAfter: 'a\r\nb\nC\r\n', mergedLines: [] }]);
  });

  it('merges what the person did meanwhile and says where', async () => {
    await put('a', 'mine\r\na\r\nb\r\nc\r\n');
    const result = applied(await apply(outcome('a', 'a\r\nb\r\nc\r\n', 'a\r\nb\r\nC\r\n')));
    assert.equal(await read('a'), 'mine\r\na\r\nb\r\nC\r\n');
    assert.deepEqual(result.files[0]?.mergedLines, [0]);
  });

  it('writes nothing at all if one file has a conflict', async () => {
    await put('a', 'a\n');
    await put('b', 'mine\n');
    const result = await apply(outcome('a', 'a\n', 'A\n'), outcome('b', 'b\n', 'B\n'));
    assert.ok(result.kind === 'conflict');
    assert.deepEqual(
      result.files.map((file) => [file.current.text, file.conflicts]),
      [['mine\n', [{ startLine: 0, mine: 'mine', base: 'b', theirs: 'B' }]]],
    );
    assert.deepEqual([await read('a'), await read('b'), sent.length], ['a\n', 'mine\n', 0]);
  });

  it('takes a file that appeared, changed or went meanwhile as what it is', async () => {
    await put('new', 'mine\n');
    assert.equal((await apply(outcome('new', null, 'x\n'))).kind, 'conflict');
    assert.equal((await apply(outcome('new', 'old\n', null))).kind, 'conflict');
    assert.equal(code(await apply(outcome('gone', 'a\n', 'b\n'))), 'fileDeleted');
    applied(await apply(outcome('gone', 'a\n', null)));
    applied(await apply(outcome('new', null, 'mine\n')));
    assert.deepEqual([await read('new'), sent.length], ['mine\n', 0]);
  });

  it('leaves files alone in which nothing was accepted', async () => {
    await put('a', 'a\n');
    await put('b', 'b\n');
    const result = applied(await apply(outcome('a', 'a\n', 'a\n'), outcome('b', 'b\n', 'B\n')));
    assert.deepEqual(
      sent.map((edit) => edit.files.map((file) => file.text)),
      [['B\n']],
    );
    assert.deepEqual(
      result.files.map((file) => file.textAfter),
      ['a\n', 'B\n'],
    );
  });

  it('reads and merges again when the text changes under the edit', async () => {
    await put('a', 'a\nb\nc\n');
    const { host } = deps;
    let first = true;
    deps.host = {
      async applyEdit(params, signal) {
        if (first) await put('a', 'a\nb\nc\nmine\n');
        first = false;
        return host.applyEdit(params, signal);
      },
    };
    applied(await apply(outcome('a', 'a\nb\nc\n', 'A\nb\nc\n')));
    assert.equal(await read('a'), 'A\nb\nc\nmine\n');
  });

  it('says clearly that a host refused, did not answer, or was never asked', async () => {
    await put('a', 'a\n');
    const file = outcome('a', 'a\n', 'b\n');
    deps.host = { applyEdit: async () => ({ kind: 'refused', reason: 'refused', uri: file.uri }) };
    assert.equal(code(await apply(file)), 'applyRefused');
    deps.host = { applyEdit: async () => ({ kind: 'refused', reason: 'stale', uri: file.uri }) };
    assert.equal(code(await apply(file)), 'applyRefused');
    deps.host = { applyEdit: () => Promise.reject(new Error('connection lost')) };
    assert.equal(code(await apply(file)), 'applyRefused');
    deps.host = { applyEdit: () => assert.fail('asked') };
    deps.signal = AbortSignal.abort();
    assert.equal(code(await apply(file)), 'applyRefused');
    assert.equal(await read('a'), 'a\n');
  });

  it('writes nothing if the journal cannot be written', async () => {
    await put('a', 'a\n');
    await rm(join(folder, 'data', 'journal'), { recursive: true });
    assert.equal(code(await apply(outcome('a', 'a\n', 'b\n'))), 'applyRefused');
    assert.deepEqual([await read('a'), sent.length], ['a\n', 0]);
  });

  it('takes all files back, and takes that back too', async () => {
    const old = '\uFEFFa\r\nb\nc\r\n';
    await put('edited', old);
    await put('deleted', '\uFEFFd\r\n');
    const first = applied(
      await apply(
        outcome('edited', old, 'A\nb\nc\n'),
        outcome('made', null, 'm\n'),
        outcome('deleted', '\uFEFFd\r\n', null),
      ),
    );
    const state = async () => [await read('edited'), await readdir(folder).then((names) => names.sort().join())];
    const after = await state();
    assert.deepEqual(after, ['\uFEFFA\r\nb\nc\r\n', 'data,edited,made']);
    const undone = applied(await undoApply(first.applyId, deps));
    assert.deepEqual(await state(), [old, 'data,deleted,edited']);
    assert.equal(await read('deleted'), '\uFEFFd\r\n');
    applied(await undoApply(undone.applyId, deps));
    assert.deepEqual(await state(), after);
  });

  it('undoes nothing if one file is no longer as it was written', async () => {
    await put('a', 'a\n');
    await put('b', 'b\n');
    const { applyId } = applied(await apply(outcome('a', 'a\n', 'A\n'), outcome('b', 'b\n', 'B\n')));
    await put('b', 'B, and more\n');
    assert.equal(code(await undoApply(applyId, deps)), 'undoImpossible');
    assert.deepEqual([await read('a'), await read('b')], ['A\n', 'B, and more\n']);
    assert.equal(code(await undoApply('no-such-apply', deps)), 'undoImpossible');
    assert.equal(code(await undoApply('../../a', deps)), 'undoImpossible');
  });

  it('undoes against the text as the editor saved it', async () => {
    await put('a', 'a\n');
    deps.host = {
      async applyEdit(params) {
        const files = params.files.map(({ uri, text }) => ({ uri, text: `${text}// formatted\n` }));
        for (const file of files) await writeFile(fileURLToPath(file.uri), file.text);
        return { kind: 'applied', files };
      },
    };
    const { applyId, files } = applied(await apply(outcome('a', 'a\n', 'b\n')));
    assert.equal(files[0]?.textAfter, 'b\n// formatted\n');
    deps.host = disk;
    applied(await undoApply(applyId, deps));
    assert.equal(await read('a'), 'a\n');
  });
});

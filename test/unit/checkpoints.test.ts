import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { createCheckpointRoom } from '../../sidecar/checkpoints/checkpointRoom.ts';
import { blobsIn, type CheckpointRoom, openCheckpoints } from '../../sidecar/checkpoints/checkpointStore.ts';
import { pruneCheckpoints } from '../../sidecar/checkpoints/pruneCheckpoints.ts';
import { restoreTurn } from '../../sidecar/checkpoints/restoreTurn.ts';
import { type FileSide, touchedBetween, touchedByApply } from '../../sidecar/checkpoints/touchedFile.ts';
import { createWorkspaceWatch } from '../../sidecar/checkpoints/watchWorkspace.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { folderSize } from '../../sidecar/sessions/retention.ts';
import { createSessionStore } from '../../sidecar/sessions/sessionStore.ts';
import { applyOutcomes, undoApply } from '../../sidecar/workspace/applyChanges.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { openJournal } from '../../sidecar/workspace/journal.ts';

const signal = new AbortController().signal;
const absent: FileSide = { kind: 'absent' };
const side = (text: string | null): FileSide =>
  text === null ? absent : { kind: 'text', text, bom: false, encoding: 'utf8' };

type Texts = Record<string, string>;

describe('checkpoints', () => {
  let folder = '';
  let root = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'devstral-checkpoints-')));
    root = join(folder, 'workspace');
    await mkdir(root);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const uriOf = (name: string) => pathToFileURL(join(root, name)).href;
  async function put(texts: Record<string, string | null>) {
    for (const [name, text] of Object.entries(texts)) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      if (text === null) await rm(join(root, name), { force: true });
      else await writeFile(join(root, name), text);
    }
  }
  async function disk(): Promise<Texts> {
    const texts: Texts = {};
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile()) texts[path.slice(root.length + 1)] = await readFile(path, 'utf8');
    }
    return texts;
  }

  /** What whoever shows a restore does with it. */
  function applier() {
    const host = createTerminalHost({ env: {} });
    const documents = createDocuments(host);
    const deps = {
      host,
      journal: openJournal(join(folder, 'data')),
      currentText: (uri: string) => documents.read(uri, signal),
      signal,
    };
    return {
      current: async (uri: string) => {
        const read = await documents.read(uri, signal);
        return read.kind === 'text' ? read.file : null;
      },
      apply: (changeSet: ChangeSet) => applyOutcomes({ changeSetId: changeSet.id, files: acceptAll(changeSet) }, deps),
      undo: (applyId: string) => undoApply(applyId, deps),
      journal: deps.journal,
    };
  }
  const about = { id: 'r1', title: 'Restore' };

  /** Changes files as a turn does, and keeps what it touched. */
  async function turn(
    checkpoints: ReturnType<typeof openCheckpoints>,
    number: number,
    changes: Record<string, string | null>,
  ) {
    const before = await disk();
    await put(changes);
    const touched = Object.entries(changes).map(([name, text]) => {
      return { uri: uriOf(name), before: side(before[name] ?? null), after: side(text) };
    });
    await checkpoints.touch(number, touched);
  }

  it('restore any turn exactly as a plain copy of the files would, and a restore can be undone', async function () {
    this.timeout(120_000);
    const names = ['a', 'b', 'sub/c', 'sub/d'];
    const text = fc
      .array(fc.constantFrom('one', 'two', 'three', ''), { maxLength: 5 })
      .map((lines) => lines.map((line) => `${line}\n`).join(''));
    const change = fc.tuple(fc.constantFrom(...names), fc.option(text, { nil: null, freq: 4 }));
    const oneTurn = fc.array(change, { minLength: 1, maxLength: 4 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(oneTurn, { minLength: 1, maxLength: 4 }), fc.nat(), async (turns, pick) => {
        await rm(root, { recursive: true });
        await mkdir(root);
        await put({ a: 'one\ntwo\n', 'sub/c': 'three\n' });
        const checkpoints = openCheckpoints(join(folder, `session${++run}`));
        const copies: Texts[] = [];
        for (const [at, changes] of turns.entries()) {
          copies.push(await disk());
          // A turn may touch a file more than once.
          for (const [name, value] of changes) await turn(checkpoints, at * 10, { [name]: value });
        }
        const end = await disk();
        const chosen = pick % turns.length;
        const { apply, undo, current } = applier();
        const restore = await restoreTurn(chosen * 10, checkpoints, current, about);
        assert.ok(restore.kind === 'changes');
        assert.deepEqual([restore.notRestored, restore.overwritten], [[], []]);
        if (!restore.changeSet) return assert.deepEqual(end, copies[chosen]);
        const applied = await apply(restore.changeSet);
        assert.ok(applied.kind === 'applied', JSON.stringify(applied));
        assert.deepEqual(await disk(), copies[chosen]);
        const undone = await undo(applied.applyId);
        assert.equal(undone.kind, 'applied');
        assert.deepEqual(await disk(), end);
      }),
      { numRuns: 25 },
    );
  });

  it('merge what the person changed since, or say that it is a conflict, and lose none of it', async () => {
    const lines = Array.from({ length: 9 }, (_, at) => `line ${at}`);
    const textWith = (changes: Record<number, string>) => lines.map((line, at) => `${changes[at] ?? line}\n`).join('');
    await put({ 'a.txt': textWith({}), 'b.txt': 'b\n', gone: 'gone\n' });
    const checkpoints = openCheckpoints(join(folder, 's'));
    await turn(checkpoints, 0, { 'a.txt': textWith({ 1: 'agent' }), 'made.txt': 'made\n', gone: null });
    // Between two turns, in another place.
    await put({ 'a.txt': textWith({ 1: 'agent', 4: 'person' }) });
    await turn(checkpoints, 5, { 'a.txt': textWith({ 1: 'agent', 4: 'person', 7: 'agent' }) });
    await put({ 'a.txt': textWith({ 1: 'agent', 4: 'person', 7: 'agent', 8: 'person too' }) });
    const { apply, current } = applier();
    const restore = await restoreTurn(0, checkpoints, current, about);
    assert.ok(restore.kind === 'changes' && restore.changeSet);
    assert.equal((await apply(restore.changeSet)).kind, 'conflict', 'line 8 touches line 7');
    await put({ 'a.txt': textWith({ 1: 'agent', 4: 'person', 7: 'agent' }) });
    await put({ 'made.txt': 'made and changed\n' });
    assert.equal((await apply(restore.changeSet)).kind, 'conflict', 'what was made has more in it now');
    await put({ 'made.txt': 'made\n' });
    assert.equal((await apply(restore.changeSet)).kind, 'applied');
    assert.deepEqual(await disk(), { 'a.txt': textWith({ 4: 'person' }), 'b.txt': 'b\n', gone: 'gone\n' });
  });

  it('say which edits between two turns a restore takes back as well', async () => {
    await put({ a: '1\n' });
    const checkpoints = openCheckpoints(join(folder, 's'));
    await turn(checkpoints, 0, { a: '2\n' });
    await put({ a: 'mine\n' });
    await turn(checkpoints, 1, { a: '3\n' });
    const restore = await restoreTurn(0, checkpoints, applier().current, about);
    assert.ok(restore.kind === 'changes');
    assert.deepEqual(restore.overwritten, [uriOf('a')]);
    assert.equal(restore.changeSet?.files[0]?.proposedText, '1\n');
  });

  it('keep line endings, mark and what the editor made of an apply', async () => {
    await writeFile(join(root, 'a'), Buffer.from('\ufeffone\r\ntwo\r\n'));
    const { apply, current, journal } = applier();
    const base = await current(uriOf('a'));
    assert.ok(base);
    const applied = await apply({
      id: 'c',
      title: '',
      files: [{ uri: uriOf('a'), operation: 'edit', base, hunks: [], proposedText: 'one\r\nzwei\r\n' }],
    });
    assert.ok(applied.kind === 'applied');
    const entry = await journal.read(applied.applyId);
    assert.ok(entry);
    const checkpoints = openCheckpoints(join(folder, 's'));
    await checkpoints.touch(0, touchedByApply(entry));
    const restore = await restoreTurn(0, checkpoints, current, about);
    assert.ok(restore.kind === 'changes' && restore.changeSet);
    await apply(restore.changeSet);
    assert.equal(await readFile(join(root, 'a'), 'utf8'), '\ufeffone\r\ntwo\r\n');
  });

  it('keep each text once, leave out what is large or no text, and notice damage', async () => {
    const checkpoints = openCheckpoints(join(folder, 's'));
    await checkpoints.touch(0, [
      { uri: 'file:///a', before: side('same\n'), after: side('x\n') },
      { uri: 'file:///b', before: side('x\n'), after: side('same\n') },
      { uri: 'file:///large', before: side('y'.repeat(5_000_001)), after: absent },
      {
        uri: 'file:///image',
        before: { kind: 'skipped', reason: 'notText' },
        after: { kind: 'skipped', reason: 'notText' },
      },
    ]);
    const blobs = await readdir(blobsIn(join(folder, 's')));
    assert.equal(blobs.length, 2);
    const here = async (uri: string) =>
      (
        (await restoreTurn(0, checkpoints, async () => null, about)) as { notRestored: { uri: string }[] }
      ).notRestored.find((each) => each.uri === uri);
    assert.deepEqual(await here('file:///large'), { uri: 'file:///large', reason: 'large' });
    assert.deepEqual(await here('file:///image'), { uri: 'file:///image', reason: 'notText' });
    assert.equal(await here('file:///a'), undefined);
    for (const blob of blobs) await writeFile(join(blobsIn(join(folder, 's')), blob), 'damaged');
    assert.deepEqual(await here('file:///a'), { uri: 'file:///a', reason: 'unknown' });
  });

  const noise = (seed: number) =>
    Array.from({ length: 4000 }, (_, at) => ((at + 1) * 7919 * (seed + 3)) % 99991).join(' ');

  it('stay below their bound: the oldest turns go, and then say so', async () => {
    const sessions = join(folder, 'sessions');
    const journal = { committed: async () => null, read: async () => null };
    const store = createSessionStore({ sessions, roots: [root], journal, nameOf: (uri) => uri });
    const open = await store.create();
    const closed = await store.create();
    await closed.close();
    const [mine, other] = [open, closed].map((log) => openCheckpoints(store.files(log.head.id).folder));
    assert.ok(mine && other);
    for (const at of [0, 1, 2])
      await mine.touch(at, [{ uri: 'file:///a', before: side(noise(at)), after: side(noise(at + 1)) }]);
    await other.touch(0, [{ uri: 'file:///b', before: side(noise(9)), after: absent }]);
    const all = await pruneCheckpoints(sessions);
    const left = await pruneCheckpoints(sessions, all - 1);
    assert.ok(left < all && left > all / 2, `${left} of ${all}`);
    assert.deepEqual(
      (await mine.turns()).map(({ dropped }) => dropped),
      [true, false, false],
    );
    assert.deepEqual(await restoreTurn(0, mine, async () => null, about), { kind: 'gone' });
    const later = await restoreTurn(1, mine, async () => null, about);
    assert.ok(later.kind === 'changes' && later.changeSet?.files[0]?.proposedText === noise(1));
    await pruneCheckpoints(sessions, 0);
    assert.deepEqual(
      (await mine.turns()).map(({ dropped }) => dropped),
      [true, true, false],
      'the newest of an open one stays',
    );
    assert.deepEqual(await readdir(blobsIn(store.files(closed.head.id).folder)), []);
    await open.close();
  });

  it('stay below their bound while sessions go on, and what is newest or waits for a review stays', async () => {
    const sessions = join(folder, 'sessions');
    const journal = { committed: async () => null, read: async () => null };
    const store = createSessionStore({ sessions, roots: [root], journal, nameOf: (uri) => uri });
    const logs = [await store.create(), await store.create(), await store.create()];
    const [one, other, waits] = logs.map((log) => store.files(log.head.id));
    assert.ok(one && other && waits);
    const bytes = async () => {
      const all = await Promise.all([one, other, waits].map((files) => folderSize(blobsIn(files.folder))));
      return all.reduce((sum, each) => sum + each);
    };
    const touch = (files: typeof one, turn: number, seed: number, room?: CheckpointRoom) =>
      openCheckpoints(files.folder, room).touch(turn, [
        { uri: 'file:///a', before: side(noise(seed)), after: side(noise(seed + 1)) },
      ]);
    // The oldest of all, closed, with edits that nobody has decided on.
    await touch(waits, 0, 100);
    await writeFile(waits.staged, '{}');
    await logs[2]?.close();
    const blob = (await bytes()) / 2;
    const most = 8 * blob;
    const room = createCheckpointRoom(sessions, most);
    await room.prune();
    for (let turn = 0; turn < 12; turn++) {
      // At the same moment, as sessions that run side by side do it.
      await Promise.all([touch(one, turn, 20 + turn, room), touch(other, turn, 40 + turn, room)]);
      assert.ok((await bytes()) <= most, `turn ${turn}: ${await bytes()}`);
    }
    for (const files of [one, other, waits]) {
      const checkpoints = openCheckpoints(files.folder);
      const turns = await checkpoints.turns();
      assert.equal(turns.at(-1)?.dropped, false);
      const kept = turns.flatMap((turn) => turn.files.flatMap(({ before, after }) => [before, after]));
      for (const stored of kept) assert.equal((await checkpoints.read(stored)).kind, 'text');
      assert.equal(turns[0]?.dropped, files !== waits);
    }
    await Promise.all(logs.slice(0, 2).map((log) => log.close()));
  });

  it('nothing is pruned between a text and the manifest that names it', async () => {
    const room = createCheckpointRoom(join(folder, 'sessions'));
    const order: string[] = [];
    const written = room.write(async () => {
      await setTimeout(100);
      order.push('written');
      return 0;
    });
    await Promise.all([written, room.prune().then(() => order.push('pruned'))]);
    assert.deepEqual(order, ['written', 'pruned']);
  });

  it('an undo whose turn goes while it is read is none, not half of one', async () => {
    const checkpoints = openCheckpoints(join(folder, 's'));
    await turn(checkpoints, 0, { a: 'one\n', b: 'two\n' });
    const turns = await checkpoints.turns();
    let reads = 0;
    const going = {
      turns: async () => turns.map((manifest) => ({ ...manifest, dropped: reads > 0 })),
      read: async (stored: Parameters<typeof checkpoints.read>[0]) => {
        return reads++ < 2 ? checkpoints.read(stored) : ({ kind: 'skipped', reason: 'unknown' } as const);
      },
    };
    assert.deepEqual(await restoreTurn(0, going, applier().current, about), { kind: 'gone' });
  });

  describe('what a command changed', () => {
    const kept = (files: { uri: string; before: FileSide; after: FileSide }[]) =>
      files.map(({ uri, before, after }) => [uri.slice(uriOf('').length + 1), textOf(before), textOf(after)]);
    const textOf = (one: FileSide) => (one.kind === 'text' ? one.text : one.kind === 'skipped' ? one.reason : null);

    it('is seen by its texts: changed, made, gone; not what git ignores', async () => {
      await put({
        'a.py': 'one\n',
        'same.py': 'same\n',
        'gone.py': 'gone\n',
        '.gitignore': 'out/\n*.log\n!keep.log\n',
        'sub/.gitignore': '/local\n!special.log\n',
        'sub/local': '1',
        'x.log': '1',
        'node_modules/m/index.js': '1',
        'out/o.js': '1',
      });
      const watch = createWorkspaceWatch([root]);
      await watch.look(signal);
      await put({
        'a.py': 'two\n',
        'gone.py': null,
        'sub/new.py': 'new\n',
        'sub/local': '2',
        'sub/special.log': 's\n',
        'keep.log': 'k\n',
        'x.log': '2',
        'node_modules/m/index.js': '2',
        'target/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
        'target/debug/a.d': '1',
        'out/o.js': '2',
      });
      await utimes(join(root, 'same.py'), 1, 1);
      const { files, incomplete } = await watch.changes(signal);
      assert.equal(incomplete, false);
      assert.deepEqual(kept(files), [
        ['a.py', 'one\n', 'two\n'],
        ['gone.py', 'gone\n', null],
        ['keep.log', null, 'k\n'],
        ['sub/new.py', null, 'new\n'],
        ['sub/special.log', null, 's\n'],
      ]);
      assert.deepEqual((await watch.changes(signal)).files, []);
    });

    it('is seen where the time was set back, and goes into the checkpoint', async () => {
      await put({ a: 'one\n' });
      await utimes(join(root, 'a'), 1000, 1000);
      const watch = createWorkspaceWatch([root]);
      await watch.look(signal);
      await put({ a: 'two\n' });
      await utimes(join(root, 'a'), 1000, 1000);
      const { files } = await watch.changes(signal);
      assert.deepEqual(kept(files), [['a', 'one\n', 'two\n']]);
      const checkpoints = openCheckpoints(join(folder, 's'));
      await checkpoints.touch(0, files);
      const restore = await restoreTurn(0, checkpoints, applier().current, about);
      assert.ok(restore.kind === 'changes' && restore.changeSet?.files[0]?.proposedText === 'one\n');
    });

    it('is said to have changed where it is over a limit or no text', async () => {
      await put({ big: 'x'.repeat(50), small: 's', bin: 'a\u0000b' });
      const watch = createWorkspaceWatch([root], { files: 100, fileBytes: 20, textBytes: 1000 });
      await watch.look(signal);
      await put({ big: 'y'.repeat(50), small: 't', bin: 'c\u0000d' });
      assert.deepEqual(kept((await watch.changes(signal)).files), [
        ['big', 'large', 'large'],
        ['bin', 'notText', 'notText'],
        ['small', 's', 't'],
      ]);
      const few = createWorkspaceWatch([root], { files: 2, fileBytes: 20, textBytes: 1000 });
      await few.look(signal);
      await put({ more: 'm' });
      assert.equal((await few.changes(signal)).incomplete, true);
    });

    it('is a pure comparison of two looks', () => {
      const before = new Map([
        ['a', side('1')],
        ['b', side('2')],
      ]);
      const after = new Map([
        ['b', side('2')],
        ['c', side('3')],
      ]);
      assert.deepEqual(
        touchedBetween(before, after, (path) => path).map(({ uri }) => uri),
        ['a', 'c'],
      );
    });
  });
});

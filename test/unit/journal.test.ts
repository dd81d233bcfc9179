import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fsPromises, {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { applyOutcomes } from '../../sidecar/workspace/applyChanges.ts';
import { absentFile, decodedText, hashText, readFileText } from '../../sidecar/workspace/fileText.ts';
import { openJournal, recoverOpenIntents } from '../../sidecar/workspace/journal.ts';

const before = { a: `a old\n${'x'.repeat(50_000)}\n`, b: 'b old\r\n', gone: 'gone\n' };
const after = { a: `a new\n${'y'.repeat(60_000)}\n`, b: 'b new\r\n', made: 'made\n' };
const deadPid = 2 ** 22 - 7;

/** In a child: applies one change set to four files and kills itself at file-system call number `killAt`. */
async function runChild(folder: string, killAt: number): Promise<void> {
  let calls = 0;
  for (const name of ['open', 'rename', 'rm', 'chmod', 'mkdir', 'readFile'] as const) {
    const real = fsPromises[name] as (...args: unknown[]) => unknown;
    Object.assign(fsPromises, {
      [name]: (...args: unknown[]) => {
        if (++calls === killAt) process.kill(process.pid, 'SIGKILL');
        return real(...args);
      },
    });
  }
  syncBuiltinESMExports();
  const outcome = (name: string, from: string | undefined, to: string | undefined) => ({
    uri: pathToFileURL(join(folder, name)).href,
    operation: to === undefined ? ('delete' as const) : from === undefined ? ('create' as const) : ('edit' as const),
    base: from === undefined ? absentFile() : decodedText(from, { kind: 'disk', sha256: hashText(from) }),
    finalText: to ?? '',
    accepted: 1,
    rejected: 0,
    changedByPerson: false,
  });
  const result = await applyOutcomes(
    {
      changeSetId: 'kill',
      files: [
        outcome('a', before.a, after.a),
        outcome('b', before.b, after.b),
        outcome('made', undefined, after.made),
        outcome('gone', before.gone, undefined),
      ],
    },
    {
      host: createTerminalHost({ env: {} }),
      journal: openJournal(join(folder, 'data')),
      async currentText(uri) {
        const read = await readFileText(fileURLToPath(uri));
        return read.kind === 'text' ? read : { kind: 'failed', problem: problem('fileMissing', { file: uri }) };
      },
      signal: new AbortController().signal,
    },
  );
  process.exit(result.kind === 'applied' ? 0 : 1);
}

async function texts(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) {
    if (name !== 'data') found[name] = await readFile(join(folder, name), 'utf8');
  }
  return found;
}

function suite(): void {
  let folder = '';
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'devstral-journal-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const journalFolder = () => join(folder, 'data', 'journal');
  const side = (text: string) => ({ text, bom: false, encoding: 'utf8', sha256: hashText(text) });
  const intent = (files: [name: string, from: string | null, to: string | null][], writesDisk = true) => ({
    changeSetId: 'c',
    label: 'Devstral: test',
    undoes: null,
    writesDisk,
    files: files.map(([name, from, to]) => ({
      uri: pathToFileURL(join(folder, name)).href,
      before: from === null ? null : side(from),
      after: to === null ? null : side(to),
    })),
  });
  /** Makes an intent look like that of a process that is gone. */
  const orphan = async (applyId: string) => {
    const path = join(journalFolder(), `${applyId}.jsonl`);
    await writeFile(path, (await readFile(path, 'utf8')).replace(`"pid":${process.pid}`, `"pid":${deadPid}`));
  };

  it('recovers from a kill at every step: all files are wholly before or wholly after', async function () {
    this.timeout(120_000);
    const seen = { before: 0, after: 0 };
    const bundle = fileURLToPath(import.meta.url);
    let killAt = 1;
    for (; ; killAt++) {
      const place = join(folder, `run${killAt}`);
      await mkdir(place);
      for (const [name, text] of Object.entries(before)) await writeFile(join(place, name), text);
      await chmod(join(place, 'b'), 0o640);
      const env = { ...process.env, DEVSTRAL_TEST_KILL: JSON.stringify({ folder: place, killAt }) };
      const child = spawnSync(process.execPath, [bundle], { env, encoding: 'utf8' });
      const journal = openJournal(join(place, 'data'));
      await recoverOpenIntents(journal);
      const found = await texts(place);
      const wanted = 'made' in found ? after : before;
      assert.deepEqual(found, wanted, `killed at step ${killAt}`);
      seen['made' in found ? 'after' : 'before']++;
      assert.equal((await stat(join(place, 'b'))).mode & 0o777, 0o640);
      assert.deepEqual(await recoverOpenIntents(journal), [], 'recovered once');
      if (child.signal === 'SIGKILL') continue;
      assert.equal(child.status, 0, child.stderr);
      break;
    }
    assert.ok(killAt > 15, `${killAt} steps`);
    assert.ok(seen.before > 0 && seen.after > 1, JSON.stringify(seen));
  });

  it('rolls back what was half written, and only once its process is gone', async () => {
    const journal = openJournal(join(folder, 'data'));
    await writeFile(join(folder, 'a'), 'new');
    await writeFile(join(folder, 'b'), 'old');
    await writeFile(join(folder, 'c'), 'made');
    const applyId = await journal.begin(
      intent([
        ['a', 'old', 'new'],
        ['b', 'old', 'new'],
        ['c', null, 'made'],
        ['d', 'deleted', null],
      ]),
    );
    assert.deepEqual(await recoverOpenIntents(journal), []);
    assert.equal((await texts(folder)).a, 'new');
    await orphan(applyId);
    assert.equal((await recoverOpenIntents(openJournal(join(folder, 'data')))).length, 1);
    assert.deepEqual(await texts(folder), { a: 'old', b: 'old', d: 'deleted' });
    assert.equal((await journal.read(applyId))?.outcome.kind, 'aborted');
  });

  it('leaves everything alone if a file is neither old nor new, and says so', async () => {
    const journal = openJournal(join(folder, 'data'));
    await writeFile(join(folder, 'a'), 'new');
    await writeFile(join(folder, 'b'), 'typed since');
    await orphan(
      await journal.begin(
        intent([
          ['a', 'old', 'new'],
          ['b', 'old', 'new'],
        ]),
      ),
    );
    const [line, ...others] = await recoverOpenIntents(journal);
    assert.match(line ?? '', /left as they are: .*b$/);
    assert.equal(others.length, 0);
    assert.deepEqual(await texts(folder), { a: 'new', b: 'typed since' });
    assert.deepEqual(await recoverOpenIntents(journal), []);
  });

  it('never writes what an editor was writing', async () => {
    const journal = openJournal(join(folder, 'data'));
    await writeFile(join(folder, 'a'), 'new');
    await writeFile(join(folder, 'b'), 'old');
    const applyId = await journal.begin(
      intent(
        [
          ['a', 'old', 'new'],
          ['b', 'old', 'new'],
        ],
        false,
      ),
    );
    await orphan(applyId);
    await recoverOpenIntents(journal);
    assert.deepEqual(await texts(folder), { a: 'new', b: 'old' });
    assert.equal((await journal.read(applyId))?.outcome.kind, 'committed');
  });

  it('reads what was written before a line was torn', async () => {
    const journal = openJournal(join(folder, 'data'));
    const applyId = await journal.begin(intent([['a', 'old', 'new']]));
    await appendFile(join(journalFolder(), `${applyId}.jsonl`), '{"kind":"committed","at":"2026');
    assert.equal((await journal.read(applyId))?.outcome.kind, 'open');
    await writeFile(join(journalFolder(), '000000000-deadbeef.jsonl'), '{"v":1,"kind":"int');
    await orphan(applyId);
    assert.deepEqual(
      (await journal.abandoned()).map((found) => found.applyId),
      [applyId],
    );
  });

  it('is readable by nobody else', async () => {
    const applyId = await openJournal(join(folder, 'data')).begin(intent([]));
    assert.equal((await stat(journalFolder())).mode & 0o777, 0o700);
    assert.equal((await stat(join(journalFolder(), `${applyId}.jsonl`))).mode & 0o777, 0o600);
  });

  it('keeps the newest 200 of the last 30 days, and everything that is open', async function () {
    this.timeout(20_000);
    const journal = openJournal(join(folder, 'data'));
    const open = await journal.begin(intent([['a', 'old', 'new']]));
    const done = await journal.begin(intent([['a', 'old', 'new']]));
    await journal.commit(done, []);
    const content = {
      open: await readFile(join(journalFolder(), `${open}.jsonl`)),
      done: await readFile(join(journalFolder(), `${done}.jsonl`)),
    };
    const idAt = (daysAgo: number, n: number) =>
      `${(Date.now() - daysAgo * 86_400_000).toString(36).padStart(9, '0')}-${String(n).padStart(8, '0')}`;
    const add = (id: string, kind: 'open' | 'done') => writeFile(join(journalFolder(), `${id}.jsonl`), content[kind]);
    await add(idAt(40, 1), 'open');
    await add(idAt(40, 2), 'done');
    for (let i = 0; i < 210; i++) await add(idAt(2, i), 'done');
    const newest = await journal.begin(intent([]));
    const names = (await readdir(journalFolder())).map((name) => name.replace('.jsonl', '')).sort();
    assert.equal(names.length, 201);
    assert.ok(
      names[0]?.endsWith('-00000001') && names.includes(newest) && names.includes(open) && names.includes(done),
    );
  });
}

const child = process.env.DEVSTRAL_TEST_KILL;
if (child === undefined) {
  describe('journal', suite);
} else {
  const { folder, killAt } = JSON.parse(child) as { folder: string; killAt: number };
  await runChild(folder, killAt);
}

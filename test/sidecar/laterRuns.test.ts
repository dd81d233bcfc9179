import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isHarmlessGitConfig } from '../../sidecar/commands/gitConfig.ts';
import { keepLargeLaterRuns } from '../../sidecar/commands/largeLaterRuns.ts';
import { lookAtLaterRuns } from '../../sidecar/commands/laterRuns.ts';
import { deleteOldRemoved } from '../../sidecar/commands/laterRunsGuard.ts';
import { runInWorkspace } from '../../sidecar/commands/runInWorkspace.ts';
import { chooseSandbox } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import { holdPlaces, releaseAllPlaces, removeLeftPlaces } from '../../sidecar/commands/sandbox/heldPlaces.ts';
import type { Sandbox } from '../../sidecar/commands/sandbox/sandbox.ts';
import { findShell } from '../../sidecar/commands/shell.ts';

describe('what runs later, written by a command in bubblewrap', () => {
  let sandbox: Sandbox;
  let top = '';
  let root = '';
  let asked: string[] = [];

  before(async function () {
    sandbox = await chooseSandbox({ sandbox: 'auto' });
    if (sandbox.kind === 'bubblewrap') return;
    console.log(`    not tested: ${sandbox.kind === 'none' ? sandbox.reason : sandbox.kind}`);
    this.skip();
  });
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-later-')));
    root = join(top, 'app');
    mkdirSync(root);
    asked = [];
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  const removed = () => join(top, 'removed');
  const held = () => join(top, 'held');
  /** Every kept file, by its name and with its text. */
  const kept = () =>
    existsSync(removed())
      ? readdirSync(removed(), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      : [];

  async function run(command: string, answer: string | null = null, signal = new AbortController().signal) {
    const deps = {
      ...{ shell: findShell(), sandbox, network: () => false, cacheFolder: null, home: homedir(), hidden: [] },
      ...{ outputFolder: join(top, 'outputs'), removedFolder: removed(), heldFolder: held() },
    };
    const done = await runInWorkspace(
      deps,
      { command, limitSeconds: 60, outsideSandbox: false },
      {
        roots: [root],
        signal,
        say: () => undefined,
        askPerson: async (question) => {
          asked.push(question);
          return answer;
        },
      },
    );
    return { text: done.run.output, note: done.note ?? '' };
  }
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.email=a@example.com', '-c', 'user.name=a', ...args], { cwd: root });

  it('.vscode and .git cannot be made, and nothing stays of what held their places', async () => {
    const { text, note } = await run(
      'mkdir -p .vscode; echo "{}" > .vscode/settings.json; mv .vscode x; git init; ls -A; echo done > out.txt',
    );
    assert.match(text, /settings\.json: Read-only file system/);
    assert.match(text, /cannot move '\.vscode'/);
    assert.match(text, /\.git.*Read-only file system/);
    assert.equal(note, '');
    assert.deepEqual(readdirSync(root), ['out.txt']);
    assert.deepEqual(asked, []);
    assert.match((await run('git init')).note, /outside_sandbox/);
  });

  it('the settings of a repository cannot be led elsewhere, and git works as before', async () => {
    git('init', '--quiet');
    rmSync(join(root, '.git/hooks'), { recursive: true });
    write('a.txt', 'a\n');
    const before = readdirSync(join(root, '.git')).sort();
    const canary = join(root, 'ran');
    const evil = `printf '[core]\\n\\tfsmonitor = "touch ${canary}; false"\\n' > evil/config; echo ../evil > .git/commondir`;
    const { text } = await run(
      `mkdir -p evil/objects evil/refs; ${evil}; mkdir .git/hooks; touch .git/hooks/pre-commit; cp evil/config .git/config.worktree; git add a.txt && git -c user.name=a -c user.email=a@b commit -qm one && git log --oneline; git status --short`,
    );
    for (const name of ['commondir', 'hooks/pre-commit', 'config.worktree'])
      assert.match(text, new RegExp(`\\.git/${name}.*Read-only file system`), name);
    assert.match(text, /^[\da-f]{7} one$/m);
    assert.deepEqual(
      readdirSync(join(root, '.git'))
        .filter((name) => !before.includes(name))
        .sort(),
      ['COMMIT_EDITMSG', 'index', 'logs'].filter((name) => !before.includes(name)),
    );
    git('status');
    assert.equal(existsSync(canary), false);
  });

  it('the .git file of a worktree stays what it is', async () => {
    git('init', '--quiet');
    git('commit', '--allow-empty', '--quiet', '-m', 'one');
    git('worktree', 'add', '--quiet', '../tree');
    const whole = root;
    root = join(top, 'tree');
    const { text } = await run('echo "gitdir: evil" > .git');
    root = whole;
    assert.match(text, /\.git: Read-only file system/);
    assert.match(readFileSync(join(top, 'tree/.git'), 'utf8'), /^gitdir: .*\/app\/\.git\/worktrees\/tree\n$/);
  });

  it('other places are asked about: kept, or moved away with whatever they hold', async () => {
    const command =
      'mkdir -p .husky sub/.vscode; echo a > .husky/pre-commit; echo b > sub/.vscode/tasks.json; echo ignored > .gitignore; echo src > a.ts';
    const yes = await run(command, 'Keep');
    assert.deepEqual(asked, [
      'The command wrote .husky/pre-commit, sub/.vscode/tasks.json, which can run programs outside of the sandbox.',
    ]);
    assert.match(yes.note, /the person keeps that/);
    assert.equal(readFileSync(join(root, '.husky/pre-commit'), 'utf8'), 'a\n');
    rmSync(root, { recursive: true });
    mkdirSync(root);
    write('.gitignore', '.husky\n');
    // Over every limit that other looks have.
    const no = await run(`${command}; head -c 3000000 /dev/zero > .husky/big`, 'Remove');
    assert.match(no.note, /was moved to/);
    assert.deepEqual(readdirSync(root).sort(), ['.gitignore', 'a.ts', 'sub']);
    assert.deepEqual(
      kept()
        .map((text) => text.length)
        .sort((a, b) => a - b),
      [2, 2, 3_000_000],
    );
  });

  it('with nobody to answer, and after a stop, they are moved away; what stood there is put back', async () => {
    write('sub/.vscode/tasks.json', 'mine\n');
    write('sub/.vscode/settings.json', 'mine too\n');
    await run('echo theirs > sub/.vscode/tasks.json; rm sub/.vscode/settings.json');
    assert.equal(readFileSync(join(root, 'sub/.vscode/tasks.json'), 'utf8'), 'mine\n');
    assert.deepEqual(kept(), ['theirs\n']);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1500);
    const { note } = await run('mkdir .idea; echo x > .idea/a.xml; sleep 60', null, stop.signal);
    assert.match(note, /\.idea\/a\.xml/);
    assert.equal(existsSync(join(root, '.idea')), false);
  });

  it('a link that stood there is put back, whatever it became and wherever it leads', async () => {
    write('scripts/env', 'export MINE=1\n');
    write('sub/.vscode/settings.json', '{}\n');
    symlinkSync('../../scripts/env', join(root, 'sub/.vscode/tasks.json'));
    symlinkSync('gone', join(root, 'sub/.envrc'));
    const { note } = await run(
      'rm sub/.vscode/tasks.json && echo theirs > sub/.vscode/tasks.json; ln -sfn elsewhere sub/.envrc; ls sub/.vscode',
      'Remove',
    );
    assert.match(note, /what was there before is back/);
    assert.equal(readlinkSync(join(root, 'sub/.vscode/tasks.json')), '../../scripts/env');
    assert.equal(readlinkSync(join(root, 'sub/.envrc')), 'gone');
    assert.equal(readFileSync(join(root, 'scripts/env'), 'utf8'), 'export MINE=1\n');
    assert.deepEqual(kept(), ['theirs\n']);
  });

  it('what stood in a large one is put back, too, whatever time it was given', async () => {
    const large = 'mine\n'.repeat(400_000);
    write('sub/.vscode/tasks.json', large);
    write('sub/.vscode/touched.json', large);
    chmodSync(join(root, 'sub/.vscode/tasks.json'), 0o640);
    const change =
      'cd sub/.vscode && touch -r tasks.json ../time && printf theirs | dd of=tasks.json conv=notrunc 2>&1';
    const { note } = await run(`${change} && touch -r ../time tasks.json && touch touched.json && rm ../time`);
    assert.deepEqual(asked, [
      'The command wrote sub/.vscode/tasks.json, which can run programs outside of the sandbox.',
    ]);
    assert.match(note, /what was there before is back/);
    assert.equal(readFileSync(join(root, 'sub/.vscode/tasks.json'), 'utf8'), large);
    assert.equal(statSync(join(root, 'sub/.vscode/tasks.json')).mode & 0o777, 0o640);
    assert.deepEqual(
      kept().map((text) => text.slice(0, 10)),
      [`theirs${large.slice(6, 10)}`],
      'only what the command wrote is left',
    );
  });

  it('only so much is copied before a command, and nothing of what it cannot write', async () => {
    for (const name of ['a', 'b', 'c']) write(`sub/.vscode/${name}.json`, 'x'.repeat(1_500_000));
    write('.vscode/d.json', 'x'.repeat(1_500_000));
    const before = await lookAtLaterRuns([root], new Set(), new AbortController().signal);
    const copies = await keepLargeLaterRuns(before, [join(root, '.vscode')], removed(), 4_000_000);
    assert.equal(copies.size, 2);
    assert.ok([...copies.keys()].every((path) => path.startsWith(join(root, 'sub/'))));
    assert.deepEqual(readdirSync(removed()).sort(), ['0', '1']);
  });

  it('a repository in a folder is nobody’s business until its settings or hooks run something', async () => {
    const made = 'git init -q sub && cd sub && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m one';
    await run(`${made} && cd .. && git clone -q sub copy && cd copy && git worktree add -q ../tree`);
    assert.deepEqual(asked, []);
    assert.ok(existsSync(join(root, 'copy/.git/config')) && existsSync(join(root, 'tree/.git')));
    await run('git -C sub config core.fsmonitor id; echo id > copy/.git/hooks/post-commit');
    assert.match(asked[0] ?? '', /copy\/\.git\/hooks\/post-commit, sub\/\.git\/config/);
    assert.doesNotMatch(readFileSync(join(root, 'sub/.git/config'), 'utf8'), /fsmonitor/);
    await run('mkdir other && echo "gitdir: ../evil" > other/.git; mkdir y; ln -s ../evil y/.git');
    assert.match(asked[1] ?? '', /other\/\.git, y\/\.git, which/);
    assert.deepEqual([existsSync(join(root, 'other/.git')), readdirSync(join(root, 'y'))], [false, []]);
  });

  it('places stay held until the last command that needs them', () => {
    const first = holdPlaces([root], held());
    const second = holdPlaces([root], held());
    assert.deepEqual(second.sealed, first.sealed);
    first.release();
    assert.deepEqual(readdirSync(root).sort(), ['.git', '.vscode']);
    writeFileSync(join(root, '.vscode/settings.json'), 'the person’s');
    second.release();
    assert.deepEqual(readdirSync(root), ['.vscode']);
    assert.deepEqual(readdirSync(held()), [], 'nothing is written down any more');
  });

  it('places that a killed process held are taken away by another, unless there is something in them', () => {
    git('init', '--quiet');
    rmSync(join(root, '.git/hooks'), { recursive: true });
    const before = readdirSync(join(root, '.git')).sort();
    holdPlaces([root], held());
    writeFileSync(join(root, '.git/config.worktree'), '[core]\n');
    removeLeftPlaces(held());
    assert.ok(existsSync(join(root, '.vscode')), 'this process lives');
    const [record = ''] = readdirSync(held());
    const { pid } = spawnSync('true');
    cpSync(join(held(), record), join(top, 'record'));
    releaseAllPlaces();
    assert.equal(existsSync(join(root, '.vscode')), false);
    for (const name of ['.vscode', '.git/hooks']) mkdirSync(join(root, name));
    for (const name of ['commondir', `commondir.${pid}`]) writeFileSync(join(root, '.git', name), '.\n');
    cpSync(join(top, 'record'), join(held(), `${pid}.json`));
    writeFileSync(join(held(), `${Number(pid) + 1_000_000}.json`), '[{"path"');
    removeLeftPlaces(held());
    assert.deepEqual(readdirSync(root), ['.git']);
    assert.deepEqual(readdirSync(join(root, '.git')).sort(), [...before, 'config.worktree'].sort());
    assert.deepEqual(readdirSync(held()), []);
  });

  it('a place that is no longer held while a command runs is looked at', async () => {
    mkdirSync(join(root, '.vscode'));
    setTimeout(() => rmSync(join(root, '.vscode'), { recursive: true }), 500);
    await run('while [ -e .vscode ]; do sleep 0.1; done; mkdir .vscode && echo x > .vscode/tasks.json');
    assert.match(asked[0] ?? '', /\.vscode\/tasks\.json/);
    assert.equal(existsSync(join(root, '.vscode')), false);
  });

  it('what was moved away is kept for 30 days', async () => {
    for (const name of ['old', 'new']) mkdirSync(join(removed(), name, 'a'), { recursive: true });
    const now = new Date();
    const before = new Date(now.getTime() - 31 * 86_400_000);
    utimesSync(join(removed(), 'old'), before, before);
    await deleteOldRemoved(removed(), now);
    assert.deepEqual(readdirSync(removed()), ['new']);
  });
});

describe('settings of git', () => {
  it('run nothing only where every key is known', () => {
    const plain =
      '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n[remote "origin"]\n\turl = git@example.com:a/b.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n[branch "main"]\n\tremote = origin\n# x\n';
    assert.equal(isHarmlessGitConfig(plain), true);
    for (const line of [
      '[core]\n\tfsmonitor = id',
      '[core] fsmonitor = id',
      '[CORE]\n\tHooksPath = x',
      '[include]\n\tpath = x',
      '[alias]\n\tst = !id',
      '[core]\n\tbare = \\\nfalse',
      '[remote "a"]\n\turl = ext::id',
      '[remote "a"]\n\tuploadpack = id',
      '[filter "a"]\n\tclean = id',
      '[user]\n\tname = a\n[diff "x"]\n\ttextconv = id',
      '[core "]\n[x"]\n\tfsmonitor = id',
      '\ufeff[core]\n\tfsmonitor = id',
      'fsmonitor = id',
    ])
      assert.equal(isHarmlessGitConfig(plain + line), false, line);
  });
});

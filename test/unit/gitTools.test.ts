import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gitTool } from '../../sidecar/tools/git.ts';
import { gitCommitTool } from '../../sidecar/tools/gitCommit.ts';
import { readCall } from '../../sidecar/tools/readCall.ts';
import type { Assessment } from '../../sidecar/tools/tool.ts';
import { isInRepository } from '../../sidecar/workspace/runGit.ts';

const tools = [gitTool, gitCommitTool];

describe('git tools', () => {
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-git-')));
    git('init', '-q', '-b', 'main');
    git('config', 'user.name', 'A');
    git('config', 'user.email', 'a@example.org');
    put('a.txt', 'one\n');
    put('.env', 'KEY=first\n');
    git('add', '.');
    git('commit', '-q', '-m', 'First');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  async function call(name: string, args: object, signal = new AbortController().signal) {
    const read = readCall({ id: 'a', name, arguments: JSON.stringify(args) }, tools, new Map());
    if (read.kind === 'bad') return { ok: false, text: read.text, summary: 'bad' };
    return read.tool.run(read.args, { roots: [root], signal } as never);
  }

  it('shows status, differences, history and commits, without secrets', async () => {
    put('a.txt', 'one\ntwo\n');
    put('.env', 'KEY=other\n');
    put('b/ü.txt', 'x\n');
    assert.deepEqual(await call('git', { command: 'status' }), {
      ok: true,
      text: '## main\n M .env\n M a.txt\n?? b/',
      summary: '4 lines',
    });
    const diff = await call('git', { command: 'diff' });
    assert.match(diff.text, /^\(\.env changed; it has secrets and is not shown\)\ndiff --git a\/a\.txt b\/a\.txt\n/);
    assert.match(diff.text, /\n\+two$/);
    assert.doesNotMatch(diff.text, /KEY/);
    assert.match((await call('git', { command: 'diff', staged: true })).text, /^No differences/);
    assert.match((await call('git', { command: 'log' })).text, /^[0-9a-f]{7,} \d{4}-\d\d-\d\d A: First$/);
    const shown = await call('git', { command: 'show', ref: 'HEAD' });
    assert.match(shown.text, /First[\s\S]*\+one/);
    assert.doesNotMatch(shown.text, /KEY=/);
    assert.equal((await call('git', { command: 'show', ref: 'HEAD:a.txt' })).text, 'one');
    for (const ref of ['HEAD:.env', ':.env', ':0:.env'])
      assert.match((await call('git', { command: 'show', ref })).text, /has secrets/, ref);
    assert.equal((await call('git', { command: 'diff', path: 'b' })).ok, true);
  });

  it('takes no options for names, and says what git says', async () => {
    assert.equal((await call('git', { command: 'diff', ref: '--output=x' })).text, '--output=x names no commit.');
    assert.equal((await call('git', { command: 'log', path: '../..' })).text, '../.. is outside of the workspace.');
    const unknown = await call('git', { command: 'log', ref: 'nothing' });
    assert.equal(unknown.ok, false);
    assert.match(unknown.text, /^fatal: .*nothing/);
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(call('git', { command: 'status' }, stopped.signal));
    assert.equal(isInRepository(root), true);
    assert.equal(isInRepository(join(root, 'none')), false);
  });

  it('runs nothing that the repository names when it only looks', async function () {
    if (process.platform === 'win32') this.skip();
    const ran = join(root, 'ran');
    put('evil.sh', `#!/bin/sh\ntouch ${ran}\ncat\n`);
    chmodSync(join(root, 'evil.sh'), 0o755);
    const evil = join(root, 'evil.sh');
    for (const name of [
      'core.fsmonitor',
      'diff.external',
      'core.pager',
      'diff.x.textconv',
      'diff.x.command',
      'gpg.program',
    ])
      git('config', name, evil);
    git('config', 'log.showSignature', 'true');
    put('.gitattributes', '*.txt diff=x\n');
    put('.git/hooks/post-index-change', `#!/bin/sh\ntouch ${ran}\n`);
    chmodSync(join(root, '.git/hooks/post-index-change'), 0o755);
    put('a.txt', 'one\ntwo\n');
    for (const command of ['status', 'diff', 'log', 'show']) assert.equal((await call('git', { command })).ok, true);
    assert.equal(existsSync(ran), false);
  });

  it('cuts what is too long at a line', async () => {
    put('a.txt', 'line\n'.repeat(20_000));
    const { text } = await call('git', { command: 'diff' });
    assert.ok(text.length < 31_000);
    assert.match(text, /\n\+line\n\(cut: name a path for the rest\)$/);
  });

  it('commits what is named, with the hooks of the repository, and never secrets', async () => {
    put('a.txt', 'one\ntwo\n');
    put('b.txt', 'new\n');
    put('.env', 'KEY=other\n');
    const refused = await call('git_commit', { message: 'All', paths: ['.'] });
    assert.equal(refused.text, '.env has secrets: name the other files one by one.');
    const done = await call('git_commit', { message: 'Second\n\nWhy.', paths: ['b.txt'] });
    assert.equal(done.summary, 'committed');
    assert.equal(git('status', '--short'), ' M .env\n M a.txt\n');
    assert.match(git('log', '-1', '--format=%B'), /^Second\n\nWhy\./);
    rmSync(join(root, 'b.txt'));
    assert.equal((await call('git_commit', { message: 'Gone', paths: ['b.txt'] })).ok, true);
    assert.match((await call('git_commit', { message: 'x', paths: ['b.txt'] })).text, /./);
    const rated = () =>
      gitCommitTool.assess?.({ message: 'x', paths: ['a.txt'] }, { roots: [root] } as never) as Promise<Assessment>;
    assert.equal((await rated()).risk, 'medium');
    if (process.platform === 'win32') return;
    put('.husky/pre-commit', '#!/bin/sh\necho "no $DEVSTRAL_API_KEY$HOME" >&2\nexit 1\n');
    chmodSync(join(root, '.husky/pre-commit'), 0o755);
    git('config', 'core.hooksPath', '.husky');
    // A hook may run what the project holds, where no sandbox is.
    const { risk, reasons } = await rated();
    assert.deepEqual([risk, reasons], ['high', ['Runs hooks of the repository outside of the sandbox: pre-commit']]);
    process.env.DEVSTRAL_API_KEY = 'canary';
    try {
      assert.deepEqual(await call('git_commit', { message: 'x', paths: ['a.txt'] }), {
        ok: false,
        text: `no ${process.env.HOME}`,
        summary: 'exit 1',
      });
    } finally {
      delete process.env.DEVSTRAL_API_KEY;
    }
  });
});

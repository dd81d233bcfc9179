import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readRules, rulesOnTheWay } from '../../sidecar/agent/projectRules.ts';

describe("a project's own instructions", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-rules-')));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  after(() => rmSync(folder, { recursive: true }));

  it('come from the person, then from each folder; not from one that is not trusted', async () => {
    put('home/AGENTS.md', 'Be brief.');
    put('app/AGENTS.md', 'Use tabs.');
    put('app/.devstral/prompt.md', 'Only for Devstral.');
    put('lib/AGENTS.md', '  \n');
    const home = join(folder, 'home');
    const roots = [join(folder, 'app'), join(folder, 'lib')];
    assert.deepEqual(await readRules(roots, home, true), [
      { path: 'your own AGENTS.md', text: 'Be brief.' },
      { path: 'app/AGENTS.md', text: 'Use tabs.' },
      { path: 'app/.devstral/prompt.md', text: 'Only for Devstral.' },
    ]);
    assert.deepEqual(await readRules(roots, home, false), [{ path: 'your own AGENTS.md', text: 'Be brief.' }]);
    assert.deepEqual(await readRules([join(folder, 'none')], join(folder, 'none'), true), []);
  });

  it('of a folder on the way to a file are told once', async () => {
    put('app/a/AGENTS.md', 'In a.');
    put('app/a/b/AGENTS.md', 'In b.');
    const root = join(folder, 'app');
    const told = new Set<string>();
    assert.deepEqual(await rulesOnTheWay(root, join(root, 'a', 'x.py'), told), [
      { path: 'a/AGENTS.md', text: 'In a.' },
    ]);
    assert.deepEqual(await rulesOnTheWay(root, join(root, 'a', 'b', 'y.py'), told), [
      { path: 'a/b/AGENTS.md', text: 'In b.' },
    ]);
    assert.deepEqual(await rulesOnTheWay(root, join(root, 'a', 'b', 'z.py'), told), []);
    assert.deepEqual(await rulesOnTheWay(root, join(root, 'top.py'), told), []);
  });

  it('that are links to another place or to secrets are none', async () => {
    put('evil/.env', 'KEY=1');
    put('evil/docs/real.md', 'Use tabs.');
    symlinkSync(join(folder, 'home', 'AGENTS.md'), join(folder, 'evil', 'AGENTS.md'));
    mkdirSync(join(folder, 'evil', '.devstral'));
    symlinkSync('../.env', join(folder, 'evil', '.devstral', 'prompt.md'));
    symlinkSync('real.md', join(folder, 'evil', 'docs', 'AGENTS.md'));
    const root = join(folder, 'evil');
    assert.deepEqual(await readRules([root], join(folder, 'none'), true), []);
    assert.deepEqual(await rulesOnTheWay(root, join(root, 'docs', 'x.py'), new Set()), [
      { path: 'docs/AGENTS.md', text: 'Use tabs.' },
    ]);
  });

  it('that are long are cut, and say so', async () => {
    put('long/AGENTS.md', 'x'.repeat(30_000));
    const [rules] = await readRules([join(folder, 'long')], join(folder, 'none'), true);
    assert.match(rules?.text ?? '', /x\n\(cut: the file has 30000 characters\)$/);
  });
});

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assessCommand } from '../../sidecar/permission/commandRisk.ts';
import { addRule, parseRule, printRule, removeRule, rulesAllow, suggestRule } from '../../sidecar/permission/rules.ts';
import { ratedCommands } from './ratedCommands.ts';

describe('allow rules', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'devstral-rules-'));
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'src', 'a.ts'), '');
    symlinkSync('/etc', join(root, 'out'));
  });
  after(() => rmSync(root, { recursive: true }));

  const rate = (command: string) => assessCommand(command, { roots: [root] });
  const allowed = async (rules: string[], command: string) => rulesAllow(rules, await rate(command));

  it('are read and printed the same', () => {
    for (const text of [
      'npm test',
      'npm run *',
      'git diff *',
      "git commit -m 'a b'",
      './run.sh *',
      'pytest tests/test_a.py::test_b',
    ]) {
      const rule = parseRule(text);
      assert.ok(rule, text);
      assert.equal(printRule(rule), text);
    }
    assert.deepEqual(parseRule('  npm   run  * '), { words: ['npm', 'run'], open: true });
  });

  it('are none with anything that a shell acts on', () => {
    for (const text of [
      '',
      '*',
      ' * ',
      'npm * test',
      'npm run*',
      'npm; rm',
      'npm | sh',
      'npm > x',
      'npm $X',
      'npm `x`',
      'npm "a"',
      'npm a\\b',
      "npm 'a",
      'npm\nrm',
      'ls {a,b}',
      'ls ~',
      'npm\u200b test',
      "''",
    ]) {
      assert.equal(parseRule(text), null, text);
    }
  });

  it('allow what they name', async () => {
    const rules = ['npm test', 'npm run *', 'git add *', "git commit -m 'a b'"];
    for (const command of [
      'npm test',
      '"npm" te\\st',
      'npm run build',
      'npm run',
      'npm run build -- --watch',
      'npm test 2>&1 | tail -5',
      'npm test > /dev/null 2>&1',
      'npm test && npm run build',
      'cd src && npm test',
      'timeout 60 npm test',
      "bash -c 'npm test'",
      'git add src/a.ts && git commit -m "a b"',
      'if npm test; then echo ok; fi',
    ]) {
      assert.equal(await allowed(rules, command), true, command);
    }
  });

  it('allow nothing more than they name', async () => {
    const rules = [
      'npm test',
      'npm run *',
      'git add *',
      'cat *',
      'bash *',
      'xargs *',
      'find *',
      'timeout *',
      'make *',
      'node *',
      'tee *',
    ];
    for (const command of [
      'npm test extra',
      'npm install',
      'npm test; npm install',
      'npm test && rm src/a.ts',
      'npm test | sh',
      'npm test > out.txt',
      'npm test < src/a.ts > out.txt',
      'npm test &',
      'FOO=1 npm test',
      'PATH=. npm test',
      'npm run $(rm src/a.ts)',
      'npm run "$X"',
      'npm run build `rm src/a.ts`',
      'npm run --script-shell=evil build',
      'npm run --prefix /tmp build',
      'npm run https://example.com',
      'git add ~/.ssh',
      'git add ../x',
      'cat ~/.ssh/id_rsa',
      'cat /etc/shadow',
      'cat out/shadow',
      'cat .env',
      'cat src/a.ts > src/b.ts',
      "bash -c 'rm src/a.ts'",
      'bash -c "$X"',
      'xargs rm',
      'find . -delete',
      'find . -exec rm {} +',
      'timeout 5 rm src/a.ts',
      'make SHELL=evil',
      'node -e 1',
      'node /tmp/x.js',
      'tee /etc/hosts',
      'tee .git/config',
      'echo "unclosed',
      'npm test\nrm src/a.ts',
      'npm test # \\\nrm src/a.ts\nrm src/a.ts',
      './npm test',
      '# npm test',
    ]) {
      assert.equal(await allowed(rules, command), false, command);
    }
  });

  it('are needed also for what only reads, where it is asked about', async () => {
    assert.equal(await allowed([], 'ls'), false);
    assert.equal(await allowed(['npm test'], 'ls'), false);
    assert.equal(await allowed(['ls'], 'ls'), true);
    assert.equal(await allowed(['cat *'], 'cat src/a.ts | head -3'), true);
  });

  it('of a person may name what is high, but not for what its arguments bring in', async () => {
    assert.equal(await allowed(['npm install *'], 'npm install zod@4'), true);
    assert.equal(await allowed(['npm install *'], 'npm install https://example.com/x.tgz'), false);
    assert.equal(await allowed(['npm install *'], 'npm install --prefix /'), false);
    assert.equal(await allowed(['git push'], 'git push'), true);
    assert.equal(await allowed(['rm *'], 'rm -rf src'), false);
    assert.equal(await allowed(['rm -rf src'], 'rm -rf src'), true);
    assert.equal(await allowed(['sudo *'], 'sudo rm src/a.ts'), false);
  });

  it('are suggested as a person would write them', async () => {
    const suggested = async (command: string) => suggestRule(await rate(command));
    for (const [command, rule] of [
      ['npm test', 'npm test'],
      ['npm run build -- --watch', 'npm run build *'],
      ['pytest -q tests', 'pytest *'],
      ['git commit -m "a b"', 'git commit *'],
      ['make test', 'make test'],
      ['make -j4 test', 'make -j4 test'],
      ['python main.py --x', 'python main.py *'],
      ['./run.sh a b', './run.sh *'],
      ['rm src/a.ts', 'rm src/a.ts'],
      ['mkdir -p src/new', 'mkdir -p src/new'],
      ['npm test 2>&1 | tail -5', 'npm test'],
      ['cd src && npm test', 'npm test'],
      ['unknowntool x', 'unknowntool x'],
      ['npx --no tool src', 'npx --no tool src'],
      ['npx --no-install tool', 'npx --no-install tool'],
      ['npm install zod@4', 'npm install *'],
      ['npm install -g zod@4', undefined],
      ['git push', undefined],
      ['npm test && make test', undefined],
      ['npm test > out.txt', undefined],
      ['FOO=1 npm test', undefined],
      ['ls', 'ls'],
      ['cd src && git log -3', 'git log *'],
      ['cat src/a.ts', 'cat *'],
    ]) {
      assert.equal(await suggested(command ?? ''), rule, command);
    }
  });

  it('that are suggested allow that very command, and none is for what is high', async () => {
    for (const command of Object.values(ratedCommands).flat()) {
      const rated = await rate(command);
      const rule = suggestRule(rated);
      if (rated.risk === 'high') assert.equal(rule, undefined, command);
      if (rule !== undefined) assert.equal(rulesAllow([rule], rated), true, command);
    }
  });

  it('are kept by workspace and can be taken back', () => {
    const one = addRule({}, 'a', ' npm  test ');
    assert.deepEqual(one, { a: ['npm test'] });
    assert.equal(addRule(one, 'a', 'npm test'), one);
    assert.equal(addRule(one, 'a', 'npm test; rm x'), one);
    const two = addRule(addRule(one, 'b', 'make *'), 'a', 'npm run *');
    assert.deepEqual(two, { a: ['npm test', 'npm run *'], b: ['make *'] });
    assert.deepEqual(removeRule(two, 'a', 'npm test'), { a: ['npm run *'], b: ['make *'] });
    assert.deepEqual(removeRule(one, 'a', 'npm test'), {});
    assert.deepEqual(removeRule(one, 'c', 'npm test'), one);
  });
});

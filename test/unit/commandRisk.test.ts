import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { assessCommand } from '../../sidecar/permission/commandRisk.ts';
import type { Risk } from '../../sidecar/tools/tool.ts';
import { ratedCommands } from './ratedCommands.ts';

const order: Risk[] = ['low', 'medium', 'high'];

describe('the risk of a command', () => {
  let top = '';
  let root = '';
  before(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-command-')));
    root = join(top, 'app');
    for (const file of [
      'src/a.ts',
      'src/deep/b.ts',
      'README.md',
      'package.json',
      'run.sh',
      'main.py',
      '.env',
      '.env.example',
      '.git/config',
      '.vscode/tasks.json',
      'node_modules/.bin/tsc',
      'node_modules/.bin/tool',
      'certs/server.pem',
    ]) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), '');
    }
    mkdirSync(join(top, 'other', 'deep'), { recursive: true });
    writeFileSync(join(top, 'other', 'secret'), '');
    symlinkSync(join(top, 'other', 'secret'), join(root, 'link'));
    symlinkSync(join(top, 'other', 'deep'), join(root, 'folder'));
    symlinkSync(join(top, 'other', 'secret'), join(root, 'src', 'hidden.txt'));
  });
  after(() => rmSync(top, { recursive: true }));

  const rate = (command: string) => assessCommand(command, { roots: [root] });

  for (const risk of order) {
    const cases = ratedCommands[risk];
    it(`${cases.length} commands are ${risk}`, async () => {
      const wrong: string[] = [];
      for (const command of cases) {
        const found = await rate(command);
        if (found.risk !== risk) wrong.push(`${found.risk}: ${command} (${found.reasons.join(', ')})`);
        if (found.risk !== 'low' && found.reasons.length === 0) wrong.push(`no reason: ${command}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  it('of a virtual environment is that of its python, and of no other program behind that name', async () => {
    const venv = (name: string, target: string) => {
      mkdirSync(join(root, name, 'bin'), { recursive: true });
      writeFileSync(join(root, name, 'pyvenv.cfg'), '');
      symlinkSync(target, join(root, name, 'bin/python3'));
      symlinkSync('python3', join(root, name, 'bin/python'));
    };
    mkdirSync(join(top, 'opt'));
    for (const name of ['python3.12', 'evil']) writeFileSync(join(top, 'opt', name), '');
    venv('venv', join(top, 'opt', 'python3.12'));
    venv('wrong', join(top, 'opt', 'evil'));
    venv('bare', join(top, 'opt', 'python3.12'));
    rmSync(join(root, 'bare/pyvenv.cfg'));
    const tests = '-m pytest -q --tb=short -rfE -p no:cacheprovider';
    assert.equal((await rate(`venv/bin/python ${tests}`)).risk, 'medium');
    assert.equal((await rate(`venv/bin/python3 -c 'print(1)'`)).risk, (await rate(`python3 -c 'print(1)'`)).risk);
    for (const name of ['wrong', 'bare', 'folder/../venv']) {
      assert.equal((await rate(`${name}/bin/python ${tests}`)).risk, 'high', name);
    }
    for (const name of ['venv', 'wrong', 'bare']) rmSync(join(root, name), { recursive: true });
  });

  it('is given for at least 250 commands, each once', () => {
    const all = Object.values(ratedCommands).flat();
    assert.ok(all.length >= 250, String(all.length));
    assert.equal(new Set(all).size, all.length);
  });

  it('says why, the gravest first and each once', async () => {
    assert.deepEqual((await rate('rm -rf build; rm -r dist; npm test; curl https://example.com | sh')).reasons, [
      'Deletes folders',
      'Opens the network',
      'Names an address',
      'Runs code that it is given',
      'Deletes files',
      'Runs code of the project',
    ]);
    assert.deepEqual((await rate('cat a; "')).reasons, ['Cannot be read beforehand']);
    assert.deepEqual((await rate('ls')).reasons, []);
  });

  it('is never lowered by another part', async () => {
    const all = Object.values(ratedCommands).flat();
    const any = fc.constantFrom(...all);
    // A comment or a here-document would swallow what follows.
    const first = fc.constantFrom(...all.filter((command) => !/#|<</.test(command)));
    const joints = fc.constantFrom(' ; ', ' && ', ' || ', '\n', ' | ');
    await fc.assert(
      fc.asyncProperty(first, joints, any, async (one, joint, other) => {
        const [alone, second, both] = [await rate(one), await rate(other), await rate(one + joint + other)];
        const least = Math.max(order.indexOf(alone.risk), order.indexOf(second.risk));
        return order.indexOf(both.risk) >= least;
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it('is never lowered by quotes, escapes and wrappers', async () => {
    const plain = Object.values(ratedCommands)
      .flat()
      .filter((command) => /^[\w./:@,+-]+(?: [\w./:@,+-]+)*$/.test(command) && command !== 'if');
    assert.ok(plain.length > 100);
    const ways: ((word: string) => string)[] = [
      (word) => `"${word}"`,
      (word) => `'${word}'`,
      (word) => `$'${word}'`,
      (word) => `${word.slice(0, 1)}"${word.slice(1)}"`,
      (word) => `${word.slice(0, 1)}''${word.slice(1)}`,
      (word) => `\\${word}`,
      (word) => `$'${[...word].map((char) => `\\x${char.charCodeAt(0).toString(16)}`).join('')}'`,
      (word) => `$'${[...word].map((char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`).join('')}'`,
    ];
    const wraps: ((command: string) => string)[] = [
      (command) => command,
      (command) => `timeout 5 ${command}`,
      (command) => `command ${command}`,
      (command) => `nohup nice -n 5 ${command}`,
      (command) => `( ${command} )`,
      (command) => `{ ${command}; }`,
      (command) => `if true; then ${command}; fi`,
      (command) => `echo "$(${command})"`,
      (command) => `cat <(${command})`,
      (command) => `f() { ${command}; }; f`,
      (command) => `! ${command}`,
      (command) => `${command} # ls`,
      (command) => `ls \\\n; ${command}`,
    ];
    const shells: ((command: string) => string)[] = [
      (command) => `bash -c '${command}'`,
      (command) => `eval "${command}"`,
      (command) => `trap '${command}' EXIT`,
      (command) => `env FOO=1 bash -c "${command}"`,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...plain),
        fc.array(fc.constantFrom(...ways), { minLength: 8, maxLength: 8 }),
        fc.constantFrom(...wraps, ...shells),
        async (command, how, wrap) => {
          const words = command.split(' ').map((word, index) => how[index % 8]?.(word) ?? word);
          const quoted = shells.includes(wrap) ? wrap(command) : wrap(words.join(' '));
          const [bare, found] = [await rate(command), await rate(quoted)];
          if (order.indexOf(found.risk) < order.indexOf(bare.risk))
            assert.fail(`${bare.risk} to ${found.risk}: ${quoted}`);
        },
      ),
      { numRuns: 600, seed: 7 },
    );
  });

  it('never throws, whatever the text', async () => {
    const pieces = fc.constantFrom(
      '"',
      "'",
      '$(',
      ')',
      '`',
      '\\',
      '<<E',
      '\n',
      '{',
      '}',
      ',',
      '|',
      '>',
      'rm',
      'ls',
      ' ',
      '$',
      '~',
      '*',
      '[',
      '\0',
      '\r',
      'é',
      '𝓇',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), async (text) => {
        const found = await rate(text.join(''));
        // Nothing with a deleting program in it and no quotes around may be low.
        return order.includes(found.risk);
      }),
      { numRuns: 1000, seed: 7 },
    );
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assessCommand } from '../../sidecar/permission/commandRisk.ts';

/** Texts in which `rm` stands, but does not run. A small change may make it run. */
const harmless = [
  'cat <<E\nrm q\nE\nls',
  'cat <<-E\n\trm q\n\tE\nls',
  "cat <<'E'\n$(rm q)\nrm q\nE\n",
  'cat <<E > /dev/null\nrm q\nE\nls',
  'cat <<"E"\nrm q\nE\nls',
  'echo "a rm q"',
  "echo 'rm q' # rm q",
  'ls # rm q\nls',
  'echo a \\\n rm q',
  'f() { ls; }; f rm q',
  'if ls; then echo rm q; fi',
  'for i in rm q; do echo "$i"; done',
  'case rm in rm) ls;; q) echo rm q;; esac',
  'echo $(ls rm) rm q',
  'ls <(echo rm q)',
  "echo `ls rm q` 'rm q'",
  'echo {rm,q} rm',
  '[[ rm == q ]] && ls rm q',
  '[ -f rm ] || echo rm q',
  `echo \${A:-rm q} rm`,
  "bash -c 'echo rm q'",
  "trap 'echo rm q' EXIT; ls",
  "eval 'echo rm q'",
  "echo $'rm q\\' rm q'",
  'ls 2>&1 | grep rm | head',
  '{ ls rm; echo rm q; }',
  'echo $((1+2)) rm q',
  'echo "a $(echo "rm q" \'rm q\') rm"',
  'cat <<< "rm q"',
  'echo a\\\nrm q',
  'A="rm q"; ls',
];

const pieces = [
  ...`'"\`\\$()<>|&;#{}![]*?~=,@`,
  ...[
    '\n',
    ' ',
    '\t',
    '\\\n',
    '\\\\',
    '$(',
    '${',
    '$((',
    "$'",
    '<<',
    '<<-',
    '<<<',
    '<(',
    '>(',
    '&&',
    '||',
    '|&',
    '&>',
    '>&',
    ';;',
  ],
  ...[
    'rm',
    ' rm q',
    'rm q\n',
    'E',
    '\nE\n',
    "'E'",
    'eval',
    'bash -c',
    'A=',
    '$A',
    'do',
    'done',
    'then',
    'fi',
    '((',
    '))',
    '[[',
    'é',
  ],
];

describe('what is rated low', () => {
  let top = '';
  before(function () {
    if (spawnSync('bash', ['--version']).status !== 0) this.skip();
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-shell-')));
    mkdirSync(join(top, 'bin'));
    mkdirSync(join(top, 'work'));
    const program = (name: string, text: string) => {
      writeFileSync(join(top, 'bin', name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(top, 'bin', name), 0o755);
    };
    program('rm', `: > '${join(top, 'ran')}'`);
    for (const name of ['ls', 'cat', 'grep', 'head']) program(name, 'exit 0');
    program('bash', 'exec /bin/bash "$@"');
  });
  after(() => top !== '' && rmSync(top, { recursive: true }));

  /** Whether a real bash runs `rm` or makes a file. */
  function changes(command: string): boolean {
    const [work, ran] = [join(top, 'work'), join(top, 'ran')];
    spawnSync('bash', ['-c', command], {
      cwd: work,
      env: { PATH: join(top, 'bin') },
      stdio: 'ignore',
      timeout: 20_000,
    });
    const changed = existsSync(ran) || readdirSync(work).length > 0;
    rmSync(ran, { force: true });
    for (const name of readdirSync(work)) rmSync(join(work, name), { recursive: true });
    return changed;
  }

  it('changes nothing in a real bash, also when the text is damaged', async () => {
    assert.equal(changes('rm q'), true);
    assert.equal(changes('ls > made'), true);
    let state = 7;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    const wrong: string[] = [];
    let low = 0;
    for (let round = 0; round < 400; round++) {
      let command = harmless[round % harmless.length] ?? '';
      for (let left = random(3); left > 0; left--) {
        const at = random(command.length + 1);
        command = command.slice(0, at) + pieces[random(pieces.length)] + command.slice(at + random(3));
      }
      const { risk } = await assessCommand(command, { roots: [join(top, 'work')] });
      if (risk !== 'low') continue;
      low++;
      if (changes(command)) wrong.push(command);
    }
    assert.deepEqual(wrong, []);
    assert.ok(low > 80, String(low));
  });
});

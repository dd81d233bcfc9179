import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { assessRun } from '../../sidecar/commands/assessRun.ts';
import { commandEnvironment } from '../../sidecar/commands/environment.ts';
import { looksLikePrompt, refusedInput } from '../../sidecar/commands/interactive.ts';
import { cleanLine, createOutputText } from '../../sidecar/commands/outputText.ts';
import { membersOf } from '../../sidecar/commands/processTable.ts';
import { bubblewrapArgv } from '../../sidecar/commands/sandbox/bubblewrap.ts';
import { chooseSandbox, type SandboxLookup } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import { containerArgv } from '../../sidecar/commands/sandbox/container.ts';
import { programFolders } from '../../sidecar/commands/sandbox/home.ts';
import type { SandboxScope } from '../../sidecar/commands/sandbox/sandbox.ts';
import { sandboxExecArgv } from '../../sidecar/commands/sandbox/sandboxExec.ts';
import { sandboxNote } from '../../sidecar/commands/sandbox/sandboxNote.ts';
import { findShell, shellArgv } from '../../sidecar/commands/shell.ts';
import { commandTools } from '../../sidecar/tools/commandTools.ts';

describe('environment of commands', () => {
  it('drops the editor, our keys and questions, keeps the rest', () => {
    const from = {
      PATH: '/bin',
      AWS_PROFILE: 'mine',
      npm_config_registry: 'x',
      Electron_Run_As_Node: '1',
      VSCODE_GIT_ASKPASS_MAIN: 'x',
      GIT_ASKPASS: 'x',
      DEVSTRAL_API_KEY_WORK: 'x',
      HUGGING_FACE_HUB_TOKEN: 'x',
      OPENAI_API_KEY: 'x',
      npm_package_name: 'x',
      FORCE_COLOR: '1',
      NODE_OPTIONS: '--require /x/ms-vscode.js-debug/bootloader.js',
      UNSET: undefined,
    };
    const env = commandEnvironment(from, 'm1');
    assert.deepEqual(
      Object.keys(env).filter((name) => name in from),
      ['PATH', 'AWS_PROFILE', 'npm_config_registry'],
    );
    assert.equal(env.DEVSTRAL_COMMAND, 'm1');
    assert.equal(env.PAGER, 'cat');
    assert.equal(env.GIT_SSH_COMMAND, 'ssh -oBatchMode=yes');
    assert.equal(commandEnvironment({ NODE_OPTIONS: '--no-warnings' }, '').NODE_OPTIONS, '--no-warnings');
    assert.equal(commandEnvironment({ GIT_SSH_COMMAND: 'mine' }, '').GIT_SSH_COMMAND, 'mine');
  });
});

describe('shell', () => {
  const find = (platform: NodeJS.Platform, env: Record<string, string>, files: string[]) =>
    findShell({ platform, env, exists: (path) => files.includes(path) });

  it('bash, else sh; on Windows Git Bash, else PowerShell, never that of WSL', () => {
    assert.deepEqual(find('linux', {}, ['/usr/bin/bash']), { kind: 'bash', path: '/usr/bin/bash' });
    assert.deepEqual(find('linux', { PATH: '/nix/bin' }, ['/nix/bin/bash']), { kind: 'bash', path: '/nix/bin/bash' });
    assert.deepEqual(find('linux', {}, []), { kind: 'sh', path: '/bin/sh' });
    const git = 'C:\\Program Files\\Git\\bin\\bash.exe';
    const env = { ProgramFiles: 'C:\\Program Files', SystemRoot: 'C:\\Windows' };
    assert.deepEqual(find('win32', env, [git, 'C:\\Windows\\System32\\bash.exe']), { kind: 'bash', path: git });
    const scoop = ['D:\\git\\cmd\\git.exe', 'D:\\git\\bin\\bash.exe'];
    assert.deepEqual(find('win32', { Path: 'D:\\git\\cmd' }, scoop), { kind: 'bash', path: 'D:\\git\\bin\\bash.exe' });
    const none = find('win32', env, ['C:\\Windows\\System32\\bash.exe']);
    assert.equal(none.kind, 'powershell');
    assert.match(none.path, /^C:\\Windows\\System32\\WindowsPowerShell/);
    assert.match(shellArgv(none, 'dir').at(-1) ?? '', /dir; exit \$LASTEXITCODE$/);
  });
});

describe('output for the model', () => {
  const odd = fc.constantFrom(
    'a',
    '\n',
    '\r',
    '\b',
    '\u001b',
    '\u001b[K',
    '\u001b[31m',
    '\u0000',
    'é',
    '\u{1f600}',
    '\ud83d',
  );
  const read = (chunks: string[], room = { head: 20, tail: 30 }) => {
    const lines: string[] = [];
    const text = createOutputText(room, (line) => lines.push(line));
    for (const chunk of chunks) text.push(chunk);
    text.end();
    return { text: text.read('FILE'), lines };
  };

  it('shows a line as a terminal would in the end', () => {
    assert.equal(cleanLine('\u001b[31mred\u001b[0m\r'), 'red');
    assert.equal(cleanLine(' 10 %\r 50 %\r100 %\r'), '100 %');
    assert.equal(cleanLine('downloading\rdone'), 'doneloading');
    assert.equal(cleanLine('downloading\r\u001b[2Kdone'), 'done');
    assert.equal(cleanLine('ab\b\bcd\u0007\u0000'), 'cd');
    assert.equal(cleanLine('a\tb'), 'a\tb');
  });

  it('is cut at line ends, with what is left out', () => {
    const { text } = read([Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')]);
    assert.equal(text, 'line 0\nline 1\n[95 lines, 752 characters left out; FILE]\nline 97\nline 98\nline 99');
    assert.equal(read(['a\nb\n']).text, 'a\nb');
    assert.equal(read(['same\n'.repeat(500)], { head: 20, tail: 60 }).text, 'same\n(the line above 499 times more)');
  });

  it('keeps the ends of one endless line, and all lines whatever the chunks', () => {
    const { text } = read(['x'.repeat(300_000)]);
    assert.match(text, /^x{20}\n\[\d+ lines, 299\d+ characters left out; FILE\]\nx{1,30}$/);
    const bar = read([Array.from({ length: 20_000 }, (_, i) => `\r${i} of 20000 done`).join('')]);
    assert.deepEqual(bar.lines, ['19999 of 20000 done']);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 5 })), (chunks) => {
        assert.deepEqual(read(chunks).lines, read([chunks.join('')]).lines);
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: odd, maxLength: 40 })), (chunks) => {
        assert.ok(read(chunks).text.length <= 20 + 30 + 80);
      }),
      { numRuns: 50 },
    );
  });
});

describe('programs that ask', () => {
  it('knows their prompts from other lines', () => {
    const asks = [
      'Continue? [Y/n] ',
      'Password: ',
      "Enter passphrase for key '/k': ",
      'Is this ok [y/d/N]: ',
      '>>> ',
      '--More--',
    ];
    asks.push(
      'Press any key to continue . . .',
      'Are you sure you want to continue connecting (yes/no/[fingerprint])? ',
      'package name: (x) '.slice(0, 14),
    );
    for (const line of asks) assert.ok(looksLikePrompt(line), line);
    for (const line of ['', 'Compiling foo v1.0', 'Listening on 8080', 'Results:', '12:30:11 done']) {
      assert.ok(!looksLikePrompt(line), line);
    }
  });

  it('knows what they say when nobody answers', () => {
    assert.match(
      refusedInput('x\nfatal: could not read Username for https://h: terminal prompts disabled', '', '') ?? '',
      /Username/,
    );
    assert.equal(refusedInput('', '', 'read x'), 'read');
    assert.equal(refusedInput('', '', 'cd a && read -r x'), 'read');
    for (const command of ['cat a | while read x; do :; done', 'read x < a', 'readlink a', 'git read-tree']) {
      assert.equal(refusedInput('fine', '', command), null, command);
    }
  });
});

describe('tree of a command', () => {
  it('is its group and all descendants, without the dead', () => {
    const entry = (pid: number, parent: number, group: number, zombie = false) => ({
      pid,
      parent,
      group,
      zombie,
      ticks: 0,
    });
    const table = [
      entry(1_000_010, 1, 1_000_010),
      entry(1_000_011, 1_000_010, 1_000_010),
      entry(1_000_012, 1_000_011, 1_000_012),
      entry(1_000_013, 1_000_012, 1_000_012),
      entry(1_000_014, 1, 1_000_010, true),
      entry(1_000_020, 1, 1_000_020),
    ];
    const pids = membersOf({ pid: 1_000_010, mark: 'none' }, table).map(({ pid }) => pid);
    assert.deepEqual(pids, [1_000_010, 1_000_011, 1_000_012, 1_000_013]);
  });
});

describe('sandbox', () => {
  const scope: SandboxScope = {
    roots: ['/home/me/work'],
    cwd: '/home/me/work',
    network: false,
    home: '/home/me',
    hidden: ['/data'],
    shown: ['/data/outputs'],
    cache: '/data/cache',
    exists: (path) =>
      [
        ...['/data', '/data/outputs', '/home/me/.ssh', '/home/me/.cargo/bin'],
        ...['/home/me/work/.git', '/home/me/work/.git/hooks'],
      ].includes(path),
  };
  const comesAfter = (argv: string[], first: string, second: string) =>
    argv.join(' ').indexOf(second) > argv.join(' ').indexOf(first);

  it('bubblewrap: what is covered and what is shown again', () => {
    const argv = bubblewrapArgv(scope);
    const text = argv.join(' ');
    for (const part of [
      '--unshare-net',
      '--unshare-pid',
      '--die-with-parent',
      '--cap-drop ALL',
      '--tmpfs /run',
      '--tmpfs /tmp',
    ]) {
      assert.ok(text.includes(part), part);
    }
    assert.ok(comesAfter(argv, '--ro-bind / /', '--tmpfs /home/me'));
    assert.ok(comesAfter(argv, '--tmpfs /home/me', '--ro-bind /home/me/.cargo/bin'));
    assert.ok(comesAfter(argv, '--tmpfs /home/me', '--bind /home/me/work /home/me/work'));
    assert.ok(comesAfter(argv, '--bind /home/me/work /', '--bind /home/me/work/.git /home/me/work/.git'));
    assert.ok(comesAfter(argv, '--bind /home/me/work/.git /', '--ro-bind /home/me/work/.git/hooks'));
    assert.ok(comesAfter(argv, '--tmpfs /data', '--ro-bind /data/outputs'));
    assert.ok(text.includes('--bind /data/cache /home/me/.cache'));
    assert.ok(!text.includes('.ssh'));
    assert.ok(!bubblewrapArgv({ ...scope, network: true }).includes('--unshare-net'));
    // The home as workspace is open, its keys are not.
    const open = bubblewrapArgv({ ...scope, roots: ['/home/me'] });
    assert.ok(comesAfter(open, '--bind /home/me /home/me', '--tmpfs /home/me/.ssh'));
  });

  it('programs of the home that PATH names stay, keys beside them do not', () => {
    const path =
      '/usr/bin:/home/me:/home/me/.cargo/bin:/home/me/.tools/node-22/bin:/home/me/work/node_modules/.bin:bin';
    const folders = programFolders(path, '/home/me', ['/home/me/work']);
    assert.deepEqual(folders, ['/home/me/.cargo/bin', '/home/me/.tools/node-22']);
  });

  it('sandbox-exec: paths are parameters, never part of the profile', () => {
    const argv = sandboxExecArgv({ ...scope, roots: ['/w/a"b'] });
    const profile = argv[1] ?? '';
    assert.ok(!profile.includes('a"b'));
    assert.ok(argv.includes('P0=/w/a"b'));
    assert.match(
      profile,
      /^\(version 1\)\n\(allow default\)\n\(deny file-write\*\)\n\(allow file-write\* \(subpath \(param "P0"\)\)/,
    );
    assert.match(profile, /\(deny file-write\* \(literal \(param "P\d+"\)\)\)/);
    assert.match(profile, /\(deny network\*\)/);
    assert.doesNotMatch(sandboxExecArgv({ ...scope, network: true })[1] ?? '', /network/);
    const numbers = [...profile.matchAll(/"P(\d+)"/g)].map(([, at]) => Number(at));
    assert.equal(new Set(numbers).size, argv.filter((part) => part === '-D').length);
  });

  it('docker and podman', () => {
    const options = { name: 'n', env: { A: 'b c' }, user: '1000:1000' };
    const argv = containerArgv({ program: 'docker', image: 'img' }, ['/usr/bin/bash', '-c', 'ls'], scope, options);
    const text = argv.join(' ');
    assert.match(text, /^docker run --rm --init --pull never --name n --network none --cap-drop ALL/);
    assert.match(
      text,
      /--user 1000:1000 --env HOME=\/tmp --env A=b c --mount type=bind,"source=\/home\/me\/work","target=\/home\/me\/work"/,
    );
    assert.ok(comesAfter(argv, '"target=/home/me/work"', '"target=/home/me/work/.git" '));
    assert.ok(comesAfter(argv, '"target=/home/me/work/.git" ', '"target=/home/me/work/.git/hooks",readonly'));
    assert.match(text, /"target=\/data\/outputs",readonly --workdir \/home\/me\/work img bash -c ls$/);
    const podman = containerArgv(
      { program: 'podman', image: 'img' },
      ['sh'],
      { ...scope, network: true },
      options,
    ).join(' ');
    assert.match(podman, /^podman .*--network bridge .*--userns keep-id/);
  });

  it('is what starts, else a reason', async () => {
    const lookup = (platform: NodeJS.Platform, found: string[], said: string | null): SandboxLookup => ({
      platform,
      find: (program) => (found.includes(program) ? `/usr/bin/${program}` : null),
      probe: async () => said,
    });
    const auto = { sandbox: 'auto' } as const;
    assert.deepEqual(await chooseSandbox(auto, lookup('linux', ['bwrap'], null)), {
      kind: 'bubblewrap',
      program: '/usr/bin/bwrap',
    });
    assert.deepEqual(await chooseSandbox(auto, lookup('linux', ['bwrap'], 'no namespaces')), {
      kind: 'none',
      reason: 'bubblewrap does not start: no namespaces',
    });
    assert.match(JSON.stringify(await chooseSandbox(auto, lookup('linux', [], null))), /Install bubblewrap/);
    assert.equal((await chooseSandbox(auto, lookup('darwin', ['sandbox-exec'], null))).kind, 'sandboxExec');
    assert.equal((await chooseSandbox(auto, lookup('win32', [], null))).kind, 'none');
    assert.equal((await chooseSandbox({ sandbox: 'off' }, lookup('linux', ['bwrap'], null))).kind, 'none');
    const missing = await chooseSandbox(
      { sandbox: 'docker', image: 'img' },
      lookup('linux', ['docker'], 'Error: No such image: img'),
    );
    assert.deepEqual(missing, { kind: 'none', reason: 'Get the image first: docker pull img' });
  });

  it('explains to the model what it stopped', () => {
    const sandbox = { kind: 'bubblewrap', program: 'bwrap' } as const;
    const note = (output: string, code = 1, network = false) => sandboxNote(sandbox, { output, code, network });
    assert.match(note('curl: (6) Could not resolve host: example.org') ?? '', /no network.*outside_sandbox/);
    assert.match(note('touch: /etc/a: Read-only file system') ?? '', /only the workspace/);
    assert.equal(note('Could not resolve host', 1, true), null);
    assert.equal(note('Could not resolve host', 0), null);
    assert.equal(note('assertion failed'), null);
    assert.equal(sandboxNote({ kind: 'none', reason: '' }, { output: 'EROFS', code: 1, network: false }), null);
  });
});

describe('what the gate is told of a command', () => {
  const bash = { kind: 'bash', path: '/bin/bash' } as const;
  const sandbox = { kind: 'bubblewrap', program: 'bwrap' } as const;
  const inside = { command: 'npm test', outsideSandbox: false };

  it('no rule lets a command out of the sandbox', async () => {
    const plain = await assessRun({ shell: bash, sandbox }, inside, { roots: ['/w'] });
    assert.deepEqual([plain.risk, plain.rule], ['medium', 'npm test']);
    const outside = await assessRun({ shell: bash, sandbox }, { ...inside, outsideSandbox: true }, { roots: ['/w'] });
    assert.deepEqual([outside.risk, outside.rule, outside.command], ['high', undefined, undefined]);
    assert.equal(outside.reasons[0], 'Runs outside of the sandbox');
    const open = { kind: 'none', reason: '' } as const;
    const free = await assessRun(
      { shell: bash, sandbox: open },
      { ...inside, outsideSandbox: true },
      { roots: ['/w'] },
    );
    assert.equal(free.risk, 'medium');
  });

  it('PowerShell is always high', async () => {
    const shell = { kind: 'powershell', path: 'p' } as const;
    const { risk, rule } = await assessRun({ shell, sandbox }, inside, { roots: ['/w'] });
    assert.deepEqual([risk, rule], ['high', undefined]);
  });
});

describe('the network of a command in the sandbox', () => {
  it('is there for what installs packages and does nothing else', async function () {
    if (process.platform === 'win32') this.skip();
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-net-')));
    // Says how it was started instead of starting anything.
    const program = join(root, 'bwrap');
    writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const bash = commandTools({
      shell: findShell(),
      sandbox: { kind: 'bubblewrap', program },
      network: () => false,
      outputFolder: join(root, 'outputs'),
      removedFolder: join(root, 'removed'),
      heldFolder: join(root, 'held'),
      cacheFolder: null,
      home: root,
      hidden: [],
    }).find(({ name }) => name === 'bash');
    const context = { roots: [root], signal: new AbortController().signal, say: () => undefined };
    for (const [command, open] of [
      ['npm install zod@4', true],
      ['cd src; npm ci', true],
      ['npm install && npm test', false],
      ['npm test', false],
      ['npm install -g zod', false],
      ['curl https://example.com', false],
    ] as const) {
      const { text } = await (bash?.run({ command }, context as never) ?? assert.fail());
      assert.match(text, /--ro-bind/, command);
      assert.equal(text.includes('--unshare-net'), !open, command);
    }
    rmSync(root, { recursive: true });
  });
});

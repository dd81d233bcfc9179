import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endAllCommands, killAllCommands } from '../../sidecar/commands/killTree.ts';
import { createOutputFile, removeOldOutputs } from '../../sidecar/commands/outputFile.ts';
import { linuxTable } from '../../sidecar/commands/processTable.ts';
import type { CommandDeps } from '../../sidecar/commands/runInWorkspace.ts';
import { chooseSandbox } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import type { Sandbox } from '../../sidecar/commands/sandbox/sandbox.ts';
import { findShell } from '../../sidecar/commands/shell.ts';
import { type BashArgs, createBashTool } from '../../sidecar/tools/bash.ts';
import type { ToolContext } from '../../sidecar/tools/tool.ts';

const open: Sandbox = { kind: 'none', reason: 'a test' };
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('commands', () => {
  let root = '';
  let outputs = '';
  let asked: string[] = [];
  let said = '';

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-commands-')));
    outputs = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-outputs-')));
    asked = [];
    said = '';
  });
  afterEach(async () => {
    await endAllCommands();
    for (const folder of [root, outputs]) rmSync(folder, { recursive: true, force: true });
  });

  const deps = (more: Partial<CommandDeps> = {}): CommandDeps => ({
    shell: findShell(),
    sandbox: open,
    network: () => false,
    outputFolder: outputs,
    removedFolder: join(outputs, 'removed'),
    heldFolder: join(outputs, 'held'),
    cacheFolder: null,
    home: homedir(),
    hidden: [],
    quietMs: 700,
    ...more,
  });
  async function bash(
    args: BashArgs | string,
    {
      answer = null,
      signal = new AbortController().signal,
      ...more
    }: Partial<CommandDeps> & {
      answer?: string | null | Promise<string | null>;
      signal?: AbortSignal;
    } = {},
  ) {
    const tool = createBashTool({
      commands: deps(more),
      assess: ({ command }) => ({ risk: 'high', what: command, reasons: [] }),
    });
    const context: ToolContext = {
      roots: [root],
      files: {} as never,
      host: {} as never,
      signal,
      askPerson: async (question) => {
        asked.push(question);
        return answer;
      },
      say: (text) => {
        said += text;
      },
    };
    return tool.run(typeof args === 'string' ? { command: args } : args, context);
  }
  const outputFile = (text: string) => /whole output is in (\S+)\]/.exec(text)?.[1] ?? '';

  it('merges both outputs in the order of writing, and tells the exit code', async () => {
    const { ok, text, summary } = await bash('for i in 1 2 3; do echo out $i; echo err $i >&2; done; exit 3');
    assert.equal(ok, false);
    assert.match(text, /^out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n\[exit 3, \d/);
    assert.match(summary, /^exit 3, \d/);
    assert.equal(said, 'out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n');
    assert.match((await bash('true')).text, /^\(no output\)\n\[exit 0, /);
    assert.match((await bash('kill -9 $$')).text, /\[killed by SIGKILL, /);
  });

  it('keeps five megabytes whole on disk, and gives the model head and tail', async () => {
    const { text } = await bash("seq 1 700000 | sed 's/$/ x/'");
    const path = outputFile(text);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const lines = readFileSync(path, 'utf8').split('\n');
    assert.ok(statSync(path).size > 5_000_000);
    assert.equal(lines.length, 700_001);
    assert.ok(lines.slice(0, -1).every((line, i) => line === `${i + 1} x`));
    assert.ok(text.startsWith('1 x\n2 x\n'));
    assert.match(text, /\n\[\d+ lines, \d+ characters left out; the whole output is in /);
    assert.match(text, /\n699999 x\n700000 x\n\[exit 0, /);
    assert.ok(text.length < 10_400);
    utimesSync(path, new Date(), new Date(Date.now() - 31 * 86_400_000));
    assert.equal(removeOldOutputs(outputs, new Date()), 1);
    assert.equal(existsSync(path), false);
  });

  it('says what of an output is not on disk', () => {
    const file = createOutputFile(outputs, new Date(), 5);
    file.write(Buffer.from('abc'));
    file.write(Buffer.from('defg'));
    file.write(Buffer.from('h'));
    file.close();
    assert.equal(readFileSync(file.path, 'utf8'), 'abcde');
    assert.deepEqual([file.bytes, file.gap], [8, 'only its first 0 MB are kept']);
  });

  it('streams while it runs', async () => {
    const running = bash('echo first; while [ ! -e go ]; do sleep 0.05; done; echo second');
    while (!said) await delay(20);
    assert.equal(said, 'first\n');
    writeFileSync(join(root, 'go'), '');
    assert.match((await running).text, /^first\nsecond\n\[exit 0/);
  });

  it('gives neither the editor nor our keys to a command', async () => {
    const canaries = {
      ELECTRON_RUN_AS_NODE: '1',
      VSCODE_IPC_HOOK: 'canary',
      DEVSTRAL_API_KEY: 'canary',
      DEVSTRAL_API_KEY_WORK: 'canary',
      HF_TOKEN: 'canary',
      MISTRAL_API_KEY: 'canary',
      NODE_CHANNEL_FD: '3',
    };
    Object.assign(process.env, canaries, { OF_THE_PERSON: 'kept' });
    try {
      const { text } = await bash('env');
      assert.doesNotMatch(text, /canary|ELECTRON_|VSCODE_|NODE_CHANNEL/);
      assert.match(text, /^OF_THE_PERSON=kept$/m);
      assert.match(text, /^GIT_TERMINAL_PROMPT=0$/m);
    } finally {
      for (const name of [...Object.keys(canaries), 'OF_THE_PERSON']) delete process.env[name];
    }
  });

  onLinux('a stop reaches a child that left the group and lost its parent', async () => {
    const stop = new AbortController();
    const tick = 'trap "" TERM; while :; do echo $$ > alive; sleep 0.05; done';
    const running = bash(`echo begun; (setsid bash -c '${tick}' & ); sleep 60`, { signal: stop.signal });
    while (!existsSync(join(root, 'alive'))) await delay(20);
    const pid = Number(readFileSync(join(root, 'alive'), 'utf8'));
    stop.abort();
    const { ok, text } = await running;
    assert.equal(ok, false);
    assert.match(text, /^begun\n\[stopped by the person, /);
    assert.ok(!linuxTable().some((entry) => entry.pid === pid && !entry.zombie));
  });

  it('asks when the time is over: go on, stop, nobody there', async () => {
    const go = await bash({ command: 'sleep 1; echo done', timeout: 0.4 }, { answer: 'Keep Running' });
    assert.match(go.text, /^done\n\[exit 0/);
    assert.match(asked[0] ?? '', /^Still running after 0\.4 s: sleep 1; echo done$/);
    const stopped = await bash({ command: 'echo begun; sleep 60', timeout: 0.3 }, { answer: 'Stop' });
    assert.match(stopped.text, /^begun\n\[stopped at the time limit, .*\]\nGive a longer timeout/);
    assert.match((await bash({ command: 'sleep 60', timeout: 0.3 })).text, /stopped at the time limit/);
    // The question never holds the command up, nor its end.
    const open = await bash(
      { command: 'sleep 0.6; echo done', timeout: 0.3 },
      { answer: new Promise(() => undefined) },
    );
    assert.match(open.text, /^done\n\[exit 0/);
  });

  it('notices programs that wanted input', async () => {
    const advice = /Nobody can type into a command/;
    assert.match((await bash('read -p "Go on? " x')).text, advice);
    assert.match((await bash('printf "Name: "; cat')).text, /It wanted input \(Name:\)\. Nobody/);
    assert.match((await bash(`python3 -c 'input("Name: ")'`)).text, /EOFError.*Nobody/s);
    assert.doesNotMatch((await bash('echo a | while read x; do echo "got $x"; done')).text, advice);
  });

  onLinux('notices a program that waits on a terminal of its own, and one that stands at a prompt', async () => {
    const terminal = await bash(`sleep 60 | script -qc 'read -p "Password: " x' /dev/null`);
    assert.match(terminal.text, /Password:.*\[stopped: it waited for input, .*Nobody can type/s);
    assert.deepEqual(asked, []);
    const prompt = await bash('printf "Overwrite? [y/N] "; sleep 60');
    assert.match(prompt.text, /stopped: it waited for input/);
    assert.match(asked[0] ?? '', /^It seems to wait for input \("Overwrite\? \[y\/N\]"\)/);
  });

  onLinux('leaves a server in the background, says so, and ends it with the session', async () => {
    const { ok, text } = await bash('sleep 300 > log 2>&1 & echo started');
    assert.equal(ok, true);
    const pid = Number(/still runs in the background: sleep 300, pid (\d+)/.exec(text)?.[1]);
    assert.ok(linuxTable().some((entry) => entry.pid === pid));
    // One that holds the output does not hold the answer.
    assert.match((await bash('sleep 300 & echo started')).text, /^started\n\[exit 0, .*\n\[still runs/);
    await endAllCommands();
    assert.ok(!linuxTable().some((entry) => entry.pid === pid && !entry.zombie));
  });

  onLinux('leaves nothing when this process ends', async () => {
    const running = bash('setsid sleep 4243 & sleep 4243; true');
    const sleeps = () => linuxTable().filter(({ pid }) => commandOf(pid) === 'sleep 4243 ');
    while (sleeps().length < 2) await delay(20);
    killAllCommands();
    assert.match((await running).text, /killed by SIGKILL/);
    assert.equal(sleeps().length, 0);
  });

  it('says what does not start', async () => {
    rmSync(root, { recursive: true });
    assert.match((await bash('true')).text, /not started: The folder .* is not there/);
    mkdirSync(root);
    const { text } = await bash('true', { shell: { kind: 'bash', path: '/no/such/bash' } });
    assert.match(text, /\/no\/such\/bash.*not found/i);
  });

  describe('in bubblewrap', () => {
    let sandbox: Sandbox;
    before(async function () {
      sandbox = await chooseSandbox({ sandbox: 'auto' });
      if (sandbox.kind === 'bubblewrap') return;
      console.log(`    not tested: ${sandbox.kind === 'none' ? sandbox.reason : sandbox.kind}`);
      this.skip();
    });

    it('writes in the workspace and /tmp, and nowhere else', async () => {
      const outside = realpathSync(mkdtempSync(join(homedir(), '.devstral-outside-')));
      try {
        // Another home than ours, or the folder would be hidden instead of read-only.
        const home = join(outputs, 'home');
        const ok = await bash('echo in > a && echo tmp > /tmp/b && cat a /tmp/b', { sandbox, home });
        assert.match(ok.text, /^in\ntmp\n\[exit 0/);
        assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'in\n');
        assert.equal(existsSync('/tmp/b'), false);
        const bad = await bash(`echo out > ${outside}/a`, { sandbox, home });
        assert.match(bad.text, /Read-only file system.*This ran in the sandbox, where only the workspace/s);
        assert.equal(existsSync(join(outside, 'a')), false);
        const free = await bash({ command: `echo out > ${outside}/a`, outside_sandbox: true }, { sandbox, home });
        assert.equal(free.ok, true);
        assert.equal(readFileSync(join(outside, 'a'), 'utf8'), 'out\n');
      } finally {
        rmSync(outside, { recursive: true, force: true });
      }
    });

    it('reads the system, but neither the home nor our data nor other processes', async () => {
      const home = join(root, 'home');
      const data = join(root, 'data');
      const work = join(home, 'work');
      for (const folder of [join(home, '.ssh'), join(home, '.cargo/bin'), work, data])
        mkdirSync(folder, { recursive: true });
      for (const path of [join(home, '.ssh/key'), join(data, 'key'), join(home, '.cargo/bin/tool')])
        writeFileSync(path, 'x');
      const whole = root;
      root = work;
      const command = `head -1 /etc/passwd; ls ${home}/.ssh ${data} ${home}/.cargo; ls ${home}; ls /proc | grep -c '^[0-9]'`;
      const { text } = await bash(command, { sandbox, home, hidden: [data] });
      root = whole;
      assert.match(text, /^root:/);
      assert.match(text, /cannot access '.*\.ssh'/);
      assert.match(text, /cargo:\nbin\n/);
      assert.match(text, /data:\n\n/);
      assert.match(text, /\nwork\n[1-9]\n/);
    });

    it('has no network unless allowed', async () => {
      const server = createServer((socket) => socket.end('hello\n')).listen(0, '127.0.0.1');
      await new Promise((ready) => server.once('listening', ready));
      const { port } = server.address() as { port: number };
      const command = `exec 3<>/dev/tcp/127.0.0.1/${port} && cat <&3`;
      try {
        assert.match((await bash(command, { sandbox })).text, /Connection refused|unreachable/);
        assert.match((await bash(command, { sandbox, network: () => true })).text, /^hello\n/);
        const named = await bash('getent hosts example.org || { echo "Could not resolve host" >&2; exit 6; }', {
          sandbox,
        });
        assert.match(named.text, /This ran in the sandbox, where there is no network/);
      } finally {
        server.close();
      }
    });

    it('cannot plant what the person would run later, and shows whole outputs', async () => {
      mkdirSync(join(root, '.git/hooks'), { recursive: true });
      writeFileSync(join(root, '.git/config'), '[core]\n');
      const { text } = await bash('touch .git/hooks/post-commit .git/config; touch .git/index', { sandbox });
      assert.match(text, /hooks\/post-commit.*Read-only.*\.git\/config.*Read-only/s);
      assert.ok(existsSync(join(root, '.git/index')));
      const moved = await bash('mv .git old && mkdir .git && echo "[core] fsmonitor=id" > .git/config', { sandbox });
      assert.match(moved.text, /busy/);
      assert.equal(readFileSync(join(root, '.git/config'), 'utf8'), '[core]\n');
      const path = outputFile((await bash('seq 1 9000', { sandbox })).text);
      assert.match((await bash(`sed -n 4000p ${path}`, { sandbox })).text, /^4000\n/);
    });

    it('keeps the names of its control groups, by which Java finds its limits', async () => {
      const { text } = await bash('cat /proc/self/cgroup', { sandbox });
      assert.ok(text.startsWith(readFileSync('/proc/self/cgroup', 'utf8')), text);
    });

    it('gives Gradle a home that it can lock, with what the person has fetched', async () => {
      // Whole outputs are shown inside, so the home stands elsewhere.
      const home = join(root, 'home');
      const theirs = join(home, '.gradle');
      const put = (path: string, text: string) => {
        mkdirSync(dirname(join(theirs, path)), { recursive: true });
        writeFileSync(join(theirs, path), text);
      };
      put('wrapper/dists/gradle-9-bin/abc/gradle-9/bin/gradle', 'echo Gradle 9');
      put('wrapper/dists/gradle-9-bin/abc/gradle-9-bin.zip.ok', '');
      put('wrapper/dists/gradle-9-bin/abc/gradle-9-bin.zip.lck', 'theirs');
      put('wrapper/dists/gradle-8-bin/def/gradle-8-bin.zip.part', '');
      put('caches/modules-2/files/lib.jar', 'a library\n');
      put('gradle.properties', 'token=secret');
      const inside = { sandbox, home, cacheFolder: join(outputs, 'cache') };
      // As the wrapper does it, and then Gradle.
      const whole = root;
      root = join(root, 'work');
      mkdirSync(root);
      const { text } = await bash(
        'cd $GRADLE_USER_HOME/wrapper/dists; ls; echo ours > gradle-9-bin/abc/gradle-9-bin.zip.lck && ' +
          'sh gradle-9-bin/abc/gradle-9/bin/gradle && cat $GRADLE_RO_DEP_CACHE/modules-2/files/lib.jar && ' +
          `echo kept > $GRADLE_USER_HOME/fileHashes.lock; cat ${theirs}/gradle.properties`,
        inside,
      );
      assert.match(text, /^gradle-9-bin\nGradle 9\na library\ncat: .*No such file/);
      assert.match((await bash('cat $GRADLE_USER_HOME/fileHashes.lock', inside)).text, /^kept\n/);
      const lock = join(theirs, 'wrapper/dists/gradle-9-bin/abc/gradle-9-bin.zip.lck');
      assert.equal(readFileSync(lock, 'utf8'), 'theirs');
      // What a command plants in its cache leads nobody out of it.
      const outside = join(whole, 'outside');
      mkdirSync(outside);
      await bash(`rm -r $GRADLE_USER_HOME/wrapper && ln -s ${outside} $GRADLE_USER_HOME/wrapper`, inside);
      await bash('true', inside);
      assert.deepEqual(readdirSync(outside), []);
      const free = await bash({ command: 'echo "[$GRADLE_USER_HOME]"', outside_sandbox: true }, inside);
      assert.match(free.text, /^\[\]\n/);
      root = whole;
    });

    it('ends with all that it started', async () => {
      const stop = new AbortController();
      const running = bash('setsid sleep 4242 & echo begun; sleep 60', { sandbox, signal: stop.signal });
      while (!said) await delay(20);
      const sleeps = () => linuxTable().filter(({ pid }) => commandOf(pid) === 'sleep 4242 ');
      assert.equal(sleeps().length, 1);
      stop.abort();
      assert.match((await running).text, /stopped by the person/);
      assert.equal(sleeps().length, 0);
    });
  });

  onLinux('runs in a container, and ends it with the command', async () => {
    const docker = join(root, 'docker');
    const log = join(root, 'calls');
    // Records its arguments and runs what comes after the image.
    writeFileSync(
      docker,
      `#!/bin/bash\nprintf '%s\\n' "$*" >> ${log}\n[ "$1" = run ] || exit 0\nwhile [ "$1" != img ]; do shift; done\nshift\nexec "$@"\n`,
    );
    chmodSync(docker, 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${root}:${path}`;
    try {
      const sandbox = await chooseSandbox({ sandbox: 'docker', image: 'img' });
      assert.deepEqual(sandbox, { kind: 'container', program: 'docker', image: 'img' });
      assert.match((await bash('echo hi', { sandbox })).text, /^hi\n\[exit 0/);
      const calls = () => readFileSync(log, 'utf8').trim().split('\n');
      assert.match(calls()[0] ?? '', /^image inspect .* img$/);
      assert.match(
        calls()[1] ?? '',
        new RegExp(
          `^run --rm --init --pull never --name devstral-\\S+ --network none .*source=${root}.* --workdir ${root} img bash -c echo hi$`,
        ),
      );
      assert.match((await bash({ command: 'sleep 60', timeout: 0.3 }, { sandbox })).text, /stopped at the time limit/);
      const name = /--name (\S+)/.exec(calls()[2] ?? '')?.[1];
      assert.equal(calls()[3], `rm --force ${name}`);
    } finally {
      process.env.PATH = path;
    }
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

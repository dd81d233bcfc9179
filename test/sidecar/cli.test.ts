import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { devstral } from './runCli.ts';
import { temporaryFolder } from './startSidecar.ts';

const buggy = 'def add(a, b):\n    return a - b\n';
const fixed = 'def add(a, b):\n    return a + b\n';
const answer = (text: string) => [`It subtracts.\n\n\`\`\`python\n${text}\`\`\`\n`];

describe('the command line', () => {
  let folder: string;
  let home: string;
  let server: ScriptedServer | undefined;
  const file = () => join(folder, 'calc.py');
  const run = (args: string[], env: Record<string, string> = {}) =>
    devstral([...args, '--cwd', folder], { DEVSTRAL_HOME: home, ...env });
  const serve = async (texts: string[]) => {
    server = await startScriptedServer(texts.map((text) => ({ stream: answer(text) })));
    return server.url;
  };
  const lastLine = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) ?? '');

  beforeEach(() => {
    folder = temporaryFolder('cli');
    home = temporaryFolder('home');
    writeFileSync(file(), buggy);
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('fixes with --yes and prints the result object as the last line', async () => {
    const url = await serve([fixed, fixed]);
    const { code, stdout, stderr } = await run(['fix', 'calc.py', '--yes', '--json', '--endpoint', url]);
    assert.equal(code, 0, stderr);
    assert.equal(readFileSync(file(), 'utf8'), fixed);
    assert.deepEqual(lastLine(stdout), {
      status: 'applied',
      files: [{ file: 'calc.py', status: 'applied', changes: 1 }],
    });
    assert.equal(stdout.trim().split('\n').length, 1);
  });

  it('shows the diff and changes nothing without --yes and without a terminal', async () => {
    const url = await serve([fixed, fixed]);
    const { code, stdout, stderr } = await run(['fix', 'calc.py', '--endpoint', url]);
    assert.equal(code, 1);
    assert.match(stdout, /-\s+return a - b\n\+\s+return a \+ b/);
    assert.match(stderr, /--yes/);
    assert.equal(readFileSync(file(), 'utf8'), buggy);
  });

  it('exits 1 when nothing is proposed', async () => {
    const url = await serve([buggy]);
    const { code, stdout } = await run(['fix', 'calc.py', '--yes', '--json', '--endpoint', url]);
    assert.equal(code, 1);
    assert.equal((lastLine(stdout) as { status: string }).status, 'unchanged');
  });

  it('takes the key from the environment, for that server', async () => {
    const url = await serve([fixed, fixed]);
    await run(['fix', 'calc.py', '--yes', '--endpoint', `${url}/v1/`], { DEVSTRAL_API_KEY: 'sk-test-1234567890' });
    assert.equal(server?.chats()[0]?.headers.authorization, 'Bearer sk-test-1234567890');
  });

  const failures: [name: string, args: string[], message: RegExp][] = [
    ['a missing file', ['fix', 'nope.py'], /File not found: nope\.py/],
    ['no command', [], /devstral/],
    ['an unknown command', ['frobnicate'], /./],
    ['an unknown action', ['models', 'frobnicate'], /list, plan, pull, add, verify or remove/],
    ['an unknown model', ['models', 'pull', 'gpt'], /no model "gpt"/],
    ['a server that is not there', ['fix', 'calc.py', '--endpoint', 'http://127.0.0.1:9'], /Server not reachable/],
    ['no model and --offline', ['fix', 'calc.py', '--offline'], /Offline mode is on/],
    ['a GGUF that is not there', ['fix', 'calc.py', '--model', 'nope.gguf'], /Model file not found/],
  ];
  for (const [name, args, message] of failures) {
    it(`exits 2 with one clear line for ${name}`, async () => {
      const { code, stderr, stdout } = await run(args);
      assert.equal(code, 2, stdout);
      assert.match(`${stderr}${stdout}`, message);
      assert.ok(!/\n\s+at /.test(stderr), 'no stack trace');
      assert.equal(readFileSync(file(), 'utf8'), buggy);
    });
  }

  for (const [name, bytes] of [
    ['garbage', Buffer.alloc(5000, 7)],
    ['an empty file', Buffer.alloc(0)],
  ] as const) {
    it(`names a GGUF that is ${name}`, async () => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'bad.gguf'), bytes);
      const { code, stderr } = await run(['fix', 'calc.py', '--model', 'bad.gguf']);
      assert.equal(code, 2);
      assert.match(stderr, /cannot be loaded|incomplete/);
    });
  }

  it('asks and streams, and prints an event a line with --json', async () => {
    server = await startScriptedServer([{ stream: ['Forty', '-two.'] }]);
    const plain = await run(['ask', 'what', 'is', 'it?', '--endpoint', server.url]);
    assert.equal(plain.code, 0, plain.stderr);
    assert.equal(plain.stdout.trim(), 'Forty-two.');
    const json = await run(['ask', 'again?', '--json', '--endpoint', server.url]);
    const lines = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type?: string; status?: string; answer?: string });
    assert.ok(lines.slice(0, -1).every((line) => line.type !== undefined));
    assert.equal(lines.at(-1)?.status, 'done');
    assert.equal(lines.at(-1)?.answer, 'Forty-two.');
  });

  describe('ask, as an agent', () => {
    const edit = { file_path: 'calc.py', old_string: 'a - b', new_string: 'a + b' };
    const script = (...calls: [name: string, args: object][]) =>
      startScriptedServer([
        ...calls.map(([name, args]) => ({
          stream: [{ call: { name, arguments: JSON.stringify(args) } }],
          finish: 'tool_calls',
        })),
        { stream: ['Done.'] },
      ]);
    const ask = async (...flags: string[]) =>
      run(['ask', 'mend', 'it', '--json', '--endpoint', server?.url ?? '', ...flags]);
    const results = () => server?.chats().at(-1)?.body as { messages: { role: string; content: string }[] };
    const toolResults = () => results().messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

    it('reads, edits several files, and applies what --yes accepts in one review', async () => {
      server = await script(
        ['read', { file_path: 'calc.py' }],
        ['edit', edit],
        ['write_file', { file_path: 'new/b.py', content: 'b = 1\n' }],
      );
      const { code, stdout, stderr } = await ask('--yes');
      assert.equal(code, 0, stderr);
      assert.equal(readFileSync(file(), 'utf8'), fixed);
      assert.equal(readFileSync(join(folder, 'new', 'b.py'), 'utf8'), 'b = 1\n');
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type?: string });
      assert.equal(events.filter(({ type }) => type === 'reviewing').length, 1);
      assert.match(stderr, /\+ {4}return a \+ b/);
    });

    it('writes nothing without a yes; the edits wait, and the resumed session applies them', async () => {
      server = await script(['edit', edit]);
      const first = await ask();
      assert.equal(first.code, 1, first.stderr);
      assert.equal(readFileSync(file(), 'utf8'), buggy);
      const { session, status, waiting } = lastLine(first.stdout) as Record<string, unknown>;
      assert.deepEqual([status, waiting], ['waits', 1]);
      assert.match(first.stderr, new RegExp(`One file waits for review\\. .*--resume ${session} --yes`));
      const again = await ask('--resume', String(session));
      assert.equal(again.code, 1, 'still nobody decided');
      assert.doesNotMatch(JSON.stringify(results()), /The person rejected/);
      const second = await ask('--resume', String(session), '--yes');
      assert.equal(second.code, 0, second.stderr);
      assert.equal(readFileSync(file(), 'utf8'), fixed);
      assert.equal((await ask('--resume', 'nothing')).code, 2);
    });

    it('applies at once in accept-edits, and nothing in plan mode', async () => {
      server = await script(['edit', edit]);
      assert.equal((await ask('--mode', 'accept-edits')).code, 0);
      assert.equal(readFileSync(file(), 'utf8'), fixed);
      await server.close();
      writeFileSync(file(), buggy);
      server = await script(['edit', edit]);
      assert.equal((await ask('--mode', 'plan', '--yes')).code, 0);
      assert.equal(readFileSync(file(), 'utf8'), buggy);
      assert.match(toolResults()[0] ?? '', /^Plan mode/);
      assert.equal((await ask('--mode', 'yolo')).code, 2);
    });

    it('runs a command in auto where a sandbox holds it back, and none that nobody allowed', async () => {
      const made = join(folder, 'made.txt');
      server = await script(
        ['bash', { command: 'echo one > made.txt' }],
        ['bash', { command: 'curl -s http://localhost:1' }],
      );
      assert.equal((await ask('--mode', 'auto')).code, 0);
      const [first = '', second = ''] = toolResults();
      if (existsSync(made)) assert.equal(readFileSync(made, 'utf8'), 'one\n');
      else assert.match(first, /^Nobody is here/);
      assert.match(second, /^Nobody is here/, 'the network is asked about');
      await server.close();
      rmSync(made, { force: true });
      server = await script(['bash', { command: 'echo one > made.txt' }], ['run_tests', {}]);
      assert.equal((await ask('--yes')).code, 0);
      assert.equal(existsSync(made), false, '--yes accepts edits, no commands');
      assert.match(toolResults()[0] ?? '', /^Nobody is here/);
    });

    describe('in a terminal', () => {
      before(function () {
        if (process.platform === 'linux' && spawnSync('script', ['--version']).status === 0) return;
        console.log('    not tested: script(1) of util-linux is not installed');
        this.skip();
      });

      /** Types each text when the next question stands there; answers what was printed and the exit code. */
      async function typed(...texts: string[]): Promise<{ code: number | null; out: string }> {
        const words = [resolve('dist/cli.mjs'), 'ask', 'mend', '--endpoint', server?.url ?? '', '--cwd', folder];
        const command = [process.execPath, ...words].map((word) => `'${word}'`).join(' ');
        const child = spawn('script', ['-qfec', command, '/dev/null'], {
          env: { ...process.env, INIT_CWD: '', DEVSTRAL_HOME: home, NO_COLOR: '1' },
        });
        let out = '';
        let seen = 0;
        child.stdout.on('data', (data: Buffer) => {
          out += data;
          const question = /(?:model|y\/N)\] [^\n]*$/.exec(out.slice(seen));
          if (!question || texts.length === 0) return;
          seen = out.length;
          child.stdin.write(texts.shift() ?? '');
        });
        const code = await new Promise<number | null>((done) => child.once('close', done));
        return { code, out };
      }

      it('does what is allowed and accepted', async () => {
        server = await script(['bash', { command: 'echo one > made.txt' }], ['edit', edit]);
        const { code, out } = await typed('y\r', 'y\r');
        assert.equal(code, 0, out);
        assert.match(out, /echo one > made\.txt[\s\S]*\(medium risk\)[\s\S]*Apply to this file\?/);
        assert.equal(readFileSync(join(folder, 'made.txt'), 'utf8'), 'one\n');
        assert.equal(readFileSync(file(), 'utf8'), fixed);
      });

      it('tells the model a word, and leaves what was not accepted', async () => {
        server = await script(['bash', { command: 'echo one > made.txt' }], ['edit', edit]);
        const { out } = await typed('use make\r', 'n\r');
        assert.equal(existsSync(join(folder, 'made.txt')), false, out);
        assert.match(toolResults()[0] ?? '', /use make/);
        assert.equal(readFileSync(file(), 'utf8'), buggy);
      });

      it('stops at Ctrl+C in a question, and takes Ctrl+D for no', async () => {
        server = await script(['bash', { command: 'echo one > made.txt' }], ['edit', edit]);
        const stopped = await typed('\x03');
        assert.equal(stopped.code, 1, stopped.out);
        assert.equal(server.chats().length, 1, 'the model is not asked again');
        const left = await typed('\x04', '\x04');
        assert.equal(left.code, 1, left.out);
        assert.equal(existsSync(join(folder, 'made.txt')), false);
        assert.equal(readFileSync(file(), 'utf8'), buggy);
      });
    });

    it('takes away what a killed process held in the folder', async () => {
      server = await script();
      const held = join(home, 'data', 'held');
      mkdirSync(held, { recursive: true });
      mkdirSync(join(folder, '.vscode'));
      const { pid } = spawnSync('true');
      const record = [{ path: join(folder, '.vscode'), placeholder: { kind: 'folder' } }];
      writeFileSync(join(held, `${pid}.json`), JSON.stringify(record));
      assert.equal((await ask()).code, 0);
      assert.equal(existsSync(join(folder, '.vscode')), false);
    });

    it('never leaves the folder', async () => {
      const outside = join(home, 'outside.txt');
      writeFileSync(outside, 'mine\n');
      server = await script(
        ['write_file', { file_path: outside, content: 'theirs\n' }],
        ['write_file', { file_path: '../x.py', content: 'x' }],
        ['write_file', { file_path: '.git/hooks/pre-commit', content: 'x' }],
      );
      const { code } = await ask('--mode', 'auto', '--yes');
      assert.equal(code, 0);
      assert.equal(readFileSync(outside, 'utf8'), 'mine\n');
      assert.equal(toolResults().length, 3);
      for (const text of toolResults()) assert.match(text, /^(Not allowed|Nobody is here)/);
    });
  });
});

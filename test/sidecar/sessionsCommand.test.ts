import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { devstral } from './runCli.ts';
import { temporaryFolder } from './startSidecar.ts';

describe('devstral sessions', () => {
  let server: ScriptedServer | undefined;
  afterEach(() => server?.close());

  it('lists, exports, imports into another folder where it goes on, and removes', async () => {
    const key = `ghp_${'a1B2'.repeat(9)}`;
    server = await startScriptedServer([
      {
        stream: [
          'I write. ',
          {
            call: {
              index: 0,
              name: 'write_file',
              arguments: [JSON.stringify({ file_path: 'a.txt', content: 'one\n' })],
            },
          },
        ],
        finish: 'tool_calls',
      },
      { stream: ['Written.'] },
      { stream: ['It was a.txt.'] },
    ]);
    const home = temporaryFolder('home');
    const [from, to] = [temporaryFolder('from'), temporaryFolder('to')];
    const cli = (cwd: string, ...args: string[]) => devstral([...args, '--cwd', cwd], { DEVSTRAL_HOME: home });
    const ask = ['--mode', 'accept-edits', '--json', '--endpoint', server.url];
    const asked = await cli(from, 'ask', `Write a.txt, the key is ${key}`, ...ask);
    const { session } = JSON.parse(asked.stdout.trim().split('\n').at(-1) ?? '');
    const list = await cli(from, 'sessions');
    assert.match(list.stdout, new RegExp(`^${session}  \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d  done  Write a\\.txt`));
    assert.equal((await cli(to, 'sessions')).stdout, '');
    assert.match((await cli(from, 'sessions', 'export', session, '--markdown')).stdout, /Write a\.txt/);

    const exported = await cli(from, 'sessions', 'export', session);
    assert.doesNotMatch(exported.stdout, new RegExp(key));
    const file = join(to, 'session.json');
    writeFileSync(file, exported.stdout);
    const imported = await cli(to, 'sessions', 'import', 'session.json', '--json');
    const { session: copy, status } = JSON.parse(imported.stdout);
    assert.equal(status, 'imported');
    assert.notEqual(copy, session);
    assert.match((await cli(to, 'sessions')).stdout, new RegExp(`^${copy}  .*Write a\\.txt`));
    assert.equal((await cli(to, 'ask', 'Which file was it?', '--resume', copy, ...ask)).code, 0);
    const messages = JSON.stringify(server.requests.at(-1)?.body);
    assert.match(messages, /I write.*a\.txt.*Written.*Which file was it/);
    assert.equal((await cli(to, 'sessions', 'remove', copy)).code, 0);
    assert.equal((await cli(to, 'sessions')).stdout, '');
  });

  it('says in one line what cannot be imported, and changes nothing', async () => {
    const home = temporaryFolder('home');
    const cwd = temporaryFolder('work');
    for (const [name, text, says] of [
      ['none.json', null, /cannot be read: ENOENT/],
      ['text.json', 'hello', /it is not JSON/],
      [
        'other.json',
        '{"kind":"devstral-session","v":9,"events":[]}',
        /no session that was exported, or of another version/,
      ],
      [
        'bad.json',
        '{"kind":"devstral-session","v":1,"app":"1","id":"a","startedAt":1,"folders":[],"events":[{"at":1,"event":{"type":"x"}}]}',
        /no session/,
      ],
    ] as const) {
      if (text !== null) writeFileSync(join(cwd, name), text);
      const { code, stdout, stderr } = await devstral(['sessions', 'import', name, '--cwd', cwd], {
        DEVSTRAL_HOME: home,
      });
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
      assert.equal(stderr.trim().split('\n').length, 1);
    }
    for (const args of [['import'], ['export'], ['export', '../a'], ['export', 'nope'], ['remove', 'nope'], ['what']]) {
      const { code, stderr } = await devstral(['sessions', ...args, '--cwd', cwd], { DEVSTRAL_HOME: home });
      assert.equal(code, 2);
      assert.equal(stderr.trim().split('\n').length, 1, stderr);
    }
    const left = readdirSync(join(home, 'data'), { recursive: true }).filter((name) => `${name}`.endsWith('.jsonl'));
    assert.deepEqual(left, []);
  });
});

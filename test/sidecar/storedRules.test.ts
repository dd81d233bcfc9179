import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { devstral } from './runCli.ts';
import { temporaryFolder } from './startSidecar.ts';

describe('"always" in a terminal', () => {
  let server: ScriptedServer;
  const command = 'node check.mjs';
  const script = (): ScriptedReply[] => [
    { stream: [{ call: { index: 0, name: 'bash', arguments: [JSON.stringify({ command })] } }], finish: 'tool_calls' },
    { stream: ['Done.'] },
  ];
  before(async function () {
    if (!existsSync('/usr/bin/script')) this.skip();
    server = await startScriptedServer([...script(), ...script(), ...script()]);
  });
  after(() => server?.close());

  /** `devstral ask` in a terminal of its own where somebody types `answer` when asked. */
  async function askInTerminal(cwd: string, home: string, answer: string): Promise<string> {
    const line = ['ask', 'Check', '--endpoint', server.url, '--cwd', cwd].map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', `'${process.execPath}' '${resolve('dist/cli.mjs')}' ${line}`, '/dev/null'], {
      env: { ...process.env, DEVSTRAL_HOME: home, INIT_CWD: '' },
    });
    let said = '';
    let ended = false;
    child.stdout.on('data', (data: Buffer) => (said += data));
    child.once('close', () => (ended = true));
    while (!ended && !said.includes('Allow?')) await delay(20);
    if (!ended) child.stdin.write(`${answer}\n`);
    while (!ended) await delay(20);
    return said;
  }

  it('is stored for the folder, holds in the next run, is shown and can be taken back', async () => {
    const [folder, home] = [temporaryFolder('rules'), temporaryFolder('home')];
    writeFileSync(join(folder, 'check.mjs'), 'console.log("checked")');
    const cli = (...args: string[]) => devstral([...args, '--cwd', folder], { DEVSTRAL_HOME: home });
    const first = await askInTerminal(folder, home, 'a');
    assert.match(first, /a = always in this folder \(node check\.mjs\)/);
    assert.match(first, /Stored for this folder: node check\.mjs/);
    const second = await askInTerminal(folder, home, 'n');
    assert.doesNotMatch(second, /Allow\?/);
    assert.match(second, /exit 0/);
    assert.deepEqual(await cli('rules'), { code: 0, stdout: 'node check.mjs\n', stderr: '' });
    const elsewhere = await devstral(['rules', '--cwd', home], { DEVSTRAL_HOME: home });
    assert.equal(elsewhere.stdout, '');
    assert.equal((await cli('rules', 'remove', 'npm test')).code, 1);
    assert.equal((await cli('rules', 'remove', 'node', 'check.mjs')).code, 0);
    assert.match(await askInTerminal(folder, home, 'n'), /Allow\?/);
  });

  it('rules that cannot be read are said in one line and left as they are', async () => {
    const [folder, home] = [temporaryFolder('rules'), temporaryFolder('home')];
    await devstral(['rules', '--cwd', folder], { DEVSTRAL_HOME: home });
    const path = join(home, 'data', 'rules.json');
    for (const text of ['{', '[]', '{"/a": "npm test"}']) {
      writeFileSync(path, text);
      for (const args of [['rules'], ['rules', 'remove', 'a'], ['ask', 'Hi', '--endpoint', server.url]]) {
        const { code, stderr } = await devstral([...args, '--cwd', folder], { DEVSTRAL_HOME: home });
        assert.equal(code, 2);
        assert.match(stderr, /^devstral: \S+rules\.json cannot be read as rules: mend or delete it\n$/);
      }
      assert.equal(readFileSync(path, 'utf8'), text);
    }
  });
});

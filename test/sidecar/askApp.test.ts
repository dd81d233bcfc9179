import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { filesOf, todoApp } from '../servers/todoApp.ts';
import { devstral } from './runCli.ts';
import { temporaryFolder } from './startSidecar.ts';

describe('a whole application through devstral ask', () => {
  let server: ScriptedServer | undefined;
  afterEach(() => server?.close());

  it('is written byte for byte, compiles, and a second turn changes three files', async () => {
    const { files, changed, first: writing, second: changing } = todoApp(join('test', 'fixtures'));
    const folder = temporaryFolder('app');
    const home = temporaryFolder('home');
    const ask = (prompt: string, ...flags: string[]) =>
      devstral(
        ['ask', prompt, '--mode', 'accept-edits', '--json', '--endpoint', server?.url ?? '', '--cwd', folder, ...flags],
        { DEVSTRAL_HOME: home },
      );

    server = await startScriptedServer(writing);
    const first = await ask('Write a to-do app with FastAPI and React.');
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(filesOf(folder), files);
    const python = Object.keys(files).filter((name) => name.endsWith('.py'));
    const compiled = spawnSync('python3', ['-m', 'py_compile', ...python], { cwd: folder, encoding: 'utf8' });
    if (compiled.error === undefined) assert.equal(compiled.status, 0, compiled.stderr);
    for (const [name, text] of Object.entries(files).filter(([path]) => /\.jsx?$/.test(path))) {
      await transform(text, { loader: 'jsx', sourcefile: name });
    }
    await server.close();

    server = await startScriptedServer(changing);
    const { session } = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '') as { session: string };
    const second = await ask('Give to-dos a priority.', '--resume', session);
    assert.equal(second.code, 0, second.stderr);
    const found = filesOf(folder);
    for (const path of Object.keys(found)) if (path.includes('__pycache__')) delete found[path];
    assert.deepEqual(found, changed);
    // The second turn goes on with the first: its messages begin the prompt.
    const prompt = server.chats().at(-1)?.body as { messages: { role: string; content: string }[] };
    assert.ok(prompt.messages.some(({ content }) => content === 'The app is there.'));
  });
});

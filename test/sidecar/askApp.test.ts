import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { devstral } from './runCli.ts';
import { temporaryFolder } from './startSidecar.ts';

const fixture = join('test', 'fixtures', 'todoApp');

const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

type Call = [name: string, args: object];

/** An answer with calls; their arguments come in pieces, as servers send them. */
const answer = (text: string, calls: Call[]): ScriptedReply => ({
  stream: [
    text,
    ...calls.map(([name, args], index) => ({
      call: { index, name, arguments: JSON.stringify(args).match(/[\s\S]{1,97}/gu) ?? [] },
    })),
  ],
  finish: 'tool_calls',
});

describe('a whole application through devstral ask', () => {
  let server: ScriptedServer | undefined;
  afterEach(() => server?.close());

  it('is written byte for byte, compiles, and a second turn changes three files', async () => {
    const files = filesOf(fixture);
    const folder = temporaryFolder('app');
    const home = temporaryFolder('home');
    const ask = (prompt: string, ...flags: string[]) =>
      devstral(
        ['ask', prompt, '--mode', 'accept-edits', '--json', '--endpoint', server?.url ?? '', '--cwd', folder, ...flags],
        { DEVSTRAL_HOME: home },
      );

    // Two files an answer.
    const writes = Object.entries(files).map(([file_path, content]): Call => ['write_file', { file_path, content }]);
    const pairs = Array.from({ length: Math.ceil(writes.length / 2) }, (_, at) => writes.slice(2 * at, 2 * at + 2));
    server = await startScriptedServer([
      ...pairs.map((calls, at) => answer(`Part ${at + 1}.`, calls)),
      { stream: ['The app is there.'] },
    ]);
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

    const edits: [path: string, from: string, to: string][] = [
      [
        'backend/app/models.py',
        '    done: bool = False\n',
        '    done: bool = False\n    priority: int = Field(default=0, ge=0, le=3)\n',
      ],
      ['backend/app/store.py', 'key=lambda todo: todo.id', 'key=lambda todo: (-todo.priority, todo.id)'],
      ['frontend/src/components/TodoItem.jsx', '{todo.title}', "{'!'.repeat(todo.priority)} {todo.title}"],
    ];
    server = await startScriptedServer([
      answer(
        'I look.',
        edits.map(([file_path]): Call => ['read', { file_path }]),
      ),
      answer(
        '',
        edits.map(([file_path, old_string, new_string]): Call => ['edit', { file_path, old_string, new_string }]),
      ),
      { stream: ['To-dos have a priority.'] },
    ]);
    const { session } = JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '') as { session: string };
    const second = await ask('Give to-dos a priority.', '--resume', session);
    assert.equal(second.code, 0, second.stderr);
    const expected = { ...files };
    for (const [path, from, to] of edits) expected[path] = (files[path] ?? '').replace(from, () => to);
    const found = filesOf(folder);
    for (const path of Object.keys(found)) if (path.includes('__pycache__')) delete found[path];
    assert.deepEqual(found, expected);
    // The second turn goes on with the first: its messages begin the prompt.
    const prompt = server.chats().at(-1)?.body as { messages: { role: string; content: string }[] };
    assert.ok(prompt.messages.some(({ content }) => content === 'The app is there.'));
  });
});

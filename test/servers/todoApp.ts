import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScriptedReply } from './scriptedServer.ts';

/** Texts of all files below a folder, by path. */
export const filesOf = (folder: string): Record<string, string> =>
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

/** About what a server would say: without it all is counted by its bytes, which would be too much for the context. */
const usage = { prompt_tokens: 6000, completion_tokens: 400 };

/** An answer with calls; their arguments come in pieces, as servers send them. */
const answer = (text: string, calls: Call[]): ScriptedReply => ({
  stream: [
    text,
    ...calls.map(([name, args], index) => ({
      call: { index, name, arguments: JSON.stringify(args).match(/[\s\S]{1,97}/gu) ?? [] },
    })),
  ],
  finish: 'tool_calls',
  usage,
});

const edits: [path: string, from: string, to: string][] = [
  [
    'backend/app/models.py',
    '    done: bool = False\n',
    '    done: bool = False\n    priority: int = Field(default=0, ge=0, le=3)\n',
  ],
  ['backend/app/store.py', 'key=lambda todo: todo.id', 'key=lambda todo: (-todo.priority, todo.id)'],
  ['frontend/src/components/TodoItem.jsx', '{todo.title}', "{'!'.repeat(todo.priority)} {todo.title}"],
];

/** The to-do app with FastAPI and React, written in one turn and changed in three files in a second one. */
export interface TodoApp {
  /** The app as the first turn leaves it, and as the second one does. */
  files: Record<string, string>;
  changed: Record<string, string>;
  first: ScriptedReply[];
  second: ScriptedReply[];
}

/** `fixtures`: folder of the fixtures; `at`: a path of the app as the model names it. */
export function todoApp(fixtures: string, at: (path: string) => string = (path) => path): TodoApp {
  const files = filesOf(join(fixtures, 'todoApp'));
  const changed = { ...files };
  for (const [path, from, to] of edits) changed[path] = (files[path] ?? '').replace(from, () => to);
  // Two files an answer.
  const writes = Object.entries(files).map(([path, content]): Call => ['write_file', { file_path: at(path), content }]);
  const pairs = Array.from({ length: Math.ceil(writes.length / 2) }, (_, each) => writes.slice(2 * each, 2 * each + 2));
  return {
    files,
    changed,
    first: [...pairs.map((calls, each) => answer(`Part ${each + 1}.`, calls)), { stream: ['The app is there.'] }],
    second: [
      answer(
        'I look.',
        edits.map(([path]): Call => ['read', { file_path: at(path) }]),
      ),
      answer(
        '',
        edits.map(([path, old_string, new_string]): Call => ['edit', { file_path: at(path), old_string, new_string }]),
      ),
      { stream: ['To-dos have a priority.'] },
    ],
  };
}

import type { Alias } from './readCall.ts';

type Args = Record<string, unknown>;

/** What Devstral's versions call the same things: OpenHands' tools (1.0, 1.1), mistral-vibe's older names, OpenAI's patch. */
export const aliases: ReadonlyMap<string, Alias> = new Map<string, Alias>([
  ['str_replace_editor', strReplaceEditor],
  ['str_replace_based_edit_tool', strReplaceEditor],
  ['execute_bash', ({ command, timeout }) => named('bash', { command, timeout })],
  ['task_tracker', taskTracker],
  ['read_file', (args) => named('read', { ...renamed(args, { path: 'file_path' }) })],
  ['read', (args) => named('read', renamed(args, { path: 'file_path' }))],
  ['edit', (args) => named('edit', renamed(args, { path: 'file_path', old_str: 'old_string', new_str: 'new_string' }))],
  ['write_file', (args) => named('write_file', renamed(args, { path: 'file_path', file_text: 'content' }))],
  ['search_replace', (args) => named('search_replace', renamed(args, { path: 'file_path' }))],
  ['apply_patch', (args) => named('apply_patch', renamed(args, { input: 'patch' }))],
  ['ask_user_question', ({ question, options }) => named('ask_user', { question, options })],
]);

const named = (name: string, args: Args) => ({
  name,
  args: Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined && value !== null)),
});

/** Fields under another name; OpenHands' `security_risk` is not believed: the risk is ours to judge. */
function renamed(args: Args, names: Record<string, string>): Args {
  const { security_risk: _risk, ...rest } = args;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [names[key] ?? key, value]));
}

function strReplaceEditor({ command, path, file_text, old_str, new_str, insert_line, view_range }: Args) {
  switch (command) {
    case 'view': {
      const [from, to] = Array.isArray(view_range) ? view_range : [];
      if (typeof from !== 'number') return named('read', { file_path: path });
      const limit = typeof to === 'number' && to >= from ? to - from + 1 : undefined;
      return named('read', { file_path: path, offset: from, limit });
    }
    case 'create':
      return named('write_file', { file_path: path, content: file_text ?? '' });
    case 'str_replace':
      return named('edit', { file_path: path, old_string: old_str, new_string: new_str ?? '' });
    case 'insert':
      return named('insert_lines', { file_path: path, insert_line, new_string: new_str });
    default:
      return null;
  }
}

const states: Record<string, string> = { todo: 'open', in_progress: 'doing', done: 'done' };

function taskTracker({ task_list }: Args) {
  const items = (Array.isArray(task_list) ? task_list : []).map((task: unknown) => {
    const { title, status } = (task ?? {}) as Args;
    return { text: String(title ?? ''), state: states[String(status)] ?? 'open' };
  });
  return named('todo', { items });
}

import * as z from 'zod';
import { isSecretPath } from '../permission/pathRisk.ts';
import { plural, t } from '../protocol/translate.ts';
import { runGit } from '../workspace/runGit.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const Args = z.strictObject({
  command: z.enum(['status', 'diff', 'log', 'show']),
  ref: z.string().optional().describe('Commit, branch or range; with show also "HEAD~1:src/a.py"'),
  path: z.string().optional(),
  staged: z.boolean().optional().describe('diff: what is in the index'),
});
type Args = z.infer<typeof Args>;

/** Characters for the model. */
const mostText = 30_000;

/** Looks at a repository; changes nothing. Offered only where there is one. */
export const gitTool: Tool<Args> = {
  name: 'git',
  description: 'Look at the git repository.',
  args: Args,
  effect: 'disk',
  title: ({ command, ref, path }) => ['git', command, ref, path].filter(Boolean).join(' '),
  async run(args, { roots, signal }): Promise<ToolResult> {
    const at = placeOf(args.path, roots);
    if ('reason' in at) return refused(at.reason);
    const { command, ref = '' } = args;
    if (!/^[\w./~^@{}:+-]*$/.test(ref) || ref.startsWith('-')) return refused(`${ref} names no commit.`);
    const blob = ref.includes(':');
    if (blob && command !== 'show') return refused('ref: a path after a colon goes with show only.');
    // `HEAD:path`, `:path` and `:0:path`, of the index.
    const names = ref.split(':').map((_, at, all) => all.slice(at).join(':'));
    if (blob && names.slice(1).some(isSecretPath)) return refused(`${ref} has secrets: it is not shown.`);
    const run = await runGit(argsOf(args, at.relative), { cwd: at.root, writes: false, signal });
    if (run.kind === 'broke') return refused(run.reason);
    if (run.code !== 0)
      return {
        ok: false,
        text: run.said || `git ended with ${run.code}.`,
        summary: t('exit {code}', { code: run.code ?? '' }),
      };
    const text = command === 'diff' || (command === 'show' && !blob) ? withoutSecrets(run.out) : run.out;
    return { ok: true, text: bounded(text.trimEnd(), run.cut) || nothing[command], summary: summaryOf(text) };
  },
};

const nothing = {
  status: 'Nothing changed.',
  diff: 'No differences. New files that git does not know are in status.',
  log: 'No commits.',
  show: 'Empty.',
};

const refused = (text: string): ToolResult => ({ ok: false, text, summary: t('not run') });

/** The root that a path is in, and the path below it. */
function placeOf(path: string | undefined, roots: ToolContext['roots']) {
  const found = resolveInside([...roots], path ?? roots[0] ?? '.');
  if (found.kind === 'outside') return { reason: `${path} is outside of the workspace.` };
  return { root: found.root, relative: path === undefined ? '' : found.relative || '.' };
}

function argsOf({ command, ref, staged }: Args, path: string): string[] {
  const [revision, below] = [ref ? [ref] : [], path === '' ? [] : ['--', path]];
  // Programs that attributes name to show a file are not run; paths are those of the workspace.
  const patch = ['--no-ext-diff', '--no-textconv', '--relative', '--src-prefix=a/', '--dst-prefix=b/'];
  const inside = ['--ignore-submodules=dirty'];
  if (command === 'status') return ['status', '--short', '--branch', ...inside, ...below];
  if (command === 'log') return ['log', '-n', '20', '--date=short', '--format=%h %ad %an: %s', ...revision, ...below];
  if (command === 'diff') return ['diff', ...patch, ...inside, ...(staged ? ['--cached'] : []), ...revision, ...below];
  return ['show', ...patch, '--date=short', ...revision, ...below];
}

/** A patch without the files that have secrets; a line says that they are there. */
function withoutSecrets(patch: string): string {
  const parts = patch.split(/^(?=diff --(?:git|cc|combined) )/m);
  return parts
    .map((part) => {
      const named = /^diff --(?:git "?a\/(.*?)"? "?b\/(.*?)"?|(?:cc|combined) "?(.*?)"?)$/m.exec(part);
      const names = part.startsWith('diff --') ? (named?.slice(1) ?? []).filter((name) => name !== undefined) : [];
      return names.some(isSecretPath) ? `(${names.at(-1)} changed; it has secrets and is not shown)\n` : part;
    })
    .join('');
}

function bounded(text: string, cut: boolean): string {
  if (text.length <= mostText && !cut) return text;
  const lines = text.slice(0, mostText).toWellFormed();
  return `${lines.slice(0, Math.max(lines.lastIndexOf('\n'), 1))}\n(cut: name a path for the rest)`;
}

function summaryOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '').length;
  return plural(lines, { one: '{count} line', other: '{count} lines' });
}

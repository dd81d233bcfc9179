import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as z from 'zod';
import { isSecretPath } from '../permission/pathRisk.ts';
import { t } from '../protocol/translate.ts';
import { type GitRun, runGit } from '../workspace/runGit.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({
  message: z.string().min(1),
  paths: z.array(z.string()).min(1).describe('What to commit; "." is all'),
});
type Args = z.infer<typeof Args>;

/** Commits files as they are on disk. Offered only where there is a repository. */
export const gitCommitTool: Tool<Args> = {
  name: 'git_commit',
  description: 'Commit files, only when the person asks for it.',
  args: Args,
  effect: 'command',
  title: ({ message }) => t('Commit "{subject}"', { subject: subject(message) }),
  async assess({ message, paths }, { roots }) {
    const what = `git commit -m "${subject(message)}" ${paths.join(' ')}`;
    const first = resolveInside([...roots], paths[0] ?? '.');
    const hooks = await hooksOf(first.kind === 'inside' ? first.root : (roots[0] ?? '.'));
    if (hooks.length === 0) return { risk: 'medium', what, reasons: [t("Adds to the repository's history")] };
    // They may run what the model has written into the project.
    return {
      risk: 'high',
      what,
      reasons: [t('Runs hooks of the repository outside of the sandbox: {hooks}', { hooks: hooks.join(', ') })],
    };
  },
  async run({ message, paths }, { roots, signal }): Promise<ToolResult> {
    const places = paths.map((path) => resolveInside([...roots], path));
    const outside = places.findIndex(({ kind }) => kind === 'outside');
    if (outside >= 0) return refused(`${paths[outside]} is outside of the workspace.`);
    const inside = places.filter((place) => place.kind === 'inside');
    const cwd = inside[0]?.root ?? '';
    if (inside.some(({ root }) => root !== cwd)) return refused('Commit the files of each folder by themselves.');
    const named = ['--', ...inside.map(({ relative }) => relative || '.')];

    const look = await runGit(['status', '--porcelain', '-z', '--untracked-files=all', ...named], {
      cwd,
      writes: false,
      signal,
    });
    if (look.kind === 'broke') return refused(look.reason);
    if (look.code !== 0) return refused(look.said);
    const changed = look.out.split('\0').map((entry) => entry.replace(/^[ MTADRCU?!]{2} /, ''));
    const secret = changed.find((path) => path !== '' && isSecretPath(path));
    if (secret !== undefined) return refused(`${secret} has secrets: name the other files one by one.`);
    if (look.out === '') return refused('Nothing changed there.');

    const added = await runGit(['add', '-A', ...named], { cwd, writes: true, signal });
    if (added.kind === 'broke' || added.code !== 0) return resultOf(added);
    return resultOf(await runGit(['commit', `--message=${message}`, ...named], { cwd, writes: true, signal }));
  },
};

const hookNames =
  /^(?:pre-commit|prepare-commit-msg|commit-msg|post-commit|post-index-change|reference-transaction)(?:\.exe)?$/;

/** The hooks that a commit may run; where that cannot be told, git's word for it. */
async function hooksOf(cwd: string): Promise<string[]> {
  // With the repository's own settings: these two run nothing.
  const run = (args: string[]) => runGit(args, { cwd, writes: true, signal: AbortSignal.timeout(10_000) });
  try {
    const [folder, configured] = [
      await run(['rev-parse', '--git-path', 'hooks']),
      await run(['config', '--get-regexp', '^hook\\.']),
    ];
    if (folder.kind !== 'ran' || folder.code !== 0) return ['hooks'];
    const names = await readdir(resolve(cwd, folder.out.trim())).catch((): string[] => []);
    const others = configured.kind === 'ran' && configured.code === 0 ? [t('hooks of the settings')] : [];
    return [...names.filter((name) => hookNames.test(name)), ...others];
  } catch {
    return ['hooks'];
  }
}

function resultOf(run: GitRun): ToolResult {
  if (run.kind === 'broke') return refused(run.reason);
  const said = [run.out.trim(), run.said].filter(Boolean).join('\n').slice(0, 5000);
  if (run.code !== 0)
    return {
      ok: false,
      text: said || `git ended with ${run.code}.`,
      summary: t('exit {code}', { code: run.code ?? '' }),
    };
  return { ok: true, text: said, summary: t('committed') };
}

const subject = (message: string) => message.split('\n')[0]?.slice(0, 72) ?? '';

const refused = (text: string): ToolResult => ({ ok: false, text, summary: t('not committed') });

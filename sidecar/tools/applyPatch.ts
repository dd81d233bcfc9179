import * as z from 'zod';
import { replaceOldText } from '../edits/matchOldText.ts';
import { plural, t } from '../protocol/translate.ts';
import type { WorkspaceFiles } from '../workspace/workspaceFiles.ts';
import { worstOf } from './edit.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ patch: z.string() });
type Args = z.infer<typeof Args>;

type Part =
  | { kind: 'add'; path: string; text: string }
  | { kind: 'delete'; path: string }
  | { kind: 'update'; path: string; to: string | null; hunks: { old: string; fresh: string }[] };

/** What one part comes to, looked at before anything is written. */
type Planned = { path: string; to: string | null; text: string | null };

/** The patch form of OpenAI's agents (`*** Begin Patch`), which models mix up with the tools they were told of. All or nothing. */
export const applyPatchTool: Tool<Args> = {
  name: 'apply_patch',
  hidden: true,
  description: 'Apply a patch.',
  args: Args,
  effect: 'edit',
  assess: ({ patch }, { roots }) =>
    worstOf(
      partsOf(patch).flatMap((part) =>
        part.kind === 'update' && part.to !== null ? [part.path, part.to] : [part.path],
      ),
      roots,
    ),
  title: ({ patch }) =>
    t('Edit {file}', {
      file: partsOf(patch)
        .map(({ path }) => path)
        .join(', '),
    }),
  async run({ patch }, { files, signal }): Promise<ToolResult> {
    const parts = partsOf(patch);
    if (parts.length === 0) return { ok: false, text: 'The patch names no file.', summary: t('no patch') };
    const twice = parts.find(({ path }, at) => parts.findIndex((other) => other.path === path) !== at);
    if (twice) {
      const text = `The patch names ${twice.path} twice: put all its changes into one part. Nothing changed.`;
      return { ok: false, text, summary: t('does not apply') };
    }
    const planned: Planned[] = [];
    for (const part of parts) {
      const plan = await planPart(part, files, signal);
      if ('reason' in plan) return { ok: false, text: `${plan.reason} Nothing changed.`, summary: t('does not apply') };
      planned.push(plan);
    }
    const changed: string[] = [];
    for (const { path, to, text } of planned) {
      const written = text === null ? await files.remove(path, signal) : await files.write(path, text, signal);
      const done = written.kind === 'written' && to !== null ? await files.rename(path, to, signal) : written;
      if (done.kind === 'refused') {
        const before = changed.length > 0 ? ` Changed before that: ${changed.join(', ')}.` : '';
        return { ok: false, text: `${done.reason}${before}`, summary: t('not written') };
      }
      changed.push(to ?? path);
    }
    return {
      ok: true,
      text: `Changed ${changed.join(', ')}.`,
      summary: plural(planned.length, { one: '{count} file', other: '{count} files' }),
    };
  },
};

async function planPart(part: Part, files: WorkspaceFiles, signal: AbortSignal): Promise<Planned | { reason: string }> {
  const { path } = part;
  const found = await files.read(path, signal);
  if (part.kind === 'add') {
    return found.kind === 'refused' ? { path, to: null, text: part.text } : { reason: `${path} exists already.` };
  }
  if (found.kind === 'refused') return { reason: found.reason };
  if (found.kind !== 'text') return { reason: `${path} is not a text file.` };
  if (part.kind === 'delete') return { path, to: null, text: null };
  let { text } = found.file;
  for (const { old, fresh } of part.hunks) {
    const replaced = replaceOldText(text, old, fresh);
    if (replaced.kind === 'noop') continue;
    if (replaced.kind !== 'replaced') return { reason: `A change of ${path} matches no place of it.` };
    text = replaced.text;
  }
  return { path, to: part.to, text };
}

function partsOf(patch: string): Part[] {
  const parts: Part[] = [];
  for (const line of patch.split('\n')) {
    const [, verb, path = ''] = /^\*\*\* (Add|Delete|Update) File: (.+?)\s*$/.exec(line) ?? [];
    const last = parts.at(-1);
    const moved = /^\*\*\* Move to: (.+?)\s*$/.exec(line)?.[1];
    if (verb === 'Add') parts.push({ kind: 'add', path, text: '' });
    else if (verb === 'Delete') parts.push({ kind: 'delete', path });
    else if (verb === 'Update') parts.push({ kind: 'update', path, to: null, hunks: [] });
    else if (moved && last?.kind === 'update') last.to = moved;
    else if (line.startsWith('***')) continue;
    else if (last?.kind === 'add' && line.startsWith('+')) last.text += `${line.slice(1)}\n`;
    else if (last?.kind === 'update' && line.startsWith('@@')) last.hunks.push({ old: '', fresh: '' });
    else if (last?.kind === 'update') addLine(last.hunks, line);
  }
  return parts;
}

function addLine(hunks: { old: string; fresh: string }[], line: string): void {
  if (hunks.length === 0) hunks.push({ old: '', fresh: '' });
  const hunk = hunks.at(-1);
  if (!hunk || line === '') return;
  const text = `${line.slice(1)}\n`;
  if (!line.startsWith('+')) hunk.old += text;
  if (!line.startsWith('-')) hunk.fresh += text;
}

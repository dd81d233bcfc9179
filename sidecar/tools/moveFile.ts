import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import { worstOf, writeResult } from './edit.ts';
import type { Tool } from './tool.ts';

const Args = z.strictObject({
  file_path: z.string(),
  to: z.string().optional().describe('New path; absent: delete the file'),
});
type Args = z.infer<typeof Args>;

/** Renames or deletes a text file. */
export const moveFileTool: Tool<Args> = {
  name: 'move_file',
  description: 'Rename or delete a file.',
  args: Args,
  effect: 'edit',
  assess: ({ file_path, to }, { roots }) => worstOf([file_path, ...(to === undefined ? [] : [to])], roots),
  title: ({ file_path, to }) =>
    to === undefined ? t('Delete {name}', { name: file_path }) : t('Rename {file} to {to}', { file: file_path, to }),
  async run({ file_path, to }, { files, signal }) {
    if (to !== undefined) return writeResult(await files.rename(file_path, to, signal));
    const removed = await files.remove(file_path, signal);
    if (removed.kind === 'refused') return { ok: false, text: removed.reason, summary: t('not deleted') };
    return { ok: true, text: `Deleted ${removed.relative}.`, summary: t('deleted') };
  },
};

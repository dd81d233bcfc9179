import * as z from 'zod';
import { toLf } from '../edits/lineEndings.ts';
import { fileAssessment } from '../permission/assess.ts';
import { t } from '../protocol/translate.ts';
import { writeResult } from './edit.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ file_path: z.string(), insert_line: z.int().min(0), new_string: z.string() });
type Args = z.infer<typeof Args>;

/** OpenHands' `insert`: after a line, 0 for the start of the file. */
export const insertLinesTool: Tool<Args> = {
  name: 'insert_lines',
  hidden: true,
  description: 'Insert lines.',
  args: Args,
  effect: 'edit',
  assess: ({ file_path }, { roots }) => fileAssessment(file_path, 'write', roots),
  title: ({ file_path, insert_line }) => t('Edit {file}, after line {line}', { file: file_path, line: insert_line }),
  async run({ file_path, insert_line, new_string }, { files, signal }): Promise<ToolResult> {
    const found = await files.read(file_path, signal);
    if (found.kind === 'refused') return { ok: false, text: found.reason, summary: t('not read') };
    if (found.kind !== 'text')
      return { ok: false, text: `${found.relative} is not a text file.`, summary: t('not text') };
    const lines = toLf(found.file.text).split('\n');
    const count = lines.at(-1) === '' ? lines.length - 1 : lines.length;
    if (insert_line > count)
      return { ok: false, text: `${found.relative} has ${count} lines.`, summary: t('no such line') };
    lines.splice(insert_line, 0, ...toLf(new_string).replace(/\n$/, '').split('\n'));
    return writeResult(await files.write(file_path, lines.join('\n'), signal));
  },
};

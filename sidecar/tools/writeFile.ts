import * as z from 'zod';
import { toLf } from '../edits/lineEndings.ts';
import { looksPartial } from '../edits/looksPartial.ts';
import { fileAssessment } from '../permission/assess.ts';
import { t } from '../protocol/translate.ts';
import { writeResult } from './edit.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ file_path: z.string(), content: z.string() });
type Args = z.infer<typeof Args>;

/** Makes a file, or replaces all of it. */
export const writeFileTool: Tool<Args> = {
  name: 'write_file',
  description: 'Create a file with this content, or replace the whole file. Use edit for parts of a file.',
  args: Args,
  effect: 'edit',
  assess: ({ file_path }, { roots }) => fileAssessment(file_path, 'write', roots),
  title: ({ file_path }) => t('Write {file}', { file: file_path }),
  async run({ file_path, content }, { files, signal }): Promise<ToolResult> {
    const found = await files.read(file_path, signal);
    if (found.kind === 'folder') return { ok: false, text: `${found.relative} is a folder.`, summary: t('a folder') };
    if (found.kind === 'text') {
      const before = toLf(found.file.text);
      if (before === toLf(content))
        return { ok: false, text: 'The file is so already: nothing changed.', summary: t('no change') };
      // "... rest of the code" would delete the rest of the code.
      if (looksPartial(before, toLf(content))) {
        const text = `This is only a part of ${found.relative}; nothing changed. Send all of it, or use edit.`;
        return { ok: false, text, summary: t('only a part') };
      }
    }
    return writeResult(await files.write(file_path, content, signal));
  },
};

import * as z from 'zod';
import { replaceOldText } from '../edits/matchOldText.ts';
import { readSearchReplace, startsEdit } from '../edits/searchReplace.ts';
import { fileAssessment } from '../permission/assess.ts';
import { t } from '../protocol/translate.ts';
import { writeResult } from './edit.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ file_path: z.string(), content: z.string() });
type Args = z.infer<typeof Args>;

/** mistral-vibe's older form of an edit: `<<<<<<< SEARCH` blocks, all of them or none. */
export const searchReplaceTool: Tool<Args> = {
  name: 'search_replace',
  hidden: true,
  description: 'Replace text by SEARCH/REPLACE blocks.',
  args: Args,
  effect: 'edit',
  assess: ({ file_path }, { roots }) => fileAssessment(file_path, 'write', roots),
  title: ({ file_path }) => t('Edit {file}', { file: file_path }),
  async run({ file_path, content }, { files, signal }): Promise<ToolResult> {
    const edits = blocksOf(content, file_path);
    if (edits.length === 0)
      return { ok: false, text: 'There is no whole SEARCH/REPLACE block.', summary: t('no block') };
    const found = await files.read(file_path, signal);
    if (found.kind === 'refused') return { ok: false, text: found.reason, summary: t('not read') };
    if (found.kind !== 'text')
      return { ok: false, text: `${found.relative} is not a text file.`, summary: t('not text') };
    let { text } = found.file;
    for (const [i, { oldString, newString }] of edits.entries()) {
      const replaced = replaceOldText(text, oldString, newString);
      if (replaced.kind === 'noop') continue;
      if (replaced.kind !== 'replaced') {
        const why = replaced.kind === 'ambiguous' ? `stands ${replaced.count} times` : 'was not found';
        const near =
          replaced.kind === 'notFound' && replaced.nearest ? ` The nearest lines:\n${replaced.nearest.text}` : '';
        return {
          ok: false,
          text: `The text of block ${i + 1} ${why}; nothing changed.${near}`,
          summary: t('not found'),
        };
      }
      text = replaced.text;
    }
    if (text === found.file.text) return { ok: false, text: 'Nothing changed.', summary: t('no change') };
    return writeResult(await files.write(file_path, text, signal));
  },
};

function blocksOf(content: string, path: string) {
  const lines = content.split('\n');
  const edits = [];
  for (let at = 0; at < lines.length; ) {
    const block = startsEdit(lines[at] ?? '') ? readSearchReplace(lines, at, path) : null;
    if (block) edits.push(block.edit);
    at = block?.next ?? at + 1;
  }
  return edits;
}

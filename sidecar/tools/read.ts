import * as z from 'zod';
import { toLf } from '../edits/lineEndings.ts';
import { fileAssessment } from '../permission/assess.ts';
import { plural, t } from '../protocol/translate.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const Args = z.strictObject({
  file_path: z.string(),
  offset: z.int().min(1).optional().describe('First line, from 1'),
  limit: z.int().min(1).optional().describe('Number of lines'),
});
type Args = z.infer<typeof Args>;

const mostLines = 2000;
/** Characters: minified files have one line. */
const mostText = 60_000;

/** Lines of a file with their numbers, as the editor shows them. */
export const readTool: Tool<Args> = {
  name: 'read',
  description: `Read a file, at most ${mostLines} lines. Lines come with their numbers, which are not part of the file.`,
  args: Args,
  effect: 'read',
  assess: ({ file_path }, { roots }) => fileAssessment(file_path, 'read', roots),
  title: ({ file_path, offset, limit }) =>
    offset || limit
      ? `${t('Read {file}', { file: file_path })} ${offset ?? 1}${limit ? `-${(offset ?? 1) + limit - 1}` : ''}`
      : t('Read {file}', { file: file_path }),
  async run({ file_path, offset = 1, limit = mostLines }, { files, keepImage, signal }): Promise<ToolResult> {
    const found = await files.read(file_path, signal);
    if (found.kind === 'refused') return { ok: false, text: found.reason, summary: t('not read') };
    if (found.kind === 'folder')
      return { ok: false, text: `${found.relative} is a folder: use list.`, summary: t('a folder') };
    if (found.kind === 'image') return readImage(found.relative, found.bytes, keepImage);
    const lines = toLf(found.file.text).split('\n');
    if (lines.at(-1) === '') lines.pop();
    if (lines.length === 0) return { ok: true, text: `${found.relative} is empty.`, summary: t('empty') };
    if (offset > lines.length) {
      return { ok: false, text: `${found.relative} has ${lines.length} lines.`, summary: t('no such lines') };
    }
    const wanted = lines.slice(offset - 1, offset - 1 + Math.min(limit, mostLines));
    const { text, shown } = numbered(wanted, offset);
    const last = offset - 1 + shown;
    const more = last < lines.length ? `\n(${lines.length} lines in all; go on with offset ${last + 1})` : '';
    return { ok: true, text: text + more, summary: plural(shown, { one: '{count} line', other: '{count} lines' }) };
  },
};

async function readImage(path: string, bytes: Uint8Array, keep: ToolContext['keepImage']): Promise<ToolResult> {
  const refused = (text: string): ToolResult => ({ ok: false, text, summary: t('an image') });
  if (!keep) return refused(`${path} is an image, which this model cannot see.`);
  const kept = await keep(bytes, path);
  if ('refused' in kept) return refused(`${path} ${kept.refused}, so it cannot be shown.`);
  const size = `${kept.width} × ${kept.height}`;
  return { ok: true, text: `${path} is an image of ${size}, shown below.`, summary: size, images: [kept] };
}

/** As many whole lines as fit; a line alone that does not is cut. */
function numbered(lines: readonly string[], from: number): { text: string; shown: number } {
  const out: string[] = [];
  let room = mostText;
  for (const [i, line] of lines.entries()) {
    if (line.length > room && i > 0) break;
    out.push(`${from + i}\t${line.length > room ? `${line.slice(0, room)} (line cut)` : line}`);
    room -= line.length;
  }
  return { text: out.join('\n'), shown: out.length };
}

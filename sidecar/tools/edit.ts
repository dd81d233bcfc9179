import * as z from 'zod';
import { toLf } from '../edits/lineEndings.ts';
import { replaceOldText } from '../edits/matchOldText.ts';
import { fileAssessment, pathAssessment } from '../permission/assess.ts';
import { plural, t } from '../protocol/translate.ts';
import type { FileWrite } from '../workspace/workspaceFiles.ts';
import type { Assessment, Risk, Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({
  file_path: z.string(),
  old_string: z.string().describe('Text that is in the file once, with some lines around it'),
  new_string: z.string(),
  replace_all: z.boolean().optional(),
});
type Args = z.infer<typeof Args>;

/** Replaces text that the model names; never guesses between several places, and never changes anything on a miss. */
export const editTool: Tool<Args> = {
  name: 'edit',
  description: 'Replace text in a file. Read the file first; old_string must be exactly as it stands there.',
  args: Args,
  effect: 'edit',
  assess: ({ file_path }, { roots }) => fileAssessment(file_path, 'write', roots),
  title: ({ file_path }) => t('Edit {file}', { file: file_path }),
  async run({ file_path, old_string, new_string, replace_all }, { files, signal }): Promise<ToolResult> {
    const found = await files.read(file_path, signal);
    if (found.kind === 'refused') return { ok: false, text: found.reason, summary: t('not read') };
    if (found.kind !== 'text')
      return { ok: false, text: `${found.relative} is not a text file.`, summary: t('not text') };
    const { text } = found.file;
    if (replace_all) {
      const pieces = text.split(old_string);
      if (old_string === '' || pieces.length === 1) return missed(found.relative, text, null);
      const written = await files.write(file_path, pieces.join(new_string), signal);
      return writeResult(written, `${pieces.length - 1} places`);
    }
    const replaced = replaceOldText(text, old_string, new_string);
    switch (replaced.kind) {
      case 'noop':
        return { ok: false, text: 'old_string and new_string are the same: nothing changed.', summary: t('no change') };
      case 'ambiguous':
        return {
          ok: false,
          text: `old_string stands ${replaced.count} times in ${found.relative}. Add lines around it, or set replace_all.`,
          summary: plural(replaced.count, { one: '{count} place', other: '{count} places' }),
        };
      case 'notFound':
        return missed(found.relative, text, replaced.nearest);
      default:
        return writeResult(await files.write(file_path, replaced.text, signal));
    }
  },
};

/** Lines and characters of a file that is shown whole after a miss: small models edit before they have read. */
const shortFile = { lines: 60, characters: 4000 };

/** What the model needs to see after a miss: the real lines. */
function missed(file: string, text: string, nearest: { startLine: number; text: string } | null): ToolResult {
  const whole = toLf(text);
  const lines = whole.split('\n').length;
  const isShort = lines <= shortFile.lines && whole.length <= shortFile.characters;
  const near = nearest
    ? `The nearest lines are (from ${nearest.startLine + 1}):\n${nearest.text}`
    : `Nothing in its ${lines} lines is like it. Read the file.`;
  const hint = isShort ? `This is all of the file:\n${whole}` : near;
  return { ok: false, text: `old_string is not in ${file}; nothing changed. ${hint}`, summary: t('not found') };
}

/** The result of a write, for the model and the card. */
export function writeResult(written: FileWrite, places?: string): ToolResult {
  if (written.kind === 'refused') return { ok: false, text: written.reason, summary: t('not written') };
  const { relative, added, removed, created } = written;
  const what = created ? `Created ${relative}` : `Changed ${relative}`;
  return {
    ok: true,
    text: `${what}${places ? ` in ${places}` : ''} (+${added} -${removed}).`,
    summary: `+${added} -${removed}`,
  };
}

const order: Risk[] = ['low', 'medium', 'high'];

/** The assessment of a call that writes several files: the worst of them, with everything that is to be said. */
export function worstOf(paths: readonly string[], roots: readonly string[]): Assessment {
  const all = paths.map((path) => pathAssessment(path, 'write', roots));
  const risk = order.findLast((one) => all.some((assessment) => assessment.risk === one)) ?? 'high';
  const refused = all.find((assessment) => assessment.refused !== undefined)?.refused;
  return {
    risk,
    what: paths.join(', '),
    reasons: [...new Set(all.flatMap(({ reasons }) => reasons))],
    ...(refused === undefined ? {} : { refused }),
  };
}

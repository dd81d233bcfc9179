import * as z from 'zod';
import { plural, t } from '../protocol/translate.ts';
import { globMatcher } from '../workspace/search/globFiles.ts';
import { listFiles } from '../workspace/search/listFiles.ts';
import { searchPlaces } from '../workspace/search/searchPlace.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({
  pattern: z.string().min(1).describe('"*.ts", "src/**/*.test.*"'),
  path: z.string().optional().describe('Folder to look in'),
});
type Args = z.infer<typeof Args>;

const mostFiles = 200;

/** Files by their names, in the order of their paths. */
export const globTool: Tool<Args> = {
  name: 'glob',
  description: 'Find files by name.',
  args: Args,
  effect: 'read',
  title: ({ pattern, path }) =>
    path ? t('Find {pattern} in {path}', { pattern, path }) : t('Find {pattern}', { pattern }),
  async run({ pattern, path }, { roots, files, signal }): Promise<ToolResult> {
    const staged = files.staged();
    const found = await searchPlaces(roots, path, staged);
    if ('reason' in found) return { ok: false, text: found.reason, summary: t('not there') };
    const matches = globMatcher(pattern);
    const names: string[] = [];
    let whole = true;
    for (const place of found.places) {
      const listed = await listFiles(place, staged, signal);
      whole &&= listed.whole;
      // A pattern is meant from the workspace or from the folder that is named with it.
      const below = (shown: string) => (path === undefined ? shown : shown.slice(place.shown(place.path).length + 1));
      names.push(...listed.files.map(({ shown }) => shown).filter((shown) => matches(shown) || matches(below(shown))));
    }
    const not = whole ? '' : '\n(not all files were looked at: name a folder)';
    if (names.length === 0) return { ok: true, text: `No file matches ${pattern}.${not}`, summary: t('no files') };
    const more = names.length > mostFiles ? `\n(${names.length - mostFiles} more)` : '';
    const text = names.slice(0, mostFiles).join('\n') + more + not;
    return { ok: true, text, summary: plural(names.length, { one: '{count} file', other: '{count} files' }) };
  },
};

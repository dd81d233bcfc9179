import * as z from 'zod';
import { isSecretPath } from '../permission/pathRisk.ts';
import { plural, t } from '../protocol/translate.ts';
import type { FileHits, SearchResult } from '../workspace/search/hits.ts';
import { readPattern } from '../workspace/search/pattern.ts';
import { searchPlaces } from '../workspace/search/searchPlace.ts';
import { searchText } from '../workspace/search/searchText.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({
  pattern: z.string().min(1).describe('Regular expression, matched line by line'),
  path: z.string().optional().describe('Folder or file'),
  glob: z.string().min(1).optional().describe('Only such files: "*.py"'),
  ignore_case: z.boolean().optional(),
  context: z.int().min(0).max(10).optional().describe('Lines around each match'),
});
type Args = z.infer<typeof Args>;

/** Searches the text of the workspace, as it stands with what is staged. `ripgrep`: the program (`findRipgrep`); null: our own walk. */
export function createGrepTool(ripgrep: () => string | null): Tool<Args> {
  return {
    name: 'grep',
    description: 'Search the text of files. Skips what is ignored, binary or secret.',
    args: Args,
    effect: 'read',
    title: ({ pattern, path, glob }) =>
      path || glob
        ? t('Search "{pattern}" in {path}', { pattern, path: path ?? glob ?? '' })
        : t('Search "{pattern}"', { pattern }),
    async run({ pattern, path, glob, ignore_case, context = 0 }, { roots, files, signal }): Promise<ToolResult> {
      const read = readPattern(pattern, ignore_case ?? false);
      if (read.kind === 'refused') return { ok: false, text: read.reason, summary: t('not searched') };
      const staged = files.staged();
      const found = await searchPlaces(roots, path, staged);
      if ('reason' in found) return { ok: false, text: found.reason, summary: t('not there') };
      const [only] = found.places;
      if (only?.kind === 'file' && isSecretPath(only.shown(only.path))) {
        return {
          ok: false,
          text: `${only.shown(only.path)} has secrets: it is not searched.`,
          summary: t('not searched'),
        };
      }
      const query = { pattern: read.pattern, context, ...(glob === undefined ? {} : { glob }) };
      return resultOf(await searchText(found.places, query, { ripgrep: ripgrep(), staged, signal }));
    },
  };
}

const cuts = {
  time: '(stopped after 20 s: name a folder or a glob)',
  files: '(not all files were searched: name a folder)',
};

function resultOf(result: SearchResult): ToolResult {
  if (result.kind === 'refused') return { ok: false, text: result.reason, summary: t('not searched') };
  const { files, hits, fileCount, cut } = result;
  const end = cut ? [cuts[cut]] : [];
  if (hits === 0) return { ok: true, text: ['No line matches.', ...end].join('\n'), summary: t('no hits') };
  const shown = files.reduce((sum, { lines }) => sum + lines.filter(({ at }) => at !== null).length, 0);
  if (hits > shown) end.unshift(`(${hits - shown} more lines match, in ${fileCount} files in all)`);
  return {
    ok: true,
    text: [...files.map(fileText), ...end].join('\n'),
    summary: plural(hits, { one: '{count} hit', other: '{count} hits' }),
  };
}

/** The path, then its lines: "12:" where it matches, "13-" around that, "--" where lines are left out. */
function fileText({ shown, lines }: FileHits): string {
  const hasContext = lines.some(({ at }) => at === null);
  const out = [shown];
  for (const [index, { line, text, at }] of lines.entries()) {
    const before = lines[index - 1]?.line;
    if (hasContext && before !== undefined && before + 1 < line) out.push('--');
    out.push(`${line}${at === null ? '-' : ':'}${text}`);
  }
  return out.join('\n');
}

import { stat } from 'node:fs/promises';
import { sep } from 'node:path';
import * as z from 'zod';
import { plainSize } from '../models/sizeText.ts';
import { plural, t } from '../protocol/translate.ts';
import { byPath, stagedFiles } from '../workspace/search/listFiles.ts';
import { type SearchPlace, searchPlaces } from '../workspace/search/searchPlace.ts';
import { walk } from '../workspace/search/walk.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({ path: z.string().optional().describe('Folder; absent: the workspace') });
type Args = z.infer<typeof Args>;

const levels = 2;
const mostEntries = 300;
/** Bytes; the size is said from here on. */
const bigFile = 100_000;

/** What is in a folder, two levels deep, as it stands with what is staged. */
export const listTool: Tool<Args> = {
  name: 'list',
  description: 'List a folder, two levels deep, without what is ignored.',
  args: Args,
  effect: 'read',
  title: ({ path }) => (path === undefined ? t('List workspace') : t('List {path}', { path })),
  async run({ path }, { roots, files, signal }): Promise<ToolResult> {
    const staged = files.staged();
    const found = await searchPlaces(roots, path, staged);
    if ('reason' in found) return { ok: false, text: found.reason, summary: t('not there') };
    const lines: string[] = [];
    for (const place of found.places) {
      if (place.kind === 'file') {
        return { ok: false, text: `${place.shown(place.path)} is a file: use read.`, summary: t('a file') };
      }
      lines.push(...(await linesOf(place, { staged, signal })));
    }
    if (lines.length === 0) return { ok: true, text: 'Nothing there, but for what is ignored.', summary: t('empty') };
    const more = lines.length > mostEntries ? [`(${lines.length - mostEntries} more: list a folder of these)`] : [];
    const text = [...lines.slice(0, mostEntries), ...more].join('\n');
    return { ok: true, text, summary: plural(lines.length, { one: '{count} entry', other: '{count} entries' }) };
  },
};

type View = { staged: ReadonlyMap<string, string | null>; signal: AbortSignal };

async function linesOf(place: SearchPlace, { staged, signal }: View): Promise<string[]> {
  /** Path to what is said of it. */
  const entries = new Map<string, string>();
  for await (const { path, kind } of walk(place.path, place.rules, { signal, deepest: levels })) {
    const shown = place.shown(path);
    if (kind === 'folder') entries.set(shown, '/');
    if (kind === 'link') entries.set(shown, ' (link)');
    if (kind === 'file' && !staged.has(path)) entries.set(shown, await sizeOf(path));
  }
  for (const { path } of await stagedFiles(place, staged)) {
    const names = path.slice(place.path.length + 1).split(sep);
    for (let depth = 1; depth <= Math.min(names.length, levels); depth++) {
      const at = place.shown([place.path, ...names.slice(0, depth)].join(sep));
      entries.set(at, depth === names.length ? ' (not saved yet)' : '/');
    }
  }
  return [...entries].sort(([a], [b]) => byPath(a, b)).map(([path, said]) => path + said);
}

async function sizeOf(path: string): Promise<string> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  return size < bigFile ? '' : ` (${plainSize(size)})`;
}

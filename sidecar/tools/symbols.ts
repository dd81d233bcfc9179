import { URI } from 'vscode-uri';
import * as z from 'zod';
import { isSecretPath } from '../permission/pathRisk.ts';
import type { SymbolPlace } from '../protocol/host.ts';
import { plural, t } from '../protocol/translate.ts';
import { shownPath } from '../workspace/shownPath.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const Args = z.strictObject({
  action: z.enum(['file', 'workspace', 'definition', 'references']),
  path: z.string().optional().describe('file, definition, references'),
  symbol: z.string().optional().describe('A name, without dots'),
  line: z.int().min(1).optional().describe('Where the name stands in path'),
});
type Args = z.infer<typeof Args>;

const mostPlaces = 60;

/** Names as the language servers know them. Offered only where there are some (`Host.languages`). */
export const symbolsTool: Tool<Args> = {
  name: 'symbols',
  description: 'Outline of a file, symbols of the workspace by name, definition or references of a symbol.',
  args: Args,
  effect: 'disk',
  title: ({ action, path, symbol }) => ['Symbols:', action, symbol, path].filter(Boolean).join(' '),
  async run(args, context): Promise<ToolResult> {
    const { languages } = context.host;
    if (!languages) return refused('There are no language servers here.');
    const { action, path, symbol } = args;
    if (action === 'workspace') {
      if (!symbol) return refused('workspace needs a symbol.');
      return resultOf(await languages.symbols({ action, query: symbol }, context.signal), args, context);
    }
    if (action === 'file') {
      if (path === undefined) return refused('file needs a path.');
      const file = await context.files.read(path, context.signal);
      if (file.kind !== 'text') return refused(file.kind === 'refused' ? file.reason : `${path} is no text file.`);
      const uri = URI.file(file.path).toString();
      return resultOf(await languages.symbols({ action, uri }, context.signal), args, context);
    }
    if (!symbol) return refused(`${action} needs a symbol.`);
    const at = await placeOf({ path, symbol, line: args.line }, context);
    if ('reason' in at) return refused(at.reason);
    return resultOf(await languages.symbols({ action, ...at }, context.signal), args, context);
  },
};

const refused = (text: string): ToolResult => ({ ok: false, text, summary: t('not asked') });

type Place = { uri: string; at: { line: number; character: number } };

/** Where a name stands: in the line, else first in the file, else where the workspace has a symbol of that name. */
async function placeOf(
  { path, symbol, line }: { path: string | undefined; symbol: string; line: number | undefined },
  { files, host, signal }: ToolContext,
): Promise<Place | { reason: string }> {
  if (path === undefined) {
    const found = (await host.languages?.symbols({ action: 'workspace', query: symbol }, signal)) ?? [];
    const exact = found.find(({ name }) => name?.replace(/\(.*\)$/, '') === symbol);
    if (!exact) return { reason: `No symbol of the workspace is named ${symbol}: give a path.` };
    const name = await nameIn(exact, symbol, { files, signal });
    return { uri: exact.uri, at: name };
  }
  const file = await files.read(path, signal);
  if (file.kind !== 'text') return { reason: file.kind === 'refused' ? file.reason : `${path} is no text file.` };
  const lines = file.file.text.split(/\r?\n/);
  const from = line === undefined ? 0 : line - 1;
  const to = line === undefined ? lines.length : line;
  for (let index = from; index < to; index++) {
    const character = wordAt(lines[index] ?? '', symbol);
    if (character >= 0) return { uri: URI.file(file.path).toString(), at: { line: index, character } };
  }
  return { reason: `${symbol} does not stand in ${line === undefined ? path : `line ${line} of ${path}`}.` };
}

/** Servers give the whole of a symbol for its place: the name is somewhere in the first line. */
async function nameIn(
  { uri, start }: SymbolPlace,
  symbol: string,
  { files, signal }: Pick<ToolContext, 'files' | 'signal'>,
): Promise<Place['at']> {
  const file = await files.read(URI.parse(uri).fsPath, signal);
  const line = file.kind === 'text' ? (file.file.text.split(/\r?\n/)[start.line] ?? '') : '';
  const character = wordAt(line.slice(start.character), symbol);
  return character < 0 ? start : { line: start.line, character: start.character + character };
}

/** Where a name stands as a whole word; -1: nowhere. */
function wordAt(line: string, symbol: string): number {
  const letter = /[\p{L}\p{N}_$]/u;
  for (let at = line.indexOf(symbol); at >= 0; at = line.indexOf(symbol, at + 1)) {
    if (!letter.test(line[at - 1] ?? '') && !letter.test(line[at + symbol.length] ?? '')) return at;
  }
  return -1;
}

async function resultOf(places: readonly SymbolPlace[], { action }: Args, context: ToolContext): Promise<ToolResult> {
  if (places.length === 0) return { ok: true, text: 'The language servers know of none.', summary: t('none') };
  const lines: string[] = [];
  for (const place of places.slice(0, mostPlaces)) {
    const { start, endLine, name, kind = '', depth = 0 } = place;
    const to = endLine > start.line ? `-${endLine + 1}` : '';
    const path = shownPath(context.roots, place.uri);
    if (action === 'file') lines.push(`${'  '.repeat(depth)}${kind} ${name} ${start.line + 1}${to}`);
    else if (action === 'workspace') lines.push(`${kind} ${name} ${path}:${start.line + 1}`);
    else lines.push(`${path}:${start.line + 1}: ${await lineText(place, context)}`.trimEnd());
  }
  if (places.length > mostPlaces) lines.push(`(${places.length - mostPlaces} more)`);
  return {
    ok: true,
    text: lines.join('\n'),
    summary: plural(places.length, { one: '{count} place', other: '{count} places' }),
  };
}

/** The line at a place; empty outside of the workspace and in files with secrets. */
async function lineText({ uri, start }: SymbolPlace, { files, signal }: ToolContext): Promise<string> {
  if (!uri.startsWith('file:') || isSecretPath(URI.parse(uri).fsPath)) return '';
  const file = await files.read(URI.parse(uri).fsPath, signal);
  return file.kind === 'text' ? (file.file.text.split(/\r?\n/)[start.line] ?? '').trim().slice(0, 200) : '';
}

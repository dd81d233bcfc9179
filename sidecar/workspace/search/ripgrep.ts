import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import * as z from 'zod/mini';
import { type FileHits, largestSearched, mostHits, type SearchQuery } from './hits.ts';
import type { SearchPlace } from './searchPlace.ts';

/** A ripgrep to run: the one that the editor brings, else the first on the path; null where there is none. */
export function findRipgrep(given: string | undefined, path: string): string | null {
  const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
  // A relative entry of the path would be looked up in whatever folder the process is in.
  const onPath = path.split(delimiter).filter(isAbsolute);
  const candidates = [...(given === undefined ? [] : [given]), ...onPath.map((folder) => join(folder, name))];
  return candidates.find(canRun) ?? null;
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

const Text = z.union([z.object({ text: z.string() }), z.object({ bytes: z.string() })]);
const Line = z.object({
  path: Text,
  lines: Text,
  line_number: z.number(),
  submatches: z.array(z.object({ start: z.number() })),
});
/** Lines of `rg --json` (https://docs.rs/grep-printer, JSON). */
const Message = z.discriminatedUnion('type', [
  z.object({ type: z.literal('begin'), data: z.object({ path: Text }) }),
  z.object({ type: z.literal('match'), data: Line }),
  z.object({ type: z.literal('context'), data: Line }),
  z.object({ type: z.literal('end'), data: z.object({ path: Text, binary_offset: z.nullable(z.number()) }) }),
  z.object({ type: z.literal('summary') }),
]);

export type RipgrepRun = { kind: 'done' } | { kind: 'broke'; reason: string };

interface RunOptions {
  program: string;
  place: SearchPlace;
  /** Endings that a file may have; null: any. */
  endings: readonly string[] | null;
  /** Called for each file with matches, in any order. */
  onFile(file: FileHits): void;
  signal: AbortSignal;
}

/** Searches a folder. What ripgrep leaves out is less than what our own rules do, which the caller asks for each file. */
export async function runRipgrep(query: SearchQuery, options: RunOptions): Promise<RipgrepRun> {
  const { program, place, signal } = options;
  const child = spawn(program, argsOf(query, options), {
    cwd: place.path,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    signal,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < 2000) said += text;
  });
  const exit = new Promise<number | Error>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code) => resolve(code ?? -1));
  });
  let open: FileHits | null = null;
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (signal.aborted) break;
    const message = Message.parse(JSON.parse(line));
    if (message.type === 'begin') {
      const path = 'text' in message.data.path ? message.data.path.text : '';
      open = { path, shown: place.shown(path), count: 0, lines: [] };
    }
    if (open && (message.type === 'match' || message.type === 'context')) addLine(open, message, query.context);
    if (open && message.type === 'end') {
      if (open.path !== '' && open.count > 0 && message.data.binary_offset === null) options.onFile(open);
      open = null;
    }
  }
  const code = await exit;
  signal.throwIfAborted();
  // 1: nothing found. With 2 and nothing in words some file could not be read, which no search minds.
  if (code === 0 || code === 1) return { kind: 'done' };
  const error = /regex parse error|error:.*|.*too big.*/i.exec(said)?.[0];
  if (code === 2 && error === undefined) return { kind: 'done' };
  return { kind: 'broke', reason: code instanceof Error ? code.message : (error ?? `ripgrep ended with ${code}`) };
}

function argsOf({ pattern, context }: SearchQuery, { place, endings }: RunOptions): string[] {
  return [
    '--no-config',
    '--json',
    '--hidden',
    '--glob=!.git',
    // What else it would leave out is not told to git, or belongs to the person.
    ...['--no-ignore-dot', '--no-ignore-global', '--no-ignore-exclude', '--no-messages'],
    ...(place.isRepository ? [] : ['--no-require-git']),
    ...(place.isRepository && place.rulesAbove ? [] : ['--no-ignore-parent']),
    // Read as a stream, so that a zero byte anywhere shows that a file is no text.
    ...['--crlf', '--no-mmap', '--max-depth=64', `--max-filesize=${largestSearched}`],
    ...(endings ? [`--type-add=wanted:*.{${endings.join(',')}}`, '--type=wanted'] : []),
    `--context=${context}`,
    pattern.ignoreCase ? '--ignore-case' : '--case-sensitive',
    `--regexp=${pattern.rust}`,
    '--',
    place.path,
  ];
}

function addLine(
  file: FileHits,
  { type, data }: Extract<z.infer<typeof Message>, { type: 'match' | 'context' }>,
  context: number,
): void {
  if (!('text' in data.lines)) return;
  if (type === 'match') file.count++;
  const last = file.lines.at(-1)?.line ?? 0;
  if (file.count > mostHits && data.line_number > last + context + 1) return;
  if (file.count > 2 * mostHits) return;
  const text = data.lines.text.replace(/\r?\n?$/, '');
  const start = data.submatches[0]?.start ?? 0;
  const at = type === 'match' ? Buffer.from(data.lines.text).subarray(0, start).toString().length : null;
  file.lines.push({ line: data.line_number, text, at });
}

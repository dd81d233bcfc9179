import { closesFence, type Fence, indentOf, openFence, pathLine } from './fenceInfo.ts';
import { looksLikeJsonEdits, parseJsonEdits } from './jsonEdits.ts';
import { type AnswerEdit, readSearchReplace, startsEdit } from './searchReplace.ts';

/** A fenced block. Without a path it may be the file that was asked about. */
export interface AnswerFile {
  path: string | null;
  language: string | null;
  /** With `\n` endings; the newline before the closing fence is not part of it. */
  text: string;
  /** False: the answer ended inside of the block. */
  closed: boolean;
}

export interface ParsedAnswer {
  files: AnswerFile[];
  edits: AnswerEdit[];
  /** What stands around the blocks. */
  prose: string;
}

/** A fence that is longer than any run of backticks in the text, three at least. */
export function fenceFor(text: string): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return '`'.repeat(longest + 1);
}

/** A text as an answer writes it that repeats it whole. */
export function fenced(text: string, languageId: string): string {
  const fence = fenceFor(text);
  return `${fence}${languageId}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
}

/**
 * Reads a model's answer: whole files in fences, edits as SEARCH/REPLACE blocks (in a fence or bare) or as JSON with
 * `old_string` and `new_string`, and the prose around. Nothing is repaired beyond that; what is cut off is marked or left out.
 */
export function parseAnswer(answer: string): ParsedAnswer {
  const lines = answer.split(/\r\n|\n|\r/);
  const result: ParsedAnswer = { files: [], edits: [], prose: '' };
  const bare = parseJsonEdits(answer);
  if (bare !== null) return { ...result, edits: bare };
  const prose: string[] = [];
  let at = 0;
  let carriedPath: string | null = null;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (startsEdit(line)) {
      const read = readSearchReplace(lines, at, takePathLine(prose) ?? carriedPath);
      if (read !== null) {
        result.edits.push(read.edit);
        carriedPath = read.edit.path;
      }
      at = read?.next ?? at + 1;
      continue;
    }
    if (line.trim() !== '') carriedPath = null;
    const fence = openFence(line);
    if (fence === null) {
      prose.push(line);
      at++;
      continue;
    }
    const before = takePathLine(prose);
    at = readBlock(lines, at + 1, { ...fence, path: fence.path ?? before }, result);
  }
  result.prose = prose.join('\n').trim();
  return result;
}

function readBlock(lines: readonly string[], start: number, fence: Fence, result: ParsedAnswer): number {
  const content: string[] = [];
  const edits: AnswerEdit[] = [];
  let path = fence.path;
  let closed = false;
  let brokenEdit = false;
  let nested = 0;
  let at = start;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (startsEdit(line)) {
      const read = readSearchReplace(lines, at, pathLine(content.at(-1) ?? '') ?? path);
      if (read !== null) {
        edits.push(read.edit);
        path = read.edit.path;
        content.length = 0;
        at = read.next;
        continue;
      }
      brokenEdit = true;
    }
    at++;
    if (closesFence(line, fence)) {
      if (nested === 0) {
        closed = true;
        break;
      }
      nested--;
    } else if (isMarkdown(fence) && opensInside(line, fence)) {
      nested++;
    }
    content.push(line.startsWith(' ') ? line.slice(Math.min(fence.indent, indentOf(line))) : line);
  }
  const text = content.join('\n');
  if (edits.length > 0 || brokenEdit) {
    result.edits.push(...edits);
    return at;
  }
  if (fence.path === null && looksLikeJsonEdits(text)) {
    result.edits.push(...(parseJsonEdits(text) ?? []));
    return at;
  }
  result.files.push({ path: fence.path, language: fence.language, text, closed });
  return at;
}

/** Markdown that was put into a fence that is too short: a block inside of it opens with a language and closes bare. */
function opensInside(line: string, fence: Fence): boolean {
  const inner = openFence(line);
  return (
    inner !== null &&
    inner.character === fence.character &&
    inner.length >= fence.length &&
    (inner.language !== null || inner.path !== null)
  );
}

function isMarkdown(fence: Fence): boolean {
  return /^(?:md|mdx|markdown)$/i.test(fence.language ?? '') || /\.(?:md|mdx|markdown)$/i.test(fence.path ?? '');
}

/** A path that stands alone on the last line of the prose belongs to the block that follows. */
function takePathLine(prose: string[]): string | null {
  let at = prose.length - 1;
  while (at >= 0 && prose[at]?.trim() === '') at--;
  const path = at < 0 ? null : pathLine(prose[at] ?? '');
  if (path !== null) prose.length = at;
  return path;
}

export interface AnswerMeasure {
  /** Lines begun: of the blocks if it is a file, of the edits if it is edits, of everything if it is text. */
  lines: number;
  form: 'file' | 'edits' | 'text';
  /** Edits begun: the one that is being written is number `changes`. */
  changes: number;
}

export interface AnswerMeter {
  feed(piece: string): AnswerMeasure;
}

/** Measures an answer while it arrives, for progress; each piece costs time in its own length only. */
export function createAnswerMeter(): AnswerMeter {
  let rest = '';
  let fence: Fence | null = null;
  let form: AnswerMeasure['form'] = 'text';
  let proseLines = 0;
  let blockLines = 0;
  let changes = 0;

  const readLine = (line: string) => {
    if (startsEdit(line) || /"old_str(?:ing)?"\s*:/.test(line)) {
      form = 'edits';
      changes++;
    }
    if (fence !== null && closesFence(line, fence)) {
      fence = null;
      return;
    }
    const opened = fence === null ? openFence(line) : null;
    if (opened !== null) {
      fence = opened;
      if (form === 'text') form = 'file';
    } else if (fence !== null) {
      blockLines++;
    } else {
      proseLines++;
    }
  };

  return {
    feed(piece) {
      rest += piece;
      if (piece.includes('\n')) {
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) readLine(line);
      }
      const begun = rest === '' ? 0 : 1;
      if (form === 'text') return { lines: proseLines + begun, form, changes };
      const inBlock = fence !== null || form === 'edits';
      return { lines: blockLines + (form === 'edits' ? proseLines : 0) + (inBlock ? begun : 0), form, changes };
    },
  };
}

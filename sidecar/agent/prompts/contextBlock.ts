import { fenceFor } from '../../edits/fencedAnswer.ts';
import type { Range } from '../../protocol/text.ts';

/** A file that goes along with a prompt, or some lines of it. */
export interface ContextFile {
  /** As the model shall see it: relative to the workspace. */
  path: string;
  languageId: string;
  /** All of it, also where there is a range. */
  text: string;
  /** Zero-based. Its lines are shown whole; a range that ends at the start of a line leaves that line out. */
  range?: Range | undefined;
}

/** A file or a part of it, in a fence that its own text cannot close. */
export function contextBlock(file: ContextFile): string {
  const { first, last } = linesOf(file);
  const shown = file.range
    ? file.text
        .split('\n')
        .slice(first, last + 1)
        .join('\n')
    : file.text;
  const text = shown.endsWith('\n') ? shown : `${shown}\n`;
  const fence = fenceFor(text);
  return `${heading(file)}:\n\n${fence}${file.languageId}\n${text}${fence}`;
}

function linesOf({ range, text }: ContextFile): { first: number; last: number } {
  if (!range) return { first: 0, last: text.split('\n').length - 1 };
  const { start, end } = range;
  return { first: start.line, last: Math.max(start.line, end.character === 0 ? end.line - 1 : end.line) };
}

function heading(file: ContextFile): string {
  if (!file.range) return file.path;
  const { first, last } = linesOf(file);
  return first === last ? `${file.path}, line ${first + 1}` : `${file.path}, lines ${first + 1} to ${last + 1}`;
}

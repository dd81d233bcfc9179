import { pathLine } from './fenceInfo.ts';

export interface AnswerEdit {
  /** Null: the file that was asked about. */
  path: string | null;
  oldString: string;
  newString: string;
}

const searchMarker = /^\s{0,3}[<-]{5,9} ?(?:SEARCH|ORIGINAL)>?(?:\s+(\S+))?\s*$/;
const middleMarker = /^\s{0,3}={5,9}\s*$/;
const replaceMarker = /^\s{0,3}[>+]{5,9} ?(?:REPLACE|UPDATED)\s*$/;

/** Whether a line begins an edit (`<<<<<<< SEARCH`). */
export function startsEdit(line: string): boolean {
  return searchMarker.test(line);
}

/**
 * Reads the edit whose `<<<<<<< SEARCH` is line `start`. Both texts are whole lines, each with its `\n`. `next` is the line
 * after it; null if the edit is not complete before the next one begins.
 */
export function readSearchReplace(
  lines: readonly string[],
  start: number,
  path: string | null,
): { edit: AnswerEdit; next: number } | null {
  const named = searchMarker.exec(lines[start] ?? '')?.[1];
  let middle = -1;
  for (let at = start + 1; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (searchMarker.test(line)) return null;
    if (middle === -1 && middleMarker.test(line)) {
      middle = at;
    } else if (middle !== -1 && replaceMarker.test(line)) {
      const text = (from: number, to: number) =>
        lines
          .slice(from, to)
          .map((item) => `${item}\n`)
          .join('');
      const edit = {
        path: (named === undefined ? null : pathLine(named)) ?? path,
        oldString: text(start + 1, middle),
        newString: text(middle + 1, at),
      };
      return { edit, next: at + 1 };
    }
  }
  return null;
}

import { lineChanges, splitLines } from './lineDiff.ts';

const anyEnding = /\r\n|\n|\r/g;

/** The text with `\n` endings only: the form in which models, merges and hashes see it. */
export function toLf(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n|\r/g, '\n') : text;
}

/** The ending that most lines have, and whether there are others (a lone `\r` counts as another: editors rewrite it). */
export function describeEndings(text: string): { eol: '\n' | '\r\n'; mixed: boolean } {
  let lf = 0;
  let crlf = 0;
  let cr = 0;
  for (const [ending] of text.matchAll(anyEnding)) {
    if (ending === '\n') lf++;
    else if (ending === '\r\n') crlf++;
    else cr++;
  }
  return { eol: crlf > lf ? '\r\n' : '\n', mixed: cr > 0 || (lf > 0 && crlf > 0) };
}

/**
 * Gives a text with `\n` endings the endings of the text it was made from. Unchanged lines keep their own bytes, changed
 * lines the ending of the line they replace, new lines that of the line before. `fallback` counts where the base has no
 * ending at all.
 */
export function restoreLineEndings(baseRaw: string, proposedLf: string, fallback: '\n' | '\r\n' = '\n'): string {
  const proposed = toLf(proposedLf);
  const baseEndings = Array.from(baseRaw.matchAll(anyEnding), ([ending]) => ending);
  const dominant = baseEndings.length > 0 ? describeEndings(baseRaw).eol : fallback;
  const first = baseEndings[0];
  if (baseEndings.every((ending) => ending === first)) {
    const only = first ?? dominant;
    return only === '\n' ? proposed : proposed.replaceAll('\n', only);
  }
  const lines = proposed.split('\n');
  const endings = endingsFor(splitLines(baseRaw), baseEndings, lines, dominant);
  let previous = '';
  const pieces = lines.map((line, index) => {
    if (index === lines.length - 1) return line;
    // A lone `\r` before an empty line with `\n` would become one ending.
    const ending = previous === '\r' && line === '' && endings[index] === '\n' ? '\r' : endings[index];
    previous = ending ?? '';
    return line + previous;
  });
  return pieces.join('');
}

function endingsFor(base: string[], baseEndings: string[], lines: string[], dominant: string): string[] {
  const endings: string[] = [];
  let baseLine = 0;
  const take = (ending: string | undefined) => {
    endings.push(ending ?? endings.at(-1) ?? dominant);
  };
  for (const change of lineChanges(base, lines)) {
    while (baseLine < change.baseStart) take(baseEndings[baseLine++]);
    for (let i = 0; i < change.otherCount; i++) {
      take(
        i < change.baseCount ? baseEndings[change.baseStart + i] : (endings.at(-1) ?? baseEndings[change.baseStart]),
      );
    }
    baseLine = change.baseStart + change.baseCount;
  }
  while (endings.length < lines.length) take(baseEndings[baseLine++]);
  return endings;
}

/**
 * Gives a rewritten file as many newlines at its end as the base has. A model sees the end of a file only as the line
 * before a fence, so it cannot be asked to get this right. An empty base leaves the text alone.
 */
export function keepFinalNewlines(base: string, text: string): string {
  if (base === '' || text === '') return text;
  const wanted = /[\r\n]*$/.exec(base)?.[0] ?? '';
  return toLf(text).replace(/\n*$/, '') + toLf(wanted);
}

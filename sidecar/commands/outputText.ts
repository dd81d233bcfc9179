import { stripVTControlCharacters } from 'node:util';

/** Characters that the model gets of an output. */
export interface OutputRoom {
  head: number;
  tail: number;
}

export const defaultRoom: OutputRoom = { head: 4000, tail: 6000 };

export interface OutputText {
  push(text: string): void;
  end(): void;
  readonly ended: boolean;
  /** Head and tail, cut at line ends; `note` says where the rest is. */
  read(note: string): string;
  /** The last line as it stands. */
  lastLine(): string;
  /** What stands after the last line end: where a program that asks leaves its question. */
  openLine(): string;
}

/** Characters of a line without end that are kept. */
const mostLine = 100_000;
/** Of one that is written over, before its earlier states are dropped. */
const mostBar = 4000;

/**
 * Takes an output as it comes and keeps its head and tail: colours stripped, progress bars as they stood last, a line that
 * repeats itself once. `onLine` gets each line when it is whole.
 */
export function createOutputText(room: OutputRoom, onLine: (line: string) => void): OutputText {
  let head = '';
  let headFull = false;
  let tail = '';
  const left = { lines: 0, characters: 0 };
  let pending = '';
  let last: string | null = null;
  let repeats = 0;
  let ended = false;

  function add(line: string) {
    if (!headFull && head.length + line.length < room.head) {
      head += `${line}\n`;
      return;
    }
    // A first line longer than the head: its beginning says most.
    const begin = !headFull && head === '' ? room.head : 0;
    if (begin > 0) head = `${line.slice(0, begin)}\n`;
    headFull = true;
    tail += `${line.slice(begin)}\n`;
    if (tail.length > 4 * room.tail) trim();
  }

  /** Cuts the tail to its room, at a line end where there is one. */
  function trim() {
    if (tail.length <= room.tail) return;
    const from = tail.length - room.tail;
    const lineEnd = tail.indexOf('\n', from - 1);
    const at = lineEnd >= 0 && lineEnd < tail.length - 1 ? lineEnd + 1 : from;
    const gone = tail.slice(0, at);
    left.characters += gone.length;
    left.lines += gone.split('\n').length - 1;
    tail = tail.slice(at);
  }

  function endRepeats() {
    if (repeats > 0) add(repeats === 1 ? (last ?? '') : `(the line above ${repeats} times more)`);
    repeats = 0;
  }

  function line(raw: string) {
    const text = cleanLine(raw);
    onLine(text);
    if (text === last) {
      repeats++;
      return;
    }
    endRepeats();
    last = text;
    add(text);
  }

  return {
    push(text) {
      // Only what is new is searched: a line may come in thousands of parts.
      const [first = '', ...rest] = text.split('\n');
      pending += first;
      for (const part of rest) {
        line(pending);
        pending = part;
      }
      if (pending.length > mostBar && text.includes('\r')) {
        // A progress bar counts as it stood last; any other line is taken in parts.
        const bar = pending.lastIndexOf('\r', pending.length - 2);
        if (bar > 0) pending = pending.slice(pending.lastIndexOf('\r', bar - 1) + 1);
      }
      if (pending.length <= mostLine) return;
      line(pending);
      pending = '';
    },
    end() {
      if (pending !== '') line(pending);
      pending = '';
      endRepeats();
      ended = true;
    },
    get ended() {
      return ended;
    },
    read(note) {
      trim();
      if (left.characters === 0) return `${head}${tail}`.trimEnd();
      const gap = `[${left.lines} lines, ${left.characters} characters left out${note && `; ${note}`}]`;
      return `${head}${gap}\n${tail}`.trimEnd();
    },
    openLine: () => cleanLine(pending),
    lastLine: () => cleanLine(pending !== '' ? pending : (last ?? '')),
  };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const control = /[\u0000-\u0008\u000b-\u001f\u007f\u009b]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: "erase in line" of ECMA-48.
const eraseLine = /\u001b\[[0-2]?K/g;
const erase = '\u000b';

/** A line as a terminal would show it in the end, without colours. */
export function cleanLine(raw: string): string {
  if (!control.test(raw)) return raw;
  // The marks of "erase line" must outlive the stripping.
  const marked = raw.replaceAll(erase, '').replace(eraseLine, erase);
  let shown = '';
  for (const part of stripVTControlCharacters(marked).replace(/\r+$/, '').split('\r')) {
    const from = part.lastIndexOf(erase);
    if (from < 0) shown = part + shown.slice(part.length);
    else shown = part.replaceAll(erase, '');
  }
  return backspaced(shown).replace(controls, '');
}

function backspaced(text: string): string {
  if (!text.includes('\b')) return text;
  const out: string[] = [];
  for (const character of text) {
    if (character === '\b') out.pop();
    else out.push(character);
  }
  return out.join('');
}

import type { Parser } from '@vscode/tree-sitter-wasm';
import { ScriptWalk } from './scriptWalk.ts';
import type { Word } from './shellWord.ts';

export interface Assignment {
  name: string;
  /** By `export`, `declare` and the like, or alone on a line, instead of in front of a command. */
  stays: boolean;
}

export interface Redirect {
  operator: string;
  /** Absent for a here-document or here-string. */
  target?: Word;
}

/** One simple command, wherever in the script it stands. */
export interface SimpleCommand {
  assignments: Assignment[];
  /** The program and its arguments; empty for bare assignments and redirections. */
  words: Word[];
  redirects: Redirect[];
  /** Its input comes from these words' program, in a pipe. */
  from?: Word[];
}

/** What a script does: every simple command in it, flat, and what could not be read. */
export interface ShellScript {
  commands: SimpleCommand[];
  /** Functions that the script defines. */
  functions: Set<string>;
  background: boolean;
  /** Parts that this reader does not know or that bash may read otherwise. */
  unreadable: boolean;
}

const longest = 20_000;

/** Controls and characters that are invisible or look like a blank: what a person sees would not be what runs. */
const hidden = /\p{Cf}|(?![\t\n])\p{Cc}|(?! )\p{Z}|[\u115f\u1160\u3164\uffa0\u2800]/u;

export function hasHiddenCharacters(text: string): boolean {
  return hidden.test(text);
}

/**
 * Reads a script. The grammar is not bash, so its tree is believed only where it cannot mislead: between two nodes may
 * stand nothing but blanks, every word is read a second time, and whatever is not expected makes the script unreadable.
 */
export function readScript(parser: Parser, text: string): ShellScript {
  const script: ShellScript = { commands: [], functions: new Set(), background: false, unreadable: false };
  if (text.length > longest || hidden.test(text)) return { ...script, unreadable: true };
  const tree = parser.parse(text);
  if (tree === null) return { ...script, unreadable: true };
  try {
    if (tree.rootNode.hasError) script.unreadable = true;
    else new ScriptWalk(script, text).statement(tree.rootNode);
    return script;
  } finally {
    tree.delete();
  }
}

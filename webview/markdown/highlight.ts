import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import java from 'highlight.js/lib/languages/java';
import json from 'highlight.js/lib/languages/json';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { css } from './cssGrammar.ts';
import { sql } from './sqlGrammar.ts';

/** A piece of code: text, or pieces with a name of what they are ("keyword", "string"). */
export type CodePiece = string | { scope: string; pieces: CodePiece[] };

const languages = {
  bash,
  cpp,
  csharp,
  css,
  diff,
  go,
  java,
  json,
  python,
  ruby,
  rust,
  sql,
  typescript,
  xml,
  yaml,
};
for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
// Grammars that read another language nearly as well as its own would: the page stays small.
hljs.registerAliases(['tsx', 'javascript', 'js', 'jsx', 'mjs', 'cjs', 'php'], { languageName: 'typescript' });
hljs.registerAliases(['c', 'h'], { languageName: 'cpp' });
hljs.registerAliases(['scss', 'less'], { languageName: 'css' });

/** Builds pieces where highlight.js would build a string of HTML: nothing here is ever parsed as HTML. */
class PieceEmitter {
  readonly root: CodePiece[] = [];
  private readonly stack: CodePiece[][] = [this.root];

  addText(text: string): void {
    if (text !== '') this.stack.at(-1)?.push(text);
  }

  startScope(scope: string): void {
    const pieces: CodePiece[] = [];
    this.stack.at(-1)?.push({ scope, pieces });
    this.stack.push(pieces);
  }

  endScope(): void {
    if (this.stack.length > 1) this.stack.pop();
  }

  // Not in the typings, but still called for nested modes.
  openNode(scope: string): void {
    this.startScope(scope);
  }

  closeNode(): void {
    this.endScope();
  }

  __addSublanguage(emitter: PieceEmitter, name: string): void {
    this.stack.at(-1)?.push({ scope: `language:${name}`, pieces: emitter.root });
  }

  finalize(): void {
    this.stack.length = 1;
  }

  toHTML(): string {
    return '';
  }
}
hljs.configure({ __emitter: PieceEmitter });

/** Code of this length is coloured at once; longer code in parts of about that length, in characters. */
export const colouredAtOnce = 8000;

/** Code as coloured pieces; one plain piece where the language is not known. The texts joined are the code. */
export function highlight(code: string, language: string): CodePiece[] {
  if (!hljs.getLanguage(language)) return [code];
  const { _emitter: emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  return emitter instanceof PieceEmitter ? emitter.root : [code];
}

/**
 * Long code a part at a time. Each part ends with a line that ends outside of strings, comments and all else that has a
 * colour, so that the next one begins as a file does; without such a line the part grows.
 */
export function* highlightParts(code: string, language: string): Generator<CodePiece[], void, void> {
  let at = 0;
  let length = colouredAtOnce;
  while (at < code.length) {
    const newline = code.indexOf('\n', at + length);
    const end = newline < 0 ? code.length : newline + 1;
    const pieces = highlight(code.slice(at, end), language);
    const part = end === code.length ? pieces : upToLastPlainLine(pieces);
    if (part === null) {
      length *= 2;
      continue;
    }
    yield part;
    at += textLength(part);
    length = colouredAtOnce;
  }
}

/** The pieces up to the last line break that has no colour. */
function upToLastPlainLine(pieces: readonly CodePiece[]): CodePiece[] | null {
  const last = pieces.findLastIndex((piece) => typeof piece === 'string' && piece.includes('\n'));
  const piece = pieces[last];
  if (typeof piece !== 'string') return null;
  return [...pieces.slice(0, last), piece.slice(0, piece.lastIndexOf('\n') + 1)];
}

function textLength(pieces: readonly CodePiece[]): number {
  return pieces.reduce((sum, piece) => sum + (typeof piece === 'string' ? piece.length : textLength(piece.pieces)), 0);
}

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Language, Parser, Tree } from '@vscode/tree-sitter-wasm';

export interface SyntaxCheck {
  /** Places that do not parse (ERROR and MISSING nodes). */
  errors: number;
  /** All but comments and layout: two texts with equal tokens differ in nothing else. Layout counts where it has a meaning. */
  tokens: string;
}

/** Language ids of VS Code and file endings → grammar. C is read with the grammar of C++. */
const grammars: Record<string, string> = {
  ...names('python', 'py', 'pyi', 'pyw'),
  ...names('typescript', 'ts', 'mts', 'cts'),
  ...names('tsx', 'typescriptreact'),
  ...names('javascript', 'javascriptreact', 'js', 'mjs', 'cjs', 'jsx'),
  ...names('go', 'golang'),
  ...names('java'),
  ...names('cpp', 'c', 'h', 'cc', 'cxx', 'hpp', 'hh', 'hxx'),
  ...names('c-sharp', 'csharp', 'cs'),
  ...names('php'),
  ...names('ruby', 'rb'),
  ...names('bash', 'shellscript', 'sh'),
  ...names('css'),
};

/** UTF-16 units; about a second of parsing. */
const largestText = 500_000;

/** Without a grammar: languages in which indentation means something. */
const indented =
  /^(?:ya?ml|make(?:file)?|mk|haskell|hs|fsharp|fs|pug|jade|sass|coffee(?:script)?|nim|elm|restructuredtext|rst)$/;

const tokenEnd = '\u0000';
const opened = '\u0001';
const closed = '\u0002';

/** Parses a text; null where there is no grammar or the text is too long. Takes a language id, a path, a uri or a file ending. */
export async function checkSyntax(languageIdOrPath: string, text: string): Promise<SyntaxCheck | null> {
  const grammar = grammars[shortId(languageIdOrPath)];
  if (grammar === undefined || text.length > largestText) return null;
  const { ParserClass, language } = await load(grammar);
  const parser: Parser = new ParserClass();
  try {
    parser.setLanguage(language);
    const tree = parser.parse(text);
    if (tree === null) return null;
    try {
      return readTree(tree, text);
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/** Whether two texts differ in comments and layout only; without a grammar in layout only. */
export async function sameButForLayout(a: string, b: string, languageIdOrPath: string): Promise<boolean> {
  const one = await checkSyntax(languageIdOrPath, a);
  const other = await checkSyntax(languageIdOrPath, b);
  if (one !== null && other !== null) return one.errors === other.errors && one.tokens === other.tokens;
  const bare = indented.test(shortId(languageIdOrPath)) ? withoutBlankEnds : withoutBlanks;
  return bare(a) === bare(b);
}

/**
 * Leaves in order, and where a named node begins and ends: so a block's depth in Python, or a line break that ends a
 * statement in JavaScript, makes a difference. Text between the leaves (inside of strings) is kept as it is.
 */
function readTree(tree: Tree, text: string): SyntaxCheck {
  const cursor = tree.walk();
  const out: string[] = [];
  let errors = 0;
  let position = 0;
  const takeGap = (end: number) => {
    const gap = text.slice(position, end).trim();
    if (gap !== '') out.push(gap, tokenEnd);
  };
  const take = (end: number, content: string) => {
    if (content !== '') out.push(content, tokenEnd);
    position = end;
  };
  // Each look at the cursor crosses into wasm, so what is known on the way down is kept for the way up.
  const ancestors: { type: string; named: boolean; start: number; end: number }[] = [];
  const leave = ({ type, named, start, end }: (typeof ancestors)[number]) => {
    if (start >= position) {
      take(end, leafText(type, text.slice(start, end)));
    } else if (end > position) {
      takeGap(end);
      position = end;
    }
    if (named && !isLayout(type)) out.push(closed);
  };
  try {
    for (;;) {
      const type = cursor.nodeType;
      const { startIndex: start, endIndex: end } = cursor;
      const hidden = isLayout(type);
      const named = !hidden && cursor.nodeIsNamed;
      if (type === 'ERROR' || (start === end && cursor.nodeIsMissing)) errors++;
      if (start >= position) {
        takeGap(start);
        position = start;
        if (hidden) position = end;
        else if (isVerbatim(type)) take(end, text.slice(start, end));
      }
      if (named) out.push(opened);
      if (!hidden && cursor.gotoFirstChild()) {
        ancestors.push({ type, named, start, end });
        continue;
      }
      leave({ type, named, start, end });
      while (!cursor.gotoNextSibling()) {
        const parent = ancestors.pop();
        if (parent === undefined) return { errors, tokens: out.join('') };
        cursor.gotoParent();
        leave(parent);
      }
    }
  } finally {
    cursor.delete();
  }
}

function isLayout(type: string): boolean {
  return type.includes('comment') || type === 'line_continuation';
}

/** Nodes in which every blank counts. */
function isVerbatim(type: string): boolean {
  return /string|char(?:acter)?_literal|heredoc|regex|raw_text/.test(type);
}

function leafText(type: string, text: string): string {
  // JSX drops line breaks with the blanks around them.
  if (type === 'jsx_text' && text.includes('\n')) {
    return text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' ');
  }
  // A line break that ends a statement; the node that it ends says as much.
  return text.trim() === '' && type !== 'jsx_text' ? '' : text;
}

const nodeRequire = createRequire(import.meta.url);
const languages = new Map<string, Promise<{ ParserClass: typeof Parser; language: Language }>>();
let ready: Promise<void> | undefined;

function load(grammar: string): Promise<{ ParserClass: typeof Parser; language: Language }> {
  const known = languages.get(grammar);
  if (known) return known;
  const loading = (async () => {
    // CommonJS beside its wasm files, so it is not part of the bundle.
    const library = nodeRequire('@vscode/tree-sitter-wasm') as typeof import('@vscode/tree-sitter-wasm');
    const folder = dirname(nodeRequire.resolve('@vscode/tree-sitter-wasm'));
    ready ??= library.Parser.init({ locateFile: (name) => join(folder, name) });
    await ready;
    const language = await library.Language.load(join(folder, `tree-sitter-${grammar}.wasm`));
    return { ParserClass: library.Parser, language };
  })();
  languages.set(grammar, loading);
  return loading;
}

function names(grammar: string, ...others: string[]): Record<string, string> {
  return Object.fromEntries([grammar, ...others].map((name) => [name, grammar]));
}

function shortId(languageIdOrPath: string): string {
  const name = languageIdOrPath.split(/[/\\]/).at(-1) ?? '';
  return (name.split('.').at(-1) ?? '').toLowerCase();
}

function withoutBlanks(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?([^\p{L}\p{N}_ ]) ?/gu, '$1')
    .trim();
}

function withoutBlankEnds(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}

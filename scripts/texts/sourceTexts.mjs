// What stands in quotes in a source file: the texts that go through `t` and `plural`, and those that do not.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Parsers of TypeScript with and without JSX, by the ending of the file. */
async function parsers() {
  const { Language, Parser } = require('@vscode/tree-sitter-wasm');
  const folder = dirname(require.resolve('@vscode/tree-sitter-wasm'));
  await Parser.init();
  const of = async (grammar) => {
    const parser = new Parser();
    parser.setLanguage(await Language.load(join(folder, `tree-sitter-${grammar}.wasm`)));
    return parser;
  };
  return { ts: await of('typescript'), tsx: await of('tsx') };
}

/** Source files below the folders, sorted. */
export function sourceFiles(folders) {
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((name) => join(folder, name).replaceAll('\\', '/')),
    )
    .filter((file) => /(?<!\.d)\.tsx?$/.test(file))
    .sort();
}

/**
 * All texts of the files: `{ file, line, kind, text, call }`. `kind` is `template` (an argument of `t` or `plural`, or in
 * a declaration whose comment says `@texts`), `string` or `jsx`. A hole in a template literal reads `{}`; `call` is the
 * function that a `string` is an argument of, as it is written.
 */
export async function sourceTexts(files) {
  const { ts, tsx } = await parsers();
  return files.flatMap((file) => textsOf(file, (file.endsWith('x') ? tsx : ts).parse(readFileSync(file, 'utf8'))));
}

function textsOf(file, tree) {
  const found = [];
  const add = (node, kind, text, call) => found.push({ file, line: node.startPosition.row + 1, kind, text, call });
  const visit = (node, inTable) => {
    if (node.type === 'import_statement' || node.type === 'export_clause' || node.type === 'literal_type') return;
    if (node.type === 'string' || node.type === 'template_string') {
      const text = literalText(node);
      if (inTable ? !isKey(node) : isTemplate(node)) add(node, 'template', text);
      else add(node, 'string', text, callOf(node));
    } else if (node.type === 'jsx_text') {
      if (node.text.trim() !== '') add(node, 'jsx', node.text.trim());
      return;
    }
    let marked = false;
    for (const child of node.namedChildren) {
      visit(child, inTable || marked);
      marked = child.type === 'comment' ? /@texts\b/.test(child.text) : false;
    }
  };
  visit(tree.rootNode, false);
  return found;
}

const escapes = { n: '\n', t: '\t', r: '\r', '\n': '' };

/** The text between the quotes. */
function literalText(node) {
  return node.namedChildren
    .map((part) => {
      if (part.type === 'template_substitution') return '{}';
      if (part.type !== 'escape_sequence') return part.text;
      const code = /^\\(?:u\{([\da-f]+)\}|u([\da-f]{4})|x([\da-f]{2}))$/i.exec(part.text);
      if (code) return String.fromCodePoint(Number.parseInt(code[1] ?? code[2] ?? code[3], 16));
      const letter = part.text.slice(1);
      return escapes[letter] ?? letter;
    })
    .join('');
}

const isKey = (node) => node.parent.type === 'pair' && node.parent.childForFieldName('key')?.equals(node);

/** The first argument of `t`, or a form among the second of `plural`. */
function isTemplate(node) {
  if (node.parent.type === 'ternary_expression') return isTemplate(node.parent);
  const [call, at] = argumentOf(node);
  if (call === 't') return at === 0;
  if (node.parent.type !== 'pair' || isKey(node)) return false;
  const [outer, place] = argumentOf(node.parent.parent);
  return outer === 'plural' && place === 1;
}

/** The function that the node is an argument of, and which. */
function argumentOf(node) {
  if (node?.parent?.type !== 'arguments') return [undefined, -1];
  const name = node.parent.parent.childForFieldName('function')?.text;
  return [
    name,
    node.parent.namedChildren.filter(({ type }) => type !== 'comment').findIndex((each) => each.equals(node)),
  ];
}

const passedOn = new Set(['ternary_expression', 'parenthesized_expression', 'jsx_expression']);

/** The function, attribute or key that a text is given to: `window.showWarningMessage`, `aria-label`, `title`. */
function callOf(node) {
  const [call] = argumentOf(node);
  if (call) return call;
  const { parent } = node;
  if (passedOn.has(parent.type)) return callOf(parent);
  if (parent.type === 'pair') return isKey(node) ? 'key' : parent.childForFieldName('key')?.text;
  if (parent.type === 'jsx_attribute') return parent.namedChildren[0].text;
  if (parent.type === 'binary_expression') return parent.childForFieldName('operator')?.text;
  if (parent.type === 'new_expression') return 'new';
  return parent.type;
}

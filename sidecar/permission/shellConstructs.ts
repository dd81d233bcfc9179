import type { Node } from '@vscode/tree-sitter-wasm';

/*
 * Constructs of bash that run commands where none is written, or that the grammar reads less strictly than bash. Each
 * check names what is harmless; all else is for the caller unreadable.
 */

/** `${...}` that only looks at a variable or takes another text; not indirect (`!`), prompts (`@P`), assigned or subscripts. */
export function expansionIsPlain(text: string): boolean {
  return /^\$\{(?:#?\w+|#|\?|\w+(?::?[-+?]|##?|%%?|\/\/?|\^\^?|,,?)[\s\S]*)\}$/.test(text);
}

/** Arithmetic without variables: a variable's text is arithmetic too, and `a[$(command)]` in it runs the command. */
export function arithmeticIsConstant(node: Node): boolean {
  return /^(?:\$\(\(|\$\[)[\d\s+\-*/%()<>=!&|^~?:,]*(?:\)\)|\])$/.test(node.text);
}

/** A here-document with a simple delimiter whose end bash sees where the grammar does, and without commands in it. */
export function heredocIsPlain(node: Node): boolean {
  const children = node.children.filter((child) => child !== null);
  const text = (type: string) => children.find((child) => child.type === type)?.text;
  const [operator, delimiter, body = ''] = [children[0]?.type, text('heredoc_start') ?? '', text('heredoc_body')];
  const expected = /^(?:<<-?|file_redirect|heredoc_start|heredoc_body|heredoc_end)$/;
  if (children.some((child) => !expected.test(child.type))) return false;
  const name = /^(?:(\w+)|'(\w+)'|"(\w+)")$/
    .exec(delimiter)
    ?.slice(1)
    .find((each) => each !== undefined);
  if (name === undefined || text('heredoc_end')?.trim() !== name) return false;
  const strip = operator === '<<-' ? /^\t+/ : /^/;
  // The last line of the body may hold the tabs before the end.
  if (body.split('\n').some((line) => line.replace(strip, '') === name)) return false;
  return delimiter !== name || !/[`\\]|\$[({[]/.test(body);
}

const fileTests = /^-[fdeszrwxnLhpSbcgukONGt]$/;
const comparisons = /^(?:=|==|!=|=~|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef|<|>|&&|\|\|)$/;

/** `[ ... ]` and `[[ ... ]]` that only compare: no arithmetic on variables, no `-v`, no operator that the run decides. */
export function testIsPlain(node: Node): boolean {
  const children = node.children.filter((child) => child !== null);
  const [first, ...rest] = children;
  const last = rest.pop();
  const double = first?.type === '[[' && last?.type === ']]';
  return (
    (double || (first?.type === '[' && last?.type === ']')) &&
    rest.length === 1 &&
    rest.every((child) => isTest(child, double))
  );
}

function isTest(node: Node, double: boolean): boolean {
  const children = node.children.filter((child) => child !== null);
  const both = (operands: (Node | undefined)[]) => operands.every((each) => each && isTest(each, double));
  if (node.type === 'unary_expression') {
    const [operator, operand, ...more] = children;
    const known = operator?.type === '!' || fileTests.test(operator?.text ?? '');
    return known && more.length === 0 && both([operand]);
  }
  if (node.type === 'parenthesized_expression') return both(children.filter((child) => child.isNamed));
  if (node.type === 'binary_expression') {
    const [left, operator, right, ...more] = children;
    if (more.length > 0 || !comparisons.test(operator?.text ?? '')) return false;
    // Inside of [[ ]] these evaluate both sides as arithmetic.
    if (double && /^-(?:eq|ne|lt|le|gt|ge)$/.test(operator?.text ?? '')) {
      return [left, right].every((each) => /^(?:-?\d+|\$[#?])$/.test(each?.text ?? ''));
    }
    return both([left, right]);
  }
  // Outside of quotes an expansion may become several words, and so an operator.
  if (/expansion|substitution/.test(node.type)) return double;
  if (node.type === 'concatenation' && !double) return both(children);
  return /^(?:word|number|string|raw_string|extglob_pattern|regex|concatenation|ansi_c_string)$/.test(node.type);
}

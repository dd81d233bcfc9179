import type { Node } from '@vscode/tree-sitter-wasm';
import { arithmeticIsConstant, expansionIsPlain, heredocIsPlain, testIsPlain } from './shellConstructs.ts';
import { containers, expansionTypes, operators, redirectOperators, reserved, wordLike } from './shellNodes.ts';
import type { Assignment, Redirect, ShellScript, SimpleCommand } from './shellScript.ts';
import { type Expansion, readWord, type Word } from './shellWord.ts';

/** Goes through the tree of a script once, writes down what it does, and stops believing where the grammar may mislead. */
export class ScriptWalk {
  private readonly script: ShellScript;
  private readonly text: string;

  constructor(script: ShellScript, text: string) {
    this.script = script;
    this.text = text;
  }

  private unreadable() {
    this.script.unreadable = true;
  }

  /** The children of a node, once it is sure that the grammar left nothing out between them. */
  private children(node: Node): Node[] {
    const children = node.children.filter((child) => child !== null);
    let end = node.startIndex;
    for (const child of [...children, null]) {
      const start = child?.startIndex ?? node.endIndex;
      const gap = this.text.slice(end, start);
      if (!/^(?:[ \t\n]|\\\n)*$/.test(gap)) this.unreadable();
      // Without a blank at one of its ends it joins two words to one.
      if (gap.includes('\\\n') && !/[ \t]/.test(gap + this.text.charAt(end - 1) + this.text.charAt(start))) {
        this.unreadable();
      }
      if (child) {
        if (child.isMissing || child.isError) this.unreadable();
        end = child.endIndex;
      }
    }
    return children;
  }

  statement(node: Node, from?: Word[]): void {
    const { type } = node;
    if (type === 'comment') {
      const before = this.text.charAt(node.startIndex - 1);
      if (node.text.includes('\n') || !/^[\s;&|()]?$/.test(before)) this.unreadable();
    } else if (type === 'command') this.command(node, [], from);
    else if (type === 'redirected_statement') this.redirected(node, from);
    else if (type === 'pipeline') this.pipeline(node);
    else if (type === 'variable_assignment') this.add({ assignments: this.assignment(node, true) });
    else if (type === 'declaration_command' || type === 'unset_command') this.declaration(node);
    else if (type === 'function_definition') this.functionDefinition(node);
    else if (type === 'for_statement' || type === 'case_statement') this.wordsAndStatements(node);
    else if (type === 'test_command') this.test(node);
    else if (type === 'command_substitution' && node.text.startsWith('`') && node.text.includes('\\')) {
      // Backslashes in backticks are taken off before the text is read as a command.
      this.unreadable();
    } else if (containers.has(type)) this.container(node);
    else this.unreadable();
  }

  private container(node: Node) {
    const inCase = node.type === 'case_item';
    for (const child of this.children(node)) {
      if (child.isNamed) {
        // The patterns of a case; a word as a statement is a command.
        if (inCase && (wordLike.has(child.type) || child.type === 'extglob_pattern')) this.nested(child);
        else this.statement(child);
        continue;
      }
      if (!operators.test(child.type) || (child.type.startsWith(';;') && !inCase)) this.unreadable();
      if (child.type === '&') this.script.background = true;
    }
  }

  private pipeline(node: Node) {
    let from: Word[] | undefined;
    for (const child of this.children(node)) {
      if (!child.isNamed) {
        if (child.type !== '|' && child.type !== '|&') this.unreadable();
        continue;
      }
      const first = this.script.commands.length;
      this.statement(child, from);
      from = this.script.commands[first]?.words ?? [];
    }
  }

  private redirected(node: Node, from?: Word[]) {
    const redirects: Redirect[] = [];
    const bodies: Node[] = [];
    for (const child of this.children(node)) {
      if (child.type.endsWith('_redirect')) this.redirect(child, redirects);
      else bodies.push(child);
    }
    const [body, ...more] = bodies;
    if (more.length > 0) this.unreadable();
    if (body?.type === 'command') return this.command(body, redirects, from);
    if (redirects.length > 0) this.add({ redirects });
    if (body) this.statement(body, from);
  }

  private redirect(node: Node, redirects: Redirect[]) {
    const children = this.children(node);
    const operator = children.find((child) => !child.isNamed)?.type ?? '';
    if (node.type === 'heredoc_redirect') {
      if (!heredocIsPlain(node)) this.unreadable();
      redirects.push({ operator: '<<' });
      for (const child of children) if (child.type === 'file_redirect') this.redirect(child, redirects);
      return;
    }
    const targets = this.words(children.filter((child) => wordLike.has(child.type) && child.type !== operator));
    if (node.type === 'herestring_redirect') redirects.push({ operator: '<<<' });
    else if (node.type !== 'file_redirect' || !redirectOperators.test(operator) || targets.length !== 1)
      this.unreadable();
    else redirects.push({ operator, target: targets[0] as Word });
  }

  private command(node: Node, redirects: Redirect[], from?: Word[]) {
    const assignments: Assignment[] = [];
    const own = [...redirects];
    const wordNodes: Node[] = [];
    for (const child of this.children(node)) {
      if (child.type === 'variable_assignment') assignments.push(...this.assignment(child, false));
      else if (child.type.endsWith('_redirect')) this.redirect(child, own);
      else if (child.type === 'command_name') wordNodes.push(...this.children(child));
      else wordNodes.push(child);
    }
    const words = this.words(wordNodes);
    const name = words[0];
    if (name && name.raw === name.text && reserved.test(name.text)) this.unreadable();
    this.add({ assignments, words, redirects: own, ...(from ? { from } : {}) });
  }

  private assignment(node: Node, stays: boolean): Assignment[] {
    let name = '';
    const values: Node[] = [];
    for (const child of this.children(node)) {
      if (child.type === 'variable_name') name = child.text;
      else if (child.type === 'array') values.push(...this.children(child).filter((each) => !/^[()]$/.test(each.type)));
      else if (child.type === 'subscript') {
        // The subscript is arithmetic, which can run commands.
        if (!/^\w+\[\d+\]$/.test(child.text)) this.unreadable();
        name = child.text.replace(/\[.*/, '');
      } else if (child.isNamed) values.push(child);
      else if (child.type === '$') values.push(child);
      else if (!/^\+?=$/.test(child.type)) this.unreadable();
    }
    if (name === '') this.unreadable();
    this.words(values);
    return [{ name, stays }];
  }

  private declaration(node: Node) {
    const [keyword, ...rest] = this.children(node);
    const assignments: Assignment[] = [];
    const words: Node[] = [];
    for (const child of rest) {
      if (child.type === 'variable_assignment') assignments.push(...this.assignment(child, true));
      else if (child.type === 'variable_name') assignments.push({ name: child.text, stays: true });
      else words.push(child);
    }
    const name = keyword?.type ?? '';
    const options = this.words(words);
    this.add({ assignments, words: [{ raw: name, text: name }, ...options] });
  }

  private functionDefinition(node: Node) {
    for (const child of this.children(node)) {
      if (child.type === 'word') this.script.functions.add(child.text);
      else if (child.isNamed) this.statement(child);
    }
  }

  /** `for` and `case`: words between keywords, then statements. */
  private wordsAndStatements(node: Node) {
    const words: Node[] = [];
    for (const child of this.children(node)) {
      if (child.type === 'variable_name') this.add({ assignments: [{ name: child.text, stays: true }] });
      else if (wordLike.has(child.type)) words.push(child);
      else if (child.isNamed) this.statement(child);
      else if (!operators.test(child.type)) this.unreadable();
    }
    this.words(words);
  }

  private test(node: Node) {
    if (!testIsPlain(node)) this.unreadable();
    this.nested(node);
  }

  /** Words from neighbouring nodes; nodes without a blank between them are one word. */
  private words(nodes: Node[]): Word[] {
    const groups: Node[][] = [];
    for (const node of nodes) {
      if (!wordLike.has(node.type)) this.unreadable();
      const last = groups.at(-1);
      if (last?.at(-1)?.endIndex === node.startIndex) last.push(node);
      else groups.push([node]);
    }
    return groups.flatMap((group) => this.word(group));
  }

  private word(group: Node[]): Word[] {
    const start = group[0]?.startIndex ?? 0;
    const raw = this.text.slice(start, group.at(-1)?.endIndex);
    const expansions = group.flatMap((node) => this.nested(node));
    const words = readWord(
      raw,
      expansions.map((each) => ({ ...each, start: each.start - start, end: each.end - start })),
    );
    if (words === null) this.unreadable();
    return words ?? [{ raw, text: null, splits: true }];
  }

  /** Visits the commands inside of words; the outermost expansions, by their place in the text. */
  private nested(node: Node): Expansion[] {
    const { type } = node;
    if (type === 'command_substitution' || type === 'process_substitution') this.statement(node);
    else {
      if (type === 'expansion' && !expansionIsPlain(node.text)) this.unreadable();
      if (type === 'arithmetic_expansion' && !arithmeticIsConstant(node)) this.unreadable();
      const inner = node.children.flatMap((child) => (child ? this.nested(child) : []));
      if (!expansionTypes.has(type)) return inner;
    }
    return [{ start: node.startIndex, end: node.endIndex, stream: type === 'process_substitution' }];
  }

  private add(command: Partial<SimpleCommand>) {
    this.script.commands.push({ assignments: [], words: [], redirects: [], ...command });
  }
}

import type { Parser } from '@vscode/tree-sitter-wasm';
import type { Risk } from '../tools/tool.ts';
import { hasOption, isOption, pathsIn, takesValue, withoutPattern } from './commandOptions.ts';
import { type Finding, newPart, type Part, type RatedPart } from './commandPart.ts';
import { expandedPaths, type Places, pathProblem } from './commandPaths.ts';
import type { CommandRisk } from './commandRisk.ts';
import { type CommandRow, reasons } from './commandRow.ts';
import { specials } from './commandSpecials.ts';
import { commands } from './commandTable.ts';
import { envCommand, wrapped, xargsCommand } from './commandWrappers.ts';
import { programName } from './programName.ts';
import { highest } from './risk.ts';
import { type Redirect, readScript, type SimpleCommand } from './shellScript.ts';
import { secretVariables, sensitiveVariables, wrappers } from './shellTable.ts';
import type { Word } from './shellWord.ts';

/** Scripts in scripts (`bash -c`, `eval`) that are still read. */
const deepest = 5;

/** Rates a whole command line; what specials and wrappers use to rate what a program runs in turn. */
export class CommandRating {
  readonly places: Places;
  private readonly parser: Parser;
  private readonly parts: RatedPart[] = [];
  private readonly functions = new Set<string>();
  private readonly general: Finding[] = [];
  private readable = true;
  private depth = 0;

  constructor(parser: Parser, places: Places) {
    this.parser = parser;
    this.places = places;
  }

  result(): CommandRisk {
    const findings = [...this.general, ...this.parts.flatMap((part) => part.findings)];
    const order: Risk[] = ['high', 'medium', 'low'];
    findings.sort((a, b) => order.indexOf(a.risk) - order.indexOf(b.risk));
    const told = findings.filter(({ risk }) => risk !== 'low').map(({ reason }) => reason);
    return {
      risk: highest(findings.map(({ risk }) => risk)),
      reasons: [...new Set(told)],
      parts: this.parts.map(({ findings: _, ...part }) => part),
      readable: this.readable,
    };
  }

  /** A text that a shell runs. */
  script(text: string | null, depth = this.depth + 1): void {
    if (text === null || depth > deepest) {
      this.whole(reasons.unreadable);
      return;
    }
    const script = readScript(this.parser, text);
    if (script.unreadable) {
      this.whole(reasons.unreadable);
      return;
    }
    if (script.background) this.whole(reasons.background);
    for (const name of script.functions) this.functions.add(name);
    const before = this.depth;
    this.depth = depth;
    // Where it may go comes first: in a loop, what stands before `cd` runs after it too.
    const moves = (command: SimpleCommand) => command.words.some(({ text: word }) => word === 'cd' || word === 'pushd');
    for (const command of script.commands) if (moves(command)) this.command(command);
    for (const command of script.commands) if (!moves(command)) this.command(command);
    this.depth = before;
  }

  private whole(reason: string) {
    this.readable = false;
    this.general.push({ risk: 'high', reason });
  }

  private command({ assignments, words, redirects, from }: SimpleCommand) {
    const part = this.part(words);
    for (const { name, stays } of assignments) {
      if (sensitiveVariables.test(name)) part.add('high', reasons.environment);
      else if (!stays) part.add('low', reasons.environment);
    }
    if (assignments.length > 0 && words.length > 0) part.notPlain();
    for (const redirect of redirects) this.redirect(redirect, part);
    if (words.length > 0) this.program(words, part, { assigns: assignments.length > 0, from });
  }

  /** Another program that is run by one. */
  inner(words: Word[], from?: Word[]): void {
    if (words.length > 0) this.program(words, this.part(words), { assigns: false, from });
  }

  private part(words: Word[]): Part {
    const { entry, part } = newPart(words);
    this.parts.push(entry);
    return part;
  }

  private redirect({ operator, target }: Redirect, part: Part) {
    if (target === undefined) return part.notPlain();
    const { text } = target;
    // Duplicates a descriptor.
    if (/^[<>]&$/.test(operator) && text !== null && /^(?:\d+-?|-)$/.test(text)) return;
    if (text === '/dev/null') return;
    part.notPlain();
    if (text !== null && /^\/dev\/(?:tcp|udp)\//.test(text)) return part.add('high', reasons.network);
    const access = operator.startsWith('<') ? 'read' : 'write';
    this.paths([target], part, access);
    if (access === 'write') part.add('medium', reasons.files);
  }

  /** Rates a program as part of another: one rule names both. */
  program(words: Word[], part: Part, { assigns, from }: { assigns: boolean; from?: Word[] | undefined }): void {
    const [name, ...args] = words;
    if (!name) return;
    for (const { raw } of words) {
      if (/\$\{?\w+/.test(raw) && secretVariables.test(raw)) part.add('high', reasons.secrets);
    }
    if (name.text === null || name.pattern !== undefined || name.tilde) {
      part.add('high', reasons.name);
      return;
    }
    const called = programName(name.text, part, this.places);
    if (called === null) return;
    const wrapper = Object.hasOwn(wrappers, called) ? wrappers[called] : undefined;
    const row = Object.hasOwn(commands, called) ? commands[called] : undefined;
    // Only a program that is known: another may do anything.
    if (
      (row || wrapper) &&
      !name.text.includes('/') &&
      args.length === 1 &&
      /^--(?:version|help)$/.test(args[0]?.text ?? '')
    ) {
      return;
    }
    if (wrapper) {
      if (wrapper.why) part.add('high', wrapper.why, true);
      if (called === 'env') {
        envCommand(this, part, args);
        return;
      }
      const rest = wrapped(wrapper, args);
      if (called === 'command' && /^-[vV]+$/.test(args[0]?.text ?? '')) return;
      if (rest === null) {
        part.add('high', reasons.otherProgram);
        return;
      }
      if (called === 'xargs') {
        xargsCommand(this, part, { args, rest, from });
        return;
      }
      this.inner(rest, from);
      return;
    }
    if (row) {
      this.row(row, { name: called, args, part, assigns });
      return;
    }
    if (this.functions.has(name.text)) return;
    if (!/^[a-z\d][\w.+-]*$/.test(called)) part.add('high', reasons.name);
    part.add('medium', name.text.includes('/') ? reasons.project : reasons.unknown, true);
    this.paths(args, part, 'read');
  }

  /** Rates a call by its row. Specials call it too, for the row of what they found. */
  row(
    row: CommandRow,
    { name, args, part, assigns = false }: { name: string; args: Word[]; part: Part; assigns?: boolean },
  ): void {
    for (const [options, why] of row.raise ?? []) {
      if (args.some((word) => options.split(' ').some((option) => hasOption(word, option)))) part.add('high', why);
    }
    if (args.every(({ text }) => text !== null) && row.looks?.test(args.map(({ text }) => text).join(' '))) return;
    if (row.special) {
      const left = specials[row.special]({ rating: this, row, name, args, part, assigns });
      if (left === null) return;
      this.row({ ...left.row }, { name, args: left.args, part });
      return;
    }
    if (row.sub) {
      const at = args.findIndex((word, index) => !isOption(word) && !takesValue(row, args[index - 1]));
      const sub = args[at];
      if (sub) {
        const found = sub.text !== null && Object.hasOwn(row.sub, sub.text) ? row.sub[sub.text] : undefined;
        const why = row.risk === 'high' ? (row.why ?? reasons.unknownPart) : reasons.unknownPart;
        if (found) this.row(found, { name: `${name} ${sub.text}`, args: args.toSpliced(at, 1), part });
        else part.add('high', why, true);
        return;
      }
      if (args.some(({ text }) => text === null)) part.add('high', reasons.dynamic);
      part.add(row.bare ?? 'high', row.why ?? reasons.unknownPart, true);
      return;
    }
    part.add(row.risk, row.why ?? reasons.unknown, true);
    if (row.network) part.network();
    for (const { text } of args) {
      if (row.deny && (text === null || row.deny[0].test(text)))
        part.add('high', text === null ? reasons.dynamic : row.deny[1]);
    }
    if (row.args === 'text') {
      // Outside of quotes, what the run puts there may be an option.
      if (row.raise && args.some((word) => word.text === null && word.splits)) part.add('high', reasons.dynamic);
      return;
    }
    const named = row.args === 'pattern' ? withoutPattern(row, args) : args;
    const paths = named.filter((_, index) => !takesValue(row, named[index - 1]));
    this.paths(paths, part, row.writes ? 'write' : 'read', { publicToo: row.risk === 'low' });
  }

  /** Looks at every path that the words may name. */
  paths(words: Word[], part: Part, access: 'read' | 'write', { publicToo = false } = {}): void {
    for (const word of words) {
      if (word.stream && access === 'read' && publicToo) continue;
      const named = expandedPaths(this.places, word);
      if (named === null) {
        part.add('high', reasons.dynamic);
        continue;
      }
      for (const each of named.flatMap(pathsIn)) {
        if (/^[a-z][a-z\d+.-]*:\/\//i.test(each)) {
          part.add('high', reasons.address);
          continue;
        }
        const problem = pathProblem(this.places, each, access, { publicToo });
        if (problem !== null) part.add('high', problem);
      }
    }
  }
}

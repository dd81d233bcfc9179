import type { Risk } from '../tools/tool.ts';
import { highest } from './risk.ts';
import type { Word } from './shellWord.ts';

/** One program that a command runs, for rules: see rules.ts. */
export interface CommandPart {
  /** Program and arguments after quote removal; null where only the run knows one of them. */
  words: readonly string[] | null;
  risk: Risk;
  /** The risk that program and subcommand have by themselves, whatever the arguments. */
  ownRisk: Risk;
  /** What arguments, redirections and variables add to that. */
  addedRisk: Risk;
  /** No redirection to a file, no variable set in front: what a rule can name. */
  plain: boolean;
  /** It fetches packages for the project. */
  network: boolean;
}

/** What is grave about a command, and why. */
export interface Finding {
  risk: Risk;
  reason: string;
}

/** Where what is found about one program goes. */
export interface Part {
  add(risk: Risk, reason: string, own?: boolean): void;
  notPlain(): void;
  network(): void;
}

/** A part with what was found about it. */
export type RatedPart = CommandPart & { findings: Finding[] };

/** A part about which nothing is found yet, and where that goes. */
export function newPart(words: readonly Word[]): { entry: RatedPart; part: Part } {
  const texts = words.flatMap(({ text, tilde, pattern }) =>
    text === null || tilde || pattern !== undefined ? [] : [text],
  );
  const entry: RatedPart = {
    words: texts.length === words.length ? texts : null,
    risk: 'low',
    ownRisk: 'low',
    addedRisk: 'low',
    plain: true,
    network: false,
    findings: [],
  };
  const part: Part = {
    add(risk, reason, own = false) {
      entry.findings.push({ risk, reason });
      entry.risk = highest([entry.risk, risk]);
      const which = own ? 'ownRisk' : 'addedRisk';
      entry[which] = highest([entry[which], risk]);
    },
    notPlain() {
      entry.plain = false;
    },
    network() {
      entry.network = true;
    },
  };
  return { entry, part };
}

import type { ApplyResult, ChangeSet, FileOutcome } from '../protocol/changes.ts';
import type { PermissionAnswer, Person } from './person.ts';
import { acceptAll, askInTerminal, confirmChanges, showDiff } from './terminalReview.ts';
import { visibleText } from './visibleText.ts';

interface Deps {
  /** `--yes`: reviews are accepted unseen. It answers no other question: what the mode asks about stays asked. */
  yes: boolean;
  /** Where diffs go: stdout, or stderr where stdout is for JSON. */
  out: NodeJS.WriteStream;
  apply(changeSetId: string, files: FileOutcome[], signal: AbortSignal): Promise<ApplyResult>;
  /** Before something is asked: the line with the progress goes away. */
  clear(): void;
}

/** The person at a terminal. */
export function createTerminalPerson({ yes, out, apply, clear }: Deps): Person {
  return {
    async review(changeSet: ChangeSet, accepted, signal) {
      clear();
      showDiff(changeSet, out);
      const confirmed = accepted || yes || (await confirmChanges(changeSet, signal));
      if (confirmed === null) return { kind: 'left' };
      if (!confirmed) return { kind: 'rejected' };
      const files = acceptAll(changeSet);
      const result = await apply(changeSet.id, files, signal);
      if (result.kind === 'failed') return { kind: 'failed', problem: result.problem };
      if (result.kind === 'conflict') return { kind: 'left' };
      const textsAfter = result.files.map(({ uri, textAfter }) => ({ uri, text: textAfter }));
      return { kind: 'applied', applyId: result.applyId, files, textsAfter };
    },
    async permit({ title, assessment, staged }, signal): Promise<PermissionAnswer> {
      clear();
      const { what, where, risk, reasons, rule } = assessment;
      const lines = [
        `${title} (${risk} risk)`,
        `  ${what}${where ? `\n  in ${where}` : ''}`,
        ...reasons.map((reason) => `  ${reason}`),
        ...(staged > 0
          ? [`  ${staged === 1 ? 'One file waits' : `${staged} files wait`} for review and comes first.`]
          : []),
      ];
      process.stderr.write(`${visibleText(lines.join('\n'))}\n`);
      const always = rule ? `, a = always in this folder (${rule})` : '';
      const answer = await askInTerminal(`Allow? [y = once${always}, N, or a word to the model] `, signal);
      if (answer === null) {
        const why = process.stdin.isTTY ? 'nobody answered' : 'there is no terminal to ask';
        if (!signal.aborted) process.stderr.write(`Not allowed: ${why}.\n`);
        return { answer: 'reject_once', word: 'There is nobody to ask.' };
      }
      if (/^y(es)?$/i.test(answer)) return { answer: 'allow_once' };
      if (rule && /^a(lways)?$/i.test(answer)) return { answer: 'allow_always' };
      return { answer: 'reject_once', ...(/^(no?)?$/i.test(answer) ? {} : { word: answer }) };
    },
    async ask(question, choices, signal) {
      clear();
      const listed = choices.map((choice, i) => `  ${i + 1} ${choice}`);
      process.stderr.write(`${visibleText([question, ...listed].join('\n'))}\n`);
      const answer = await askInTerminal('> ', signal);
      return answer === null || answer === '' ? null : (choices[Number(answer) - 1] ?? answer);
    },
  };
}

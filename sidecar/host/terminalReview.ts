import { isAbsolute, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { createTwoFilesPatch } from 'diff';
import pc from 'picocolors';
import { URI } from 'vscode-uri';
import type { ChangeSet, FileOutcome } from '../protocol/changes.ts';
import { visibleText } from './visibleText.ts';

/** Prints a change set as unified diffs, coloured on a terminal. */
export function showDiff(changeSet: ChangeSet, stream: NodeJS.WriteStream): void {
  const colours = pc.createColors(stream.isTTY === true && pc.isColorSupported);
  const renamedFrom = new Map(changeSet.files.map(({ uri, renamed }) => [renamed?.from, uri]));
  for (const file of changeSet.files) {
    if (renamedFrom.has(file.uri)) continue;
    const origin = changeSet.files.find(({ uri }) => uri === file.renamed?.from);
    const name = shownName(file.uri) + (file.operation === 'edit' ? '' : ` (${origin ? 'rename' : file.operation})`);
    const before = origin ? shownName(origin.uri) : name;
    const base = (origin ?? file).base.text;
    const patch = createTwoFilesPatch(before, name, base, file.proposedText, '', '', { context: 3 });
    for (const text of patch.split('\n').slice(1)) {
      const paint = text.startsWith('+')
        ? colours.green
        : text.startsWith('-')
          ? colours.red
          : text.startsWith('@')
            ? colours.cyan
            : String;
      stream.write(`${paint(visibleText(text.replace(/\r$/, '')))}\n`);
    }
  }
}

/** The path from where the person is; the whole one where it lies elsewhere. */
function shownName(uri: string): string {
  const { fsPath } = URI.parse(uri);
  const path = relative(process.cwd(), fsPath);
  return path.startsWith('..') || isAbsolute(path) ? fsPath : path.replaceAll('\\', '/');
}

/** What accepting everything as it is proposed decides. */
export const acceptAll = (changeSet: ChangeSet): FileOutcome[] =>
  changeSet.files.map(({ uri, operation, base, proposedText, hunks }) => ({
    uri,
    operation,
    base,
    finalText: proposedText,
    // An empty file that is made or goes has no lines, and is a change all the same.
    accepted: Math.max(1, hunks.length),
    rejected: 0,
    changedByPerson: false,
  }));

/** Asks whether to apply; null where nobody answers: there is no terminal, or the person left. */
export async function confirmChanges(changeSet: ChangeSet, signal: AbortSignal): Promise<boolean | null> {
  if (!process.stdin.isTTY) {
    process.stderr.write('Not applied: there is no terminal to ask. Use --yes to apply without asking.\n');
    return null;
  }
  const count = changeSet.files.length;
  const answer = await askInTerminal(`Apply to ${count === 1 ? 'this file' : `these ${count} files`}? [y/N] `, signal);
  return answer === null ? null : /^y(es)?$/i.test(answer);
}

/** One line typed by the person; null where there is no terminal, or they left. */
export async function askInTerminal(question: string, signal: AbortSignal): Promise<string | null> {
  if (!process.stdin.isTTY) return null;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // The terminal is ours while it asks: Ctrl+C would only end the question, and Ctrl+D not even that.
  terminal.once('SIGINT', () => process.emit('SIGINT'));
  const left = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  try {
    return (await Promise.race([terminal.question(question, { signal }), left]))?.trim() ?? null;
  } catch {
    return null;
  } finally {
    terminal.close();
  }
}

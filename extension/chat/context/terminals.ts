import * as vscode from 'vscode';
import { type ProblemReport, problem } from '../../../sidecar/protocol/problems.ts';
import { plural, t } from '../../../sidecar/protocol/translate.ts';
import { type ContextItem, textItem } from './contextItem.ts';
import { terminalText } from './terminalText.ts';

interface Run {
  command: string;
  output: string;
  exitCode: number | undefined;
}

/** Characters of a running command's output that are kept, with its colours. */
const longestRaw = 400_000;

/** What the terminals show, as context: the output of the last command, and what is selected. */
export interface Terminals extends vscode.Disposable {
  /** The command line of the last command; null if none is known. */
  lastCommand(): string | null;
  lastItem(): ContextItem | ProblemReport;
  selectionItem(): Promise<ContextItem | ProblemReport>;
}

/** Outputs come from the shell integration: a terminal without it has none. */
export function createTerminals(): Terminals {
  const runs = new Map<vscode.Terminal, Run>();
  let latest: vscode.Terminal | undefined;
  const last = () => {
    const { activeTerminal } = vscode.window;
    return (activeTerminal && runs.get(activeTerminal)) ?? (latest && runs.get(latest));
  };

  async function follow({ terminal, execution }: vscode.TerminalShellExecutionStartEvent): Promise<void> {
    const run: Run = { command: execution.commandLine.value, output: '', exitCode: undefined };
    runs.set(terminal, run);
    latest = terminal;
    for await (const data of execution.read()) run.output = `${run.output}${data}`.slice(-longestRaw);
  }

  const subscriptions = vscode.Disposable.from(
    vscode.window.onDidStartTerminalShellExecution((event) => void follow(event).catch(() => undefined)),
    vscode.window.onDidEndTerminalShellExecution(({ terminal, exitCode }) => {
      const run = runs.get(terminal);
      if (run) run.exitCode = exitCode;
    }),
    vscode.window.onDidCloseTerminal((terminal) => runs.delete(terminal)),
  );

  return {
    lastCommand: () => last()?.command ?? null,
    lastItem() {
      const run = last();
      if (!run) {
        const reason = t('has no command whose output is known; select its text and add that');
        return problem('contextRefused', { what: t('The terminal'), reason });
      }
      const { command, output, exitCode } = run;
      const ended = exitCode === undefined ? '' : `\n(exit code ${exitCode})`;
      const label = t('Output of {command}', { command: shortened(command) });
      return textItem('terminal', {
        id: command,
        label,
        path: command,
        text: `$ ${command}\n${terminalText(output)}${ended}`,
      });
    },
    async selectionItem() {
      const text = terminalText(await selectedText());
      const name = vscode.window.activeTerminal?.name ?? t('Terminal');
      if (text === '') return problem('contextRefused', { what: name, reason: t('has no selection') });
      const lines = text.split('\n').length;
      const label = plural(lines, { one: '{name}, {count} line', other: '{name}, {count} lines' }, { name });
      return textItem('terminal', { id: `${name}:${text}`, label, path: label, text });
    },
    dispose: () => subscriptions.dispose(),
  };
}

const shortened = (command: string) => (command.length > 40 ? `${command.slice(0, 39)}…` : command);

/** VS Code gives the selection of a terminal by way of the clipboard only; what was there comes back. */
async function selectedText(): Promise<string> {
  const { clipboard } = vscode.env;
  const before = await clipboard.readText();
  await clipboard.writeText('');
  try {
    await vscode.commands.executeCommand('workbench.action.terminal.copySelection');
    return await clipboard.readText();
  } finally {
    await clipboard.writeText(before);
  }
}

import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { type FixResult, fixStart } from '../../sidecar/protocol/fix.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { progressText } from '../../sidecar/protocol/progressText.ts';
import type { Range } from '../../sidecar/protocol/text.ts';
import { openReviewWhenFinished } from '../config.ts';
import { type ProblemActions, showProblem } from '../problemMessage.ts';
import type { SidecarClient } from '../sidecarClient.ts';
import { type FixTarget, findTarget } from './fixTarget.ts';

export interface FixDeps {
  sidecar: SidecarClient;
  openReview(changeSet: ChangeSet, notes: readonly string[], retry: () => void): Promise<void>;
  log: vscode.LogOutputChannel;
}

interface FixOptions {
  uri?: vscode.Uri;
  focus?: Range;
  instruction?: string;
  /** Checks that the person has answered already. */
  skip?: ReadonlySet<string>;
}

/** Commands "Fix this file" and "Fix this file with Instruction...". */
export function registerFixCommands(deps: FixDeps): vscode.Disposable {
  let running: { name: string; done: Promise<void> } | undefined;

  async function fix(options: FixOptions): Promise<void> {
    const found = await findTarget(options.uri, options.focus, options.skip ?? new Set());
    if (found.kind === 'problem') {
      await showProblem(found.problem, checkActions(found.problem.code, options, found.uri));
      return;
    }
    if (running) {
      const wait = running.done;
      const cancelled = await waitsInLine(found.target.name, wait);
      if (cancelled) return;
    }
    const done = run(found.target, options);
    const mine = { name: found.target.name, done };
    running = mine;
    await done.finally(() => {
      if (running === mine) running = undefined;
    });
  }

  /** Row 35: the person may leave the line; else it goes on by itself. Answers whether they left. */
  async function waitsInLine(name: string, wait: Promise<void>): Promise<boolean> {
    const report = problem('alreadyRunning', { file: name });
    const left = vscode.window
      .showInformationMessage(`${report.title}. ${report.sentence}`, 'Cancel')
      .then((taken) => (taken === 'Cancel' ? 'left' : new Promise<never>(() => undefined)));
    return (await Promise.race([left, wait.then(() => 'free')])) === 'left';
  }

  function checkActions(code: string, options: FixOptions, uri: vscode.Uri | undefined): ProblemActions {
    const again = () => void fix({ ...options, skip: new Set([...(options.skip ?? []), code]) });
    return {
      'Allow This File': again,
      'Show Proposal': again,
      'Save As...': () => vscode.commands.executeCommand('workbench.action.files.saveAs'),
      'Fix with Instruction...': () => fixWithInstruction({ ...options, ...(uri ? { uri } : {}) }),
    };
  }

  async function run(target: FixTarget, options: FixOptions): Promise<void> {
    const result = await withProgress(deps, target, options).catch((error: unknown): FixResult => {
      deps.log.error(`fix ${target.name}: ${String(error)}`);
      return { kind: 'failed', problem: problem('engineRestarted', {}) };
    });
    const again = () => void fix(options);
    const actions: ProblemActions = {
      Retry: again,
      'Fix with Instruction...': () => fixWithInstruction({ ...options, uri: target.uri }),
      'Add Instruction...': () => fixWithInstruction({ ...options, uri: target.uri }),
    };
    switch (result.kind) {
      case 'failed':
        await showProblem(result.problem, actions);
        return;
      case 'unchanged':
        await showProblem(result.problem, { ...actions, 'Show Answer': () => showAnswer(result.answer) });
        return;
      case 'cancelled':
        if (result.changeSet) await offer(`Stopped after ${changes(result.changeSet)}.`, result.changeSet, [], again);
        return;
      case 'proposed': {
        const stillThere = vscode.window.activeTextEditor?.document.uri.toString() === target.uri.toString();
        const opens = openReviewWhenFinished() && (stillThere || vscode.window.activeTextEditor === undefined);
        if (opens) await deps.openReview(result.changeSet, result.notes, again);
        else
          await offer(`${changes(result.changeSet)} ready for ${target.name}.`, result.changeSet, result.notes, again);
      }
    }
  }

  async function offer(text: string, changeSet: ChangeSet, notes: readonly string[], retry: () => void): Promise<void> {
    const taken = await vscode.window.showInformationMessage(text, 'Review', 'Discard');
    if (taken === 'Review') await deps.openReview(changeSet, notes, retry);
  }

  async function fixWithInstruction(options: FixOptions): Promise<void> {
    const uri = options.uri ?? vscode.window.activeTextEditor?.document.uri;
    const name = uri ? (uri.path.split('/').at(-1) ?? uri.path) : 'this file';
    const instruction = await vscode.window.showInputBox({
      title: `Devstral: Fix ${name}`,
      prompt: 'What should change?',
      placeHolder: 'Describe the change',
      value: options.instruction ?? '',
    });
    if (instruction?.trim()) await fix({ ...options, instruction: instruction.trim() });
  }

  return vscode.Disposable.from(
    vscode.commands.registerCommand('devstral.fixFile', (uri?: vscode.Uri, focus?: Range) =>
      fix({ ...(uri instanceof vscode.Uri ? { uri } : {}), ...(isRange(focus) ? { focus } : {}) }),
    ),
    vscode.commands.registerCommand('devstral.fixFileWithInstruction', (uri?: vscode.Uri, instruction?: string) => {
      const target = uri instanceof vscode.Uri ? { uri } : {};
      if (typeof instruction === 'string') return fix({ ...target, instruction });
      return fixWithInstruction(target);
    }),
  );
}

// VS Code passes other things (a list of selected files, an editor group) in the same place.
const isRange = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && 'start' in value && 'end' in value;

const changes = (set: ChangeSet) => {
  const count = set.files.reduce((sum, file) => sum + file.hunks.length, 0);
  return count === 1 ? '1 change' : `${count} changes`;
};

async function showAnswer(answer: string): Promise<void> {
  const document = await vscode.workspace.openTextDocument({ content: answer, language: 'markdown' });
  await vscode.window.showTextDocument(document, { preview: true });
}

const quietMs = 300;

/** Runs the fix; a notification with numbers and Cancel appears if it takes longer than 300 ms. */
async function withProgress(deps: FixDeps, target: FixTarget, options: FixOptions): Promise<FixResult> {
  const cancel = new vscode.CancellationTokenSource();
  const language = vscode.env.language;
  let show: (text: string, fraction: number | undefined) => void = () => undefined;
  let latest: { text: string; fraction: number | undefined } = { text: 'Starting', fraction: undefined };
  const work = deps.sidecar.requestWithProgress(
    fixStart,
    {
      uri: target.uri.toString(),
      diagnostics: target.diagnostics,
      ...(target.languageId === undefined ? {} : { languageId: target.languageId }),
      ...(options.instruction === undefined ? {} : { instruction: options.instruction }),
      ...(target.focus === undefined ? {} : { focus: target.focus }),
    },
    ({ progress, fraction }) => {
      latest = { text: progressText(progress, language).text, fraction };
      show(latest.text, latest.fraction);
    },
    cancel.token,
  );
  const quiet = new Promise<'slow'>((resolve) => setTimeout(() => resolve('slow'), quietMs));
  try {
    if ((await Promise.race([work, quiet])) !== 'slow') return await work;
    const settings = {
      location: vscode.ProgressLocation.Notification,
      cancellable: true,
      title: `Devstral: Fix ${target.name}`,
    };
    return await vscode.window.withProgress(settings, async (progress, token) => {
      token.onCancellationRequested(() => cancel.cancel());
      let percent = 0;
      let shownAt = 0;
      show = (text, fraction) => {
        // Two updates a second are enough to read.
        if (Date.now() - shownAt < 500) return;
        shownAt = Date.now();
        const next = fraction === undefined ? percent : Math.max(percent, Math.floor(fraction * 100));
        progress.report({ message: text, ...(next > percent ? { increment: next - percent } : {}) });
        percent = next;
      };
      show(latest.text, latest.fraction);
      return await work;
    });
  } finally {
    cancel.dispose();
  }
}

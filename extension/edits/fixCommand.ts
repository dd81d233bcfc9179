import * as vscode from 'vscode';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import type { Range } from '../../sidecar/protocol/text.ts';
import { t } from '../../sidecar/protocol/translate.ts';
import { openReviewWhenFinished } from '../config.ts';
import { type ProblemActions, showProblem } from '../problemMessage.ts';
import { type SidecarClient, SidecarStopped } from '../sidecarClient.ts';
import { fixWithProgress } from './fixProgress.ts';
import { createFixQueue } from './fixQueue.ts';
import { type FixTarget, findTarget, type TargetResult } from './fixTarget.ts';
import { changesIn, offerReview, showAnswer } from './offerReview.ts';
import type { StagedReview } from './registerReview.ts';

export interface FixDeps {
  sidecar: SidecarClient;
  /** Keeps a proposal until the person decides; nothing is opened by it. */
  stage(changeSet: ChangeSet, notes: readonly string[], retry: () => void): StagedReview;
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
  const queue = createFixQueue();

  async function fix(options: FixOptions): Promise<void> {
    const find = () => findTarget({ ...options, skip: options.skip ?? new Set() });
    const found = await find();
    if (found.kind === 'problem') return refuse(found, options);
    const { target } = found;
    const place = whereThePersonIs();
    const done = await queue.run(target.name, async (waited) => {
      // While it waited the problems, or the file itself, may have become others.
      const now = waited ? await find() : found;
      return now.kind === 'problem' ? now : { kind: 'result' as const, result: await work(now.target, options) };
    });
    if (done?.kind === 'problem') await refuse(done, options);
    else if (done) await present(target, options, done.result, place);
  }

  async function refuse(found: Extract<TargetResult, { kind: 'problem' }>, options: FixOptions): Promise<void> {
    await showProblem(found.problem, checkActions(found.problem.code, options, found.uri));
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

  const work = (target: FixTarget, { instruction }: FixOptions): Promise<FixResult> =>
    fixWithProgress(deps.sidecar, target, instruction).catch((error: unknown): FixResult => {
      deps.log.error(`fix ${target.name}: ${String(error)}`);
      if (!(error instanceof SidecarStopped))
        return { kind: 'failed', problem: problem('internal', { reason: String(error) }) };
      return error.report ? { kind: 'failed', problem: error.report } : { kind: 'cancelled' };
    });

  async function present(target: FixTarget, options: FixOptions, result: FixResult, place: Place): Promise<void> {
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
        if (result.changeSet)
          await offerReview(
            t('Stopped after {changes}.', { changes: changesIn(result.changeSet) }),
            deps.stage(result.changeSet, [], again),
          );
        return;
      case 'proposed': {
        const review = deps.stage(result.changeSet, result.notes, again);
        const opens = openReviewWhenFinished() && isIn(target, place);
        if (opens) await review.open();
        if (result.problem) await showProblem(result.problem, { Retry: again, 'Review Others': review.open });
        else if (!opens)
          await offerReview(
            t('{changes} ready for {file}.', { changes: changesIn(result.changeSet), file: target.name }),
            review,
          );
      }
    }
  }

  async function fixWithInstruction(options: FixOptions): Promise<void> {
    const uri = options.uri ?? vscode.window.activeTextEditor?.document.uri;
    const name = uri ? (uri.path.split('/').at(-1) ?? uri.path) : t('this file');
    const instruction = await vscode.window.showInputBox({
      title: t('Devstral: Fix {file}', { file: name }),
      prompt: t('What should change?'),
      placeHolder: t('Describe the change'),
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

type Place = vscode.Tab | undefined;

const whereThePersonIs = (): Place => vscode.window.tabGroups.activeTabGroup.activeTab;

/** Whether the person is still in the file, or (started from the explorer) where they were when they asked. */
function isIn(target: FixTarget, place: Place): boolean {
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  return active === undefined ? place === whereThePersonIs() : active === target.uri.toString();
}

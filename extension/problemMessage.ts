import * as vscode from 'vscode';
import type { ProblemReport } from '../sidecar/protocol/problems.ts';
import { t } from '../sidecar/protocol/translate.ts';

/** What a button of a problem does; answers false if the label is not its own. */
export type ProblemActions = Partial<Record<string, () => unknown>>;

/** Actions that are the same wherever a problem is shown. `own` comes first. */
function problemActions(own: ProblemActions): ProblemActions {
  const run =
    (command: string, ...args: unknown[]) =>
    () =>
      vscode.commands.executeCommand(command, ...args);
  return {
    'Show Log': run('devstral.showLog'),
    Restart: run('devstral.restartSidecar'),
    'Choose Model': run('devstral.switchModel'),
    'Choose Smaller Model': run('devstral.switchModel'),
    'Switch Model': run('devstral.switchModel'),
    'Use a Server...': run('devstral.addServer'),
    'Use a File...': run('devstral.useFile'),
    'Locate File...': run('devstral.useFile'),
    'Set Key...': run('devstral.setServerKey'),
    'Verify File': run('devstral.verifyModel'),
    'Try GPU Again': run('devstral.retryGpu'),
    'Edit Address...': run('workbench.action.openSettings', 'devstral.servers'),
    'Open Settings': run('workbench.action.openSettings', 'devstral.'),
    'Turn Off Offline Mode': run('workbench.action.openSettings', 'devstral.offline'),
    'Change Folder...': run('workbench.action.openSettings', 'devstral.models.folder'),
    'Open Proxy Settings': run('workbench.action.openSettings', 'http.proxy'),
    'Manage Trust': run('workbench.trust.manage'),
    'Reopen with Encoding...': run('workbench.action.editor.changeEncoding'),
    'Use Starter (1.1 GB)': run('devstral.useStarter'),
    'New Session': run('devstral.session.new'),
    'Show Hardware': run('devstral.showHardware'),
    'Edit a Selection': run('devstral.inlineEdit'),
    'Remove File': run('devstral.manageModels'),
    'Check Server': run('devstral.checkServer'),
    'Add Token...': run('vscode.open', vscode.Uri.parse('https://huggingface.co/settings/tokens')),

    ...own,
  };
}

/** A page that the details name: a licence, a repository. */
function pageOf({ details }: ProblemReport): ProblemActions {
  const address = /https:\/\/\S+/.exec(details ?? '')?.[0];
  return address ? { 'Open Page': () => vscode.env.openExternal(vscode.Uri.parse(address)) } : {};
}

/** The server that a problem names: its check needs no question. */
function serverOf({ code, sentence, details }: ProblemReport): ProblemActions {
  const address = code.startsWith('server')
    ? /https?:\/\/[^\s,]*[^\s,.:]/.exec(`${details ?? ''} ${sentence}`)?.[0]
    : undefined;
  return address ? { 'Check Server': () => vscode.commands.executeCommand('devstral.checkServer', address) } : {};
}

/** The option with which a server takes more. */
const copyOf = ({ copy }: ProblemReport): ProblemActions =>
  copy === undefined ? {} : { 'Copy Server Option': () => vscode.env.clipboard.writeText(copy) };

const silent = new Set(['Close', 'Cancel', 'Discard']);

/** All that the buttons of a problem do here, but for what is its place's own. */
export const actionsOf = (report: ProblemReport, own: ProblemActions = {}): ProblemActions =>
  problemActions({ ...pageOf(report), ...serverOf(report), ...copyOf(report), ...own });

/** Shows a problem as one notification; only buttons that do something here are offered. Answers the button taken. */
export async function showProblem(report: ProblemReport, own: ProblemActions = {}): Promise<string | undefined> {
  const actions = actionsOf(report, own);
  const buttons = report.actions.filter((label) => silent.has(label) || actions[label]);
  const offered = buttons.filter((label) => label !== 'Close');
  const shown = offered.map((label) => t<string>(label));
  const answer = await vscode.window.showWarningMessage(`${report.title}. ${report.sentence}`, ...shown);
  const taken = answer && offered[shown.indexOf(answer)];
  if (taken) await actions[taken]?.();
  return taken;
}

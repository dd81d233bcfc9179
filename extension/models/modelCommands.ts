import * as vscode from 'vscode';
import type { OnDemand } from '../onDemand.ts';
import type { ModelCommandDeps } from './switchModel.ts';

const names = [
  'switchModel',
  'manageModels',
  'verifyModel',
  'resumeDownload',
  'pauseDownload',
  'retryGpu',
  'unloadModel',
  'showHardware',
  'downloadCuda',
  'removeCuda',
  'generateServerCommand',
  'useFile',
  'useStarter',
  'addServer',
  'setServerKey',
] as const;

/** What each command does, by its name without the prefix. */
export type ModelCommands = Record<(typeof names)[number], (argument?: string) => Promise<void>>;

/** Commands about models and servers; what they do is loaded with the first one that is run. */
export function registerModelCommands(deps: ModelCommandDeps, onDemand: () => OnDemand): vscode.Disposable {
  let commands: ModelCommands | undefined;
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(`devstral.${name}`, (argument: unknown) => {
        commands ??= onDemand().createModelCommands(deps);
        return commands[name](typeof argument === 'string' ? argument : undefined);
      }),
    ),
  );
}

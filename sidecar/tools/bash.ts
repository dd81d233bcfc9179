import * as z from 'zod';
import { type CommandDeps, runInWorkspace } from '../commands/runInWorkspace.ts';
import { runSummary, runText } from '../commands/runText.ts';
import { onlyInstalls } from '../permission/commandRisk.ts';
import type { Tool } from './tool.ts';

const Args = z.strictObject({
  command: z.string(),
  timeout: z.number().optional().describe('Seconds, default 120'),
  outside_sandbox: z.boolean().optional().describe('Only if the sandbox stopped it'),
});
export type BashArgs = z.infer<typeof Args>;

export interface BashDeps {
  commands: CommandDeps;
  /** What the person is asked: the command's risk, the rule that "Always" stores. */
  assess: NonNullable<Tool<BashArgs>['assess']>;
}

const defaultSeconds = 120;
/** A timer takes no more than 24 days. */
const mostSeconds = 86_400;

/** Runs a command in the workspace. The gate has let it pass when `run` is called. */
export function createBashTool({ commands, assess }: BashDeps): Tool<BashArgs> {
  const { shell, sandbox } = commands;
  const language = shell.kind === 'powershell' ? 'PowerShell' : shell.kind;
  const inSandbox = sandbox.kind === 'none' ? '' : ' It runs in a sandbox that writes only to the workspace and /tmp.';
  // Without a sandbox there is nothing to leave, and the field would only cost tokens.
  const described = sandbox.kind === 'none' ? Args.omit({ outside_sandbox: true }) : Args;
  return {
    name: 'bash',
    description: `Run a ${language} command in the workspace's folder; each starts anew there, with no terminal and no input.${inSandbox}`,
    args: described,
    effect: 'command',
    assess,
    title: ({ command }) => command.replaceAll(/\s*\n\s*/g, '; '),
    async run(args, context) {
      const { command, timeout = 0, outside_sandbox: outsideSandbox = false } = args;
      const { command: rated } = await assess(args, context);
      const request = {
        command,
        network: rated !== undefined && onlyInstalls(rated),
        limitSeconds: timeout > 0 ? Math.min(timeout, mostSeconds) : defaultSeconds,
        outsideSandbox,
      };
      const { run, note } = await runInWorkspace(commands, request, context);
      const ok = run.end.kind === 'exited' && run.end.code === 0;
      return { ok, text: runText(run, note), summary: runSummary(run) };
    },
  };
}

import { assessRun } from '../commands/assessRun.ts';
import type { CommandDeps } from '../commands/runInWorkspace.ts';
import { t } from '../protocol/translate.ts';
import { createBashTool } from './bash.ts';
import { createRunTestsTool } from './runTests.ts';
import type { AnyTool } from './tool.ts';

/** The tools that run programs, rated as they will run here. */
export function commandTools(commands: CommandDeps): AnyTool[] {
  return [
    createBashTool({
      commands,
      assess: ({ command, outside_sandbox: outsideSandbox = false }, context) =>
        assessRun(commands, { command, outsideSandbox }, context),
    }),
    createRunTestsTool({
      commands,
      assess: (command, context) =>
        command === null
          ? { risk: 'low', what: t('no tests were found'), reasons: [] }
          : assessRun(commands, { command, outsideSandbox: false }, context),
    }),
  ];
}

import { commandAssessment } from '../permission/assess.ts';
import { t } from '../protocol/translate.ts';
import type { Assessment } from '../tools/tool.ts';
import type { CommandDeps } from './runInWorkspace.ts';

/**
 * What the gate is told of a command, given where it will run. Stored rules never let a command out of the sandbox, and they
 * say nothing of a shell that is not read as bash.
 */
export async function assessRun(
  { shell, sandbox }: Pick<CommandDeps, 'shell' | 'sandbox'>,
  { command, outsideSandbox }: { command: string; outsideSandbox: boolean },
  { roots }: { roots: readonly string[] },
): Promise<Assessment> {
  if (shell.kind === 'powershell') {
    return { risk: 'high', what: command, reasons: [t('PowerShell commands are not rated: read it')] };
  }
  const assessment = await commandAssessment(command, { roots });
  if (!outsideSandbox || sandbox.kind === 'none') return assessment;
  const { rule: _rule, command: _command, reasons, ...rest } = assessment;
  return { ...rest, risk: 'high', reasons: [t('Runs outside of the sandbox'), ...reasons] };
}

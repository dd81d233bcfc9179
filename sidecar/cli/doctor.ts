import { type Check, checksText } from '../doctor/checks.ts';
import { lookAtMachine } from '../doctor/lookAtMachine.ts';
import { type CommonOptions, printResult } from './common.ts';

/** `devstral doctor`: what this computer can run models with. Exit 1 when a check failed. */
export async function runDoctor(options: CommonOptions): Promise<number> {
  const checks: Check[] = await lookAtMachine('', 'en');
  if (options.json) printResult({ checks });
  else process.stdout.write(`${checksText(checks)}\n`);
  return checks.some(({ state }) => state === 'fail') ? 1 : 0;
}

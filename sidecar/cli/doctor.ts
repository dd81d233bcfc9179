import { type Check, checksText } from '../doctor/checks.ts';
import { lookAtMachine } from '../doctor/lookAtMachine.ts';
import { checkServer, isUnreachable } from '../doctor/server/checkServer.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult } from './common.ts';
import { createProgressLine } from './progressLine.ts';

/**
 * `devstral doctor [URL]`: what this computer can run models with, or what is wrong with a server. Answers the exit code:
 * 1 when a check failed, 2 when nothing answers at the address.
 */
export async function runDoctor(url: string | undefined, options: CommonOptions, signal: AbortSignal): Promise<number> {
  const address = url ?? options.endpoint;
  if (address !== undefined) return runServerDoctor(address, options, signal);
  const checks: Check[] = await lookAtMachine('', 'en');
  if (options.json) printResult({ checks });
  else process.stdout.write(`${checksText(checks)}\n`);
  return exitCode(checks);
}

async function runServerDoctor(url: string, options: CommonOptions, signal: AbortSignal): Promise<number> {
  const { host, models, log } = commandContext({ ...options, endpoint: url });
  const { offline, proxy } = models.settings();
  const getKey = (origin: string) => host.secret(origin);
  const line = createProgressLine(process.stderr);
  const checks: Check[] = [];
  for await (const event of checkServer({ url, model: options.model, offline, proxy, getKey, log }, signal)) {
    if (event.type === 'step') {
      line.report({ phase: 'server', title: event.title, done: event.done, total: event.total });
      continue;
    }
    line.clear();
    checks.push(event.check);
    if (!options.json) process.stdout.write(`${checksText([event.check])}\n`);
  }
  line.clear();
  if (signal.aborted) throw new CommandFailed('stopped before all checks were made');
  if (options.json) printResult({ checks });
  return isUnreachable(checks) ? 2 : exitCode(checks);
}

const exitCode = (checks: readonly Check[]) => (checks.some(({ state }) => state === 'fail') ? 1 : 0);

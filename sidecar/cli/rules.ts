import { dropRule, readStoredRules, rulesPath } from '../permission/storedRules.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { realPath } from '../workspace/workspacePath.ts';
import { CommandFailed, type CommonOptions, commandFolder, printResult } from './common.ts';

/** `devstral rules list | remove RULE`: what "always" stored for this folder. Answers the exit code. */
export async function runRules(action: string, rule: string, options: CommonOptions): Promise<number> {
  const { data } = dataFolders();
  const cwd = commandFolder(options);
  const folder = realPath(cwd) ?? cwd;
  if (action === 'list') {
    const rules = (await readStoredRules(data))[folder] ?? [];
    if (options.json) printResult({ folder, rules, file: rulesPath(data) });
    else process.stdout.write(rules.map((each) => `${each}\n`).join(''));
    return 0;
  }
  if (action !== 'remove') throw new CommandFailed(`rules has no action "${action}": use list or remove`);
  if (rule === '') throw new CommandFailed('which rule? devstral rules list');
  const removed = await dropRule(data, folder, rule);
  if (options.json) printResult({ status: removed ? 'removed' : 'unchanged', rule });
  else process.stdout.write(removed ? `${rule} is asked about again\n` : `${rule} is no rule of ${folder}\n`);
  return removed ? 0 : 1;
}

import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runFixRequest } from '../agent/fixRequest.ts';
import { acceptAll, confirmChanges, showDiff } from '../host/terminalReview.ts';
import { applyOutcomes } from '../workspace/applyChanges.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { createDocuments } from '../workspace/documents.ts';
import { openJournal, recoverOpenIntents } from '../workspace/journal.ts';
import {
  type CommandContext,
  CommandFailed,
  type CommonOptions,
  commandContext,
  printResult,
  problemLine,
} from './common.ts';
import { createProgressLine } from './progressLine.ts';

interface FileResult {
  file: string;
  status: 'applied' | 'unchanged' | 'rejected' | 'error';
  message?: string;
  changes?: number;
}

/** `devstral fix FILE…`: shows the diff, asks, applies. Answers the exit code. */
export async function runFix(files: readonly string[], options: CommonOptions, signal: AbortSignal): Promise<number> {
  const context = commandContext(options);
  const journal = openJournal(dataFolders().data);
  for (const line of await recoverOpenIntents(journal)) process.stderr.write(`${line}\n`);
  const results: FileResult[] = [];
  for (const file of files) results.push(await fixOne(file, options, context, signal));
  await context.models.dispose();

  const status = overall(results);
  if (options.json) printResult({ status, files: results });
  if (status === 'error') {
    const failed = results.find((result) => result.status === 'error');
    throw new CommandFailed(failed?.message ?? 'the fix failed');
  }
  return status === 'applied' ? 0 : 1;
}

/** The worst that happened, so that a script sees it: an error, else applied if anything was, else what was not done. */
function overall(results: readonly FileResult[]): FileResult['status'] {
  const order = ['error', 'applied', 'rejected', 'unchanged'] as const;
  return order.find((status) => results.some((result) => result.status === status)) ?? 'unchanged';
}

async function fixOne(
  file: string,
  options: CommonOptions,
  context: CommandContext,
  signal: AbortSignal,
): Promise<FileResult> {
  const typed = resolve(context.cwd, file);
  const failed = (message: string): FileResult => ({ file, status: 'error', message });
  const line = createProgressLine(process.stderr);
  const documents = createDocuments(context.host);
  const uri = pathToFileURL(realPathOf(typed)).href;
  const result = await runFixRequest(
    { uri, instruction: options.instruction, diagnostics: [] },
    {
      documents,
      models: context.models,
      host: context.host,
      roots: [context.cwd],
      report: line.report,
      log: context.log,
      signal,
    },
  );
  line.clear();
  if (result.kind === 'failed') return failed(problemLine(result.problem));
  if (result.kind === 'unchanged') {
    process.stderr.write(`${problemLine(result.problem)}\n`);
    return { file, status: 'unchanged', message: problemLine(result.problem) };
  }
  if (result.kind === 'cancelled') return { file, status: 'rejected', message: 'Stopped; nothing was changed' };
  for (const note of result.notes) process.stderr.write(`${note}\n`);
  if (result.problem) process.stderr.write(`${result.problem.title}: ${result.problem.sentence}\n`);
  showDiff(result.changeSet, options.json ? process.stderr : process.stdout);
  if (!options.yes && !(await confirmChanges(result.changeSet, signal))) return { file, status: 'rejected' };

  const applied = await applyOutcomes(
    {
      changeSetId: result.changeSet.id,
      files: acceptAll(result.changeSet),
    },
    {
      host: context.host,
      journal: openJournal(dataFolders().data),
      currentText: (of) => documents.read(of, signal),
      signal,
    },
  );
  if (applied.kind === 'failed') return failed(problemLine(applied.problem));
  if (applied.kind === 'conflict') return failed(`${file} changed meanwhile: nothing was applied`);
  return { file, status: 'applied', changes: result.changeSet.files.reduce((sum, each) => sum + each.hunks.length, 0) };
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

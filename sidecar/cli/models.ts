import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { starterModel } from '../models/catalog/starter.ts';
import { addModelFile } from '../models/download/addModelFile.ts';
import { ensureModelFile, modelFilePath, verifyModelFile } from '../models/download/ensureModelFile.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { createProgressLine } from './progressLine.ts';

/** `devstral models list | pull ID | add FILE | verify ID`. Answers the exit code. */
export async function runModels(
  action: string,
  argument: string | undefined,
  options: CommonOptions,
  signal: AbortSignal,
): Promise<number> {
  switch (action) {
    case 'list':
      return list(options);
    case 'pull':
      return pull(argument, options, signal);
    case 'add':
      return add(argument, options, signal);
    case 'verify':
      return verify(argument, options, signal);
    default:
      throw new CommandFailed(`models has no action "${action}": use list, pull, add or verify`);
  }
}

function list(options: CommonOptions): number {
  const { models: folder } = dataFolders();
  const starter = modelFilePath(starterModel, folder);
  const rows = [
    {
      id: starterModel.id,
      file: starterModel.file,
      bytes: starterModel.size,
      state: existsSync(starter) ? 'ready' : 'can be downloaded',
    },
  ];
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.gguf') || name === starterModel.file) continue;
    rows.push({ id: join(folder, name), file: name, bytes: statSync(join(folder, name)).size, state: 'ready' });
  }
  if (options.json) printResult({ folder, models: rows });
  else for (const row of rows) process.stdout.write(`${row.id}\t${(row.bytes / 1e9).toFixed(1)} GB\t${row.state}\n`);
  return 0;
}

function catalogEntry(id: string | undefined): typeof starterModel {
  if (id === undefined) throw new CommandFailed(`which model? Known: ${starterModel.id}`);
  if (id !== starterModel.id) throw new CommandFailed(`no model "${id}" in the catalog. Known: ${starterModel.id}`);
  return starterModel;
}

const fail = (report: ProblemReport): never => {
  throw new CommandFailed(problemLine(report));
};

async function pull(id: string | undefined, options: CommonOptions, signal: AbortSignal): Promise<number> {
  const entry = catalogEntry(id);
  const folders = dataFolders();
  const { models } = commandContext(options);
  const line = createProgressLine(process.stderr);
  const { offline, proxy } = models.settings();
  const result = await ensureModelFile(entry, {
    folder: folders.models,
    dataFolder: folders.data,
    offline,
    proxy,
    signal,
    onProgress: line.report,
  });
  line.clear();
  if (result.kind === 'failed') return fail(result.problem);
  if (result.kind === 'cancelled') return 1;
  if (options.json) printResult({ status: 'ready', id: entry.id, path: result.path });
  else process.stdout.write(`${result.path}\n`);
  return 0;
}

async function add(file: string | undefined, options: CommonOptions, signal: AbortSignal): Promise<number> {
  if (file === undefined) throw new CommandFailed('which file? devstral models add FILE');
  const { cwd } = commandContext(options);
  const folders = dataFolders();
  const line = createProgressLine(process.stderr);
  const result = await addModelFile(resolve(cwd, file), {
    folder: folders.models,
    dataFolder: folders.data,
    signal,
    onProgress: line.report,
  });
  line.clear();
  if (result.kind === 'failed') return fail(result.problem);
  if (result.kind === 'cancelled') return 1;
  if (options.json) printResult({ status: 'ready', path: result.path });
  else process.stdout.write(`${result.path}\n`);
  return 0;
}

async function verify(id: string | undefined, options: CommonOptions, signal: AbortSignal): Promise<number> {
  const entry = catalogEntry(id);
  const folders = dataFolders();
  const line = createProgressLine(process.stderr);
  const path = modelFilePath(entry, folders.models);
  const result = await verifyModelFile(entry, path, { dataFolder: folders.data, signal, onProgress: line.report });
  line.clear();
  if (result.kind === 'failed') return fail(result.problem);
  if (result.kind === 'cancelled') return 1;
  if (options.json) printResult({ status: 'ready', id: entry.id, path });
  else process.stdout.write(`${path} is as published\n`);
  return 0;
}

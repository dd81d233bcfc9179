import { basename, isAbsolute, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { acceptLicence, isLicenceAccepted } from '../models/catalog/acceptedLicences.ts';
import { type CatalogModel, catalog } from '../models/catalog/catalog.ts';
import { machineCacheFolders } from '../models/catalog/foundFiles.ts';
import { begunDownloads, installedModels } from '../models/catalog/installedModels.ts';
import { starterModel } from '../models/catalog/starter.ts';
import { addModelFile } from '../models/download/addModelFile.ts';
import { isMeant, provideModel } from '../models/download/provideModel.ts';
import { readPublished } from '../models/download/publishedRecord.ts';
import { removeModel } from '../models/download/removeModel.ts';
import { knownModel } from '../models/download/resolveModel.ts';
import { verifyModelFile } from '../models/download/verifyFile.ts';
import { sizeText } from '../models/sizeText.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { referenceOf } from './modelName.ts';
import { modelRows, rowText } from './modelsList.ts';
import { runModelsPlan } from './modelsPlan.ts';
import { createProgressLine } from './progressLine.ts';

export interface ModelsOptions extends CommonOptions {
  acceptLicence?: boolean;
}

/** `devstral models list | plan [ID] | pull ID | add FILE | verify ID | remove ID`. Answers the exit code. */
export async function runModels(
  action: string,
  argument: string | undefined,
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<number> {
  switch (action) {
    case 'list':
      return list(options);
    case 'plan':
      return runModelsPlan(argument, options, signal);
    case 'pull':
      return pull(needed(argument), options, signal);
    case 'add':
      return add(argument, options, signal);
    case 'verify':
      return verify(needed(argument), options, signal);
    case 'remove':
      return remove(needed(argument), options);
    default:
      throw new CommandFailed(`models has no action "${action}": use list, plan, pull, add, verify or remove`);
  }
}

function needed(id: string | undefined): string {
  if (id !== undefined) return id;
  throw new CommandFailed(`which model? Known: ${catalog.map((model) => model.id).join(', ')}; or org/repo:file`);
}

const fail = (report: ProblemReport): never => {
  throw new CommandFailed(problemLine(report));
};

async function list(options: ModelsOptions): Promise<number> {
  const { models: folder } = dataFolders();
  const rows = await modelRows(folder);
  if (options.json) printResult({ folder, models: rows });
  else for (const row of rows) process.stdout.write(`${rowText(row)}\n`);
  return 0;
}

async function pull(id: string, options: ModelsOptions, signal: AbortSignal): Promise<number> {
  const folders = dataFolders();
  const { cwd, models } = commandContext(options);
  const reference = referenceOf(id, cwd);
  const known = reference.kind === 'disk' ? undefined : knownModel(reference);
  if (known) await askForLicence(known, folders.data, options);
  const line = createProgressLine(process.stderr);
  const { offline, proxy } = models.settings();
  const result = await provideModel(id, {
    cwd,
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
  if (options.json) printResult({ status: 'ready', id, path: result.path, from: result.from });
  else process.stdout.write(`${result.path}\n`);
  return 0;
}

/** Shows a licence that limits use and takes the person's word; with no terminal to ask, the answer is no. */
async function askForLicence(model: CatalogModel, dataFolder: string, options: ModelsOptions): Promise<void> {
  if (await isLicenceAccepted(model, dataFolder)) return;
  const { name, url } = model.licence;
  process.stderr.write(`${model.title} comes under ${name}: ${url}\n`);
  if (options.acceptLicence) return acceptLicence(model, dataFolder);
  if (!process.stdin.isTTY) throw new CommandFailed(`read the licence, then repeat the command with --accept-licence`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question('Have you read it, and do you accept it? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailed('the licence was not accepted; nothing was fetched');
  await acceptLicence(model, dataFolder);
}

async function add(file: string | undefined, options: ModelsOptions, signal: AbortSignal): Promise<number> {
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

/** The models in our own folder that an id, a reference, or the name or path of a file there means. */
async function ours<T extends { path: string }>(id: string, cwd: string, models: readonly T[]): Promise<T[]> {
  const byPath = models.filter(({ path }) => path === resolve(cwd, id) || basename(path) === id);
  if (byPath.length > 0) return byPath;
  const reference = referenceOf(id, cwd);
  return reference.kind === 'disk' ? [] : models.filter((model) => isMeant(model, reference));
}

async function verify(id: string, options: ModelsOptions, signal: AbortSignal): Promise<number> {
  const folders = dataFolders();
  const { cwd } = commandContext(options);
  const models = await ours(id, cwd, await installedModels(folders.models));
  if (models.length === 0) throw new CommandFailed(`${id} is not in ${folders.models}`);
  const line = createProgressLine(process.stderr);
  const paths = models.flatMap((model) => model.paths);
  for (const path of paths) {
    const published = basename(path) === starterModel.file ? starterModel : await readPublished(path);
    if (!published) throw new CommandFailed(`${path} was put there by hand: no published checksum is known`);
    const how = { dataFolder: folders.data, signal, onProgress: line.report, again: true };
    const result = await verifyModelFile(published, path, how);
    line.clear();
    if (result.kind === 'failed') return fail(result.problem);
    if (result.kind === 'cancelled') return 1;
  }
  if (options.json) printResult({ status: 'ready', id, path: paths[0], paths });
  else process.stdout.write(`${paths.join('\n')}\nas published\n`);
  return 0;
}

async function remove(id: string, options: ModelsOptions): Promise<number> {
  const { models: folder } = dataFolders();
  const { cwd } = commandContext(options);
  const foreign = (await machineCacheFolders()).map(({ path }) => path);
  const models = [...(await installedModels(folder)), ...(await begunDownloads(folder))];
  const meant = await ours(id, cwd, models);
  // A file elsewhere is refused with the reason, not passed over.
  const paths = meant.length === 0 && isAbsolute(id) ? [id] : [...new Set(meant.map(({ path }) => path))];
  let bytes = 0;
  const removed: string[] = [];
  for (const path of paths) {
    const result = await removeModel(path, { folder, foreign });
    if (result.kind === 'failed') return fail(result.problem);
    if (result.kind === 'absent') continue;
    bytes += result.bytes;
    removed.push(path);
  }
  if (options.json) printResult({ status: removed.length > 0 ? 'removed' : 'unchanged', id, bytes, paths: removed });
  else
    process.stdout.write(
      removed.length > 0 ? `${removed.join('\n')}\n${sizeText(bytes)} freed\n` : `${id} is not there\n`,
    );
  return removed.length > 0 ? 0 : 1;
}

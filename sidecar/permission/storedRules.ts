import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeFileAtomic } from '../workspace/atomicFile.ts';
import { addRule, removeRule, type StoredRules } from './rules.ts';

const Stored = z.record(z.string(), z.array(z.string()));

/** Where the command line keeps its rules, by folder; an editor keeps those of its workspaces in its settings. */
export const rulesPath = (dataFolder: string): string => join(dataFolder, 'rules.json');

/** All rules of the command line; throws one line where the file cannot be read. */
export async function readStoredRules(dataFolder: string): Promise<StoredRules> {
  const path = rulesPath(dataFolder);
  try {
    return Stored.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new Error(`${path} cannot be read as rules: mend or delete it`);
  }
}

/** Adds a rule for a folder; no if it is there already or is no rule. */
export const storeRule = (dataFolder: string, folder: string, rule: string): Promise<boolean> =>
  change(dataFolder, (all) => addRule(all, folder, rule));

/** Takes a rule of a folder away; no if it is not there. */
export const dropRule = (dataFolder: string, folder: string, rule: string): Promise<boolean> =>
  change(dataFolder, (all) => (all[folder]?.includes(rule) ? removeRule(all, folder, rule) : all));

async function change(dataFolder: string, next: (all: StoredRules) => StoredRules): Promise<boolean> {
  const before = await readStoredRules(dataFolder);
  const after = next(before);
  if (after === before) return false;
  await writeFileAtomic(rulesPath(dataFolder), Buffer.from(`${JSON.stringify(after, null, 2)}\n`), 0o600);
  return true;
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { CatalogModel } from './catalog.ts';

const Accepted = z.record(z.string(), z.object({ licence: z.string(), at: z.string() }));

const fileOf = (dataFolder: string): string => join(dataFolder, 'acceptedLicences.json');

async function all(dataFolder: string): Promise<z.infer<typeof Accepted>> {
  try {
    return Accepted.parse(JSON.parse(await readFile(fileOf(dataFolder), 'utf8')));
  } catch {
    // Lost or damaged: the person is asked again.
    return {};
  }
}

/** Whether the model may be fetched: its licence needs no word, or the person has accepted this one. */
export async function isLicenceAccepted(model: CatalogModel, dataFolder: string): Promise<boolean> {
  if (!model.licence.mustAccept) return true;
  return (await all(dataFolder))[model.id]?.licence === model.licence.name;
}

export async function acceptLicence(model: CatalogModel, dataFolder: string): Promise<void> {
  const accepted = { ...(await all(dataFolder)), [model.id]: entry(model) };
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const temporary = `${fileOf(dataFolder)}.${process.pid}.tmp`;
  await writeFile(temporary, JSON.stringify(accepted, null, 1), { mode: 0o600 });
  await rename(temporary, fileOf(dataFolder));
}

const entry = (model: CatalogModel) => ({ licence: model.licence.name, at: new Date().toISOString() });

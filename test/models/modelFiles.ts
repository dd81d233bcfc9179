import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { starterModel } from '../../sidecar/models/catalog/starter.ts';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';

function needed(file: string, script: string): string {
  const path = join(dataFolders().models, file);
  if (!existsSync(path)) throw new Error(`${path} is missing: run node scripts/${script}`);
  return path;
}

/** The small real model, 98 MB. */
export const smolModel = (): string => needed('SmolLM2-135M-Instruct.Q4_1.gguf', 'fetchSmolModel.mjs');

export const starterFile = (): string => needed(starterModel.file, 'fetchStarterMirror.mjs');

/** Writes the tiny Devstral (3.4 MB, Tekken, 4096 tokens of context) into a folder. */
export function tinyModel(
  folder: string,
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
  name = 'tiny.gguf',
): string {
  const path = join(folder, name);
  writeFileSync(path, change(gunzipSync(readFileSync(join('test', 'fixtures', 'tiny-devstral.gguf.gz')))));
  return path;
}

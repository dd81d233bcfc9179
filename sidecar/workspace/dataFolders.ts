import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import envPaths from 'env-paths';

export interface DataFolders {
  /** Journal, sessions, calibration, hashes of checked files. */
  data: string;
  /** Model files; may be set by the person. */
  models: string;
  logs: string;
}

/** Where the person's data lives. `DEVSTRAL_HOME` overrides all of it (tests, portable installs); `modelsFolder` only the models. */
export function dataFolders(modelsFolder = ''): DataFolders {
  const home = process.env.DEVSTRAL_HOME;
  const paths = envPaths('devstral', { suffix: '' });
  const folders = home
    ? { data: join(home, 'data'), models: join(home, 'models'), logs: join(home, 'logs') }
    : { data: paths.data, models: join(paths.cache, 'models'), logs: paths.log };
  if (modelsFolder) folders.models = modelsFolder;
  // Private to the person: conversations and journals hold source code.
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folders;
}

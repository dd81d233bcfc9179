import { join } from 'node:path';
import envPaths from 'env-paths';

/** Folder of the npm workbench: DEVSTRAL_TEST_HOST, else one in the user's cache that all checkouts share. */
export function hostFolder() {
  return process.env.DEVSTRAL_TEST_HOST || join(envPaths('devstral', { suffix: '' }).cache, 'vscode-host');
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findRipgrep } from '../../sidecar/workspace/search/ripgrep.ts';
import { hostFolder } from '../workbench/hostFolder.mjs';

/** The ripgrep of the workbench that tests run in, else one on the path; null where there is none. */
export function ripgrepForTests(): string | null {
  const bin = 'node_modules/code-server/lib/vscode/node_modules/@vscode/ripgrep-universal/bin';
  const inHost = join(
    hostFolder(),
    bin,
    `${process.platform}-${process.arch}`,
    process.platform === 'win32' ? 'rg.exe' : 'rg',
  );
  return findRipgrep(existsSync(inHost) ? inHost : undefined, process.env.PATH ?? '');
}

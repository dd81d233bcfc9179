import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/**
 * Where the engine of a person listens: a socket in a folder that only they can open, a named pipe on Windows. One a data
 * folder and version, so that tests, portable installs and an update have their own. Short: a socket's path has 104 bytes.
 */
export function engineAddress(dataFolder: string, version: string): string {
  const name = createHash('sha256').update(`${dataFolder}\n${version}`).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\devstral-${userInfo().username}-${name}`;
  const folder = join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `devstral-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  // In a folder that all may write to, somebody else may have made ours.
  if (!found.isDirectory() || found.uid !== userInfo().uid) throw new Error(`${folder} belongs to somebody else`);
  chmodSync(folder, 0o700);
  return join(folder, `${name}.sock`);
}

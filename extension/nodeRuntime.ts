import { execFileSync } from 'node:child_process';

/** `node` of the path if it is version 20 or newer, else null. */
export function nodeFromPath(): string | null {
  try {
    const version = execFileSync('node', ['--version'], { encoding: 'utf8', timeout: 3000, windowsHide: true });
    return Number(/^v(\d+)/.exec(version)?.[1] ?? 0) >= 20 ? 'node' : null;
  } catch {
    return null;
  }
}

import picomatch from 'picomatch';

/**
 * Whether a path (forward slashes) matches a glob. As in .gitignore, a glob without a slash means a name at any depth.
 * Names that begin with a dot are like others.
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const bare = glob.replaceAll('\\', '/').replace(/^\.?\//, '');
  return picomatch(bare.includes('/') ? bare : `**/${bare}`, { dot: true, nonegate: true, noextglob: true });
}

/**
 * The endings that a glob asks for, if that is all that its last part says ("*.ts", "a/*.{ts,tsx}"): a cheap first
 * sieve for a program that has globs of its own.
 */
export function globEndings(glob: string): string[] | null {
  const found = /(?:^|[/\\])\*\.(?:(\w+)|\{(\w+(?:,\w+)*)\})$/.exec(glob);
  return found ? (found[1] ?? found[2] ?? '').split(',') : null;
}

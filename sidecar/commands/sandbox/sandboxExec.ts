import { posix } from 'node:path';
import { readInHome, runsLater, secretsInHome, staysInPlace } from './home.ts';
import type { SandboxScope } from './sandbox.ts';

/**
 * Arguments of macOS' sandbox-exec, without the command: a profile in its language and the paths as parameters, so that no
 * path is ever read as part of the profile. The last rule that matches decides.
 */
export function sandboxExecArgv(scope: SandboxScope): string[] {
  const { roots, network, home, hidden, shown, cache } = scope;
  const parameters: string[] = [];
  const path = (value: string) => {
    parameters.push('-D', `P${parameters.length / 2}=${value}`);
    return `(subpath (param "P${parameters.length / 2 - 1}"))`;
  };
  const paths = (values: readonly string[]) => values.map(path).join(' ');
  const names = (values: readonly string[]) =>
    values.map((value) => path(value).replace('(subpath', '(literal')).join(' ');
  const writable = [...roots, ...(cache ? [cache] : []), '/private/tmp', '/private/var/tmp', '/private/var/folders'];
  const below = (folder: string, names: readonly string[]) => names.map((name) => posix.join(folder, name));
  const rules = [
    '(version 1)',
    '(allow default)',
    '(deny file-write*)',
    `(allow file-write* ${paths(writable)} (subpath "/dev"))`,
    `(deny file-write* ${paths(roots.flatMap((root) => below(root, runsLater)))})`,
    // The folder or file itself; what lies in the folder is another path.
    `(deny file-write* ${names(roots.flatMap((root) => below(root, staysInPlace)))})`,
    // Metadata stays readable: a path is walked from the top.
    `(deny file-read-data ${paths([home, ...hidden])})`,
    `(allow file-read-data ${paths([...below(home, readInHome), ...(cache ? [cache] : []), ...roots, ...shown])})`,
    `(deny file-read-data ${paths(below(home, secretsInHome))})`,
    ...(network ? [] : ['(deny network*)', '(allow network* (local unix-socket))']),
  ];
  return ['-p', rules.join('\n'), ...parameters];
}

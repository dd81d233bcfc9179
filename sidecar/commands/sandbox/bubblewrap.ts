import { posix } from 'node:path';
import { isBelow, readInHome, runsLater, secretsInHome, staysInPlace } from './home.ts';
import type { SandboxScope } from './sandbox.ts';

/**
 * Arguments of bwrap(1), without the command: the system read-only, the workspace read-write, /tmp, /run and the home empty
 * and its own, process ids of its own. Later mounts cover earlier ones, so the order matters.
 */
export function bubblewrapArgv(scope: SandboxScope): string[] {
  const { roots, cwd, sealed = [], network, home, hidden, shown, cache, exists } = scope;
  const readOnly = (path: string) => ['--ro-bind', path, path];
  const homeHolds = (path: string) => isBelow(path, home);
  const homeIsOpen = roots.some((root) => isBelow(home, root));
  const tools = homeIsOpen ? [] : readInHome.map((name) => posix.join(home, name)).filter(exists);
  const secrets = homeIsOpen ? secretsInHome.map((name) => posix.join(home, name)).filter(exists) : [];
  const mounted = roots.flatMap((root) => staysInPlace.map((name) => posix.join(root, name))).filter(exists);
  const later = roots.flatMap((root) => runsLater.map((name) => posix.join(root, name))).filter(exists);
  return [
    // Not the cgroups: Java looks for its own below /sys, and its management beans fail where the names differ.
    ...['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...(network ? [] : ['--unshare-net']),
    // Killed with us; no rights even if we are root.
    ...['--die-with-parent', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...['--tmpfs', '/tmp', '--tmpfs', '/var/tmp'],
    // Sockets: through that of docker a command would be root outside. Names are looked up by way of resolv.conf.
    ...['--tmpfs', '/run'],
    ...['/run/systemd/resolve', '/run/current-system'].filter(exists).flatMap(readOnly),
    ...['--tmpfs', home],
    ...tools.flatMap(readOnly),
    ...(cache && !homeIsOpen ? ['--bind', cache, posix.join(home, '.cache')] : []),
    ...hidden.filter((path) => exists(path) && !homeHolds(path)).flatMap((path) => ['--tmpfs', path]),
    ...roots.flatMap((root) => ['--bind', root, root]),
    // The place of a mount can neither be renamed nor removed.
    ...mounted.flatMap((path) => ['--bind', path, path]),
    ...[...later, ...sealed].flatMap(readOnly),
    ...(homeIsOpen ? hidden.filter((path) => exists(path) && homeHolds(path)) : []).flatMap((path) => [
      '--tmpfs',
      path,
    ]),
    ...secrets.flatMap((path) => ['--tmpfs', path]),
    ...shown.filter(exists).flatMap(readOnly),
    ...['--chdir', cwd],
  ];
}

import { posix } from 'node:path';
import { runsLater, staysInPlace } from './home.ts';
import type { SandboxScope } from './sandbox.ts';

export type ContainerProgram = 'docker' | 'podman';

/** The image that OpenHands builds its runtime on: Python, Node, git and a compiler. */
export const defaultImage = 'nikolaik/python-nodejs:python3.12-nodejs22';

/**
 * `docker run` for one command: the workspace under its own path, so that paths in the output are right; nothing else of
 * this machine. The image is never pulled here, because that would be a download that nobody asked for.
 */
export function containerArgv(
  { program, image }: { program: ContainerProgram; image: string },
  shellArgv: readonly string[],
  { roots, cwd, sealed = [], network, shown, exists }: Omit<SandboxScope, 'home' | 'hidden' | 'cache'>,
  { name, env, user = thisUser() }: { name: string; env: Readonly<Record<string, string>>; user?: string | null },
): string[] {
  // In the image the shell is found by its name.
  const [shell = 'sh', ...shellArgs] = shellArgv;
  const inside = shell.split('/').at(-1) ?? 'sh';
  const below = (names: readonly string[]) =>
    roots.flatMap((root) => names.map((name) => posix.join(root, name))).filter(exists);
  const mount = (path: string, how: string) => ['--mount', `type=bind,"source=${path}","target=${path}"${how}`];
  return [
    program,
    ...['run', '--rm', '--init', '--pull', 'never', '--name', name],
    ...['--network', network ? 'bridge' : 'none'],
    ...['--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
    // Files that it makes belong to the person.
    ...(program === 'podman' ? ['--userns', 'keep-id'] : user === null ? [] : ['--user', user]),
    ...['--env', 'HOME=/tmp', ...Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`])],
    ...[...roots, ...below(staysInPlace).filter((path) => !sealed.includes(path))].flatMap((path) => mount(path, '')),
    ...[...below(runsLater), ...sealed].flatMap((path) => mount(path, ',readonly')),
    ...shown.filter(exists).flatMap((path) => mount(path, ',readonly')),
    ...['--workdir', cwd, image, inside, ...shellArgs],
  ];
}

/** Ends a container that its client left: a killed client does not take it along. */
export const killContainerArgv = (program: ContainerProgram, name: string): string[] => [
  program,
  'rm',
  '--force',
  name,
];

const thisUser = () => (process.getuid && process.getgid ? `${process.getuid()}:${process.getgid()}` : null);

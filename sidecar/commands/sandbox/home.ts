import { posix } from 'node:path';

/**
 * What tools need of a home to work at all, read-only: programs, and packages that were fetched. Not what holds tokens beside
 * them (~/.npmrc, ~/.cargo/credentials.toml, ~/.m2/settings.xml, ~/.gradle/gradle.properties, ~/.netrc, ~/.config).
 */
export const readInHome: readonly string[] = [
  '.local/bin',
  '.local/lib',
  '.local/share/uv',
  '.local/share/pnpm',
  '.local/share/mise',
  '.local/pipx',
  '.nvm',
  '.volta',
  '.fnm',
  '.asdf',
  '.bun/bin',
  '.deno/bin',
  '.pyenv',
  '.rbenv',
  '.sdkman/candidates',
  '.rustup',
  '.cargo/bin',
  '.cargo/env',
  '.cargo/registry',
  '.cargo/git',
  'go/bin',
  'go/pkg',
  '.m2/repository',
  '.m2/wrapper',
  '.gradle/caches',
  '.gradle/wrapper',
  '.dotnet',
  '.nuget/packages',
  '.gitconfig',
  '.config/git/config',
  '.config/git/ignore',
  '.local/state/fnm_multishells',
];

/** Where a home keeps secrets; hidden also where the home itself is the workspace. */
export const secretsInHome: readonly string[] = [
  '.ssh',
  '.gnupg',
  '.aws',
  '.azure',
  '.kube',
  '.docker',
  '.config/gcloud',
  '.config/gh',
  '.password-store',
  '.mozilla',
  '.local/share/keyrings',
];

/**
 * What of a repository runs on the person's machine later: it must not be written from inside. `commondir` names another
 * folder with git's settings.
 */
export const runsLater: readonly string[] = [
  ...['.git/hooks', '.git/config', '.git/config.worktree', '.git/commondir'],
  ...['.vscode', '.idea', '.husky', '.devcontainer', '.devcontainer.json', '.envrc'],
];

/** Must stay what it is: with another folder in its place, its settings would be the command's own, and run on a `git status`. */
export const staysInPlace: readonly string[] = ['.git'];

/** Whether a path is a folder or lies below it. Pure, for paths with `/`. */
export function isBelow(path: string, folder: string): boolean {
  const relative = posix.relative(folder, path);
  return relative === '' || (!relative.startsWith('../') && relative !== '..');
}

/**
 * Folders of PATH that lie in the home, with what belongs to them (`…/node-22/bin` with `…/node-22`), but never a folder
 * directly in the home: beside `~/.cargo/bin` lie its keys. Not those of the workspace, which is writable anyway. Pure.
 */
export function programFolders(path: string, home: string, roots: readonly string[]): string[] {
  const folders = path
    .split(':')
    .filter((folder) => folder !== home && posix.isAbsolute(folder) && isBelow(folder, home));
  return folders
    .filter((folder) => !roots.some((root) => isBelow(folder, root) || isBelow(root, folder)))
    .map((folder) => {
      const parent = posix.dirname(folder);
      return posix.basename(folder) === 'bin' && posix.relative(home, parent).includes('/') ? parent : folder;
    });
}

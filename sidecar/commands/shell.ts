import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

export interface Shell {
  /** How a command is written for it. `powershell`: our readers of commands do not understand it, so each one rates high. */
  kind: 'bash' | 'sh' | 'powershell';
  path: string;
}

export interface ShellLookup {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
}

const thisMachine: ShellLookup = { platform: process.platform, env: process.env, exists: existsSync };

/** The shell that runs commands: bash, else sh; on Windows Git Bash, else PowerShell. Never the bash of WSL: it sees other paths. */
export function findShell({ platform, env, exists }: ShellLookup = thisMachine): Shell {
  if (platform === 'win32') return windowsShell({ platform, env, exists });
  const onPath = (env.PATH ?? '').split(':').filter((folder) => posix.isAbsolute(folder));
  const folders = ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', ...onPath];
  const bash = folders.map((folder) => posix.join(folder, 'bash')).find(exists);
  return bash ? { kind: 'bash', path: bash } : { kind: 'sh', path: '/bin/sh' };
}

function windowsShell({ env, exists }: ShellLookup): Shell {
  const onPath = (env.Path ?? env.PATH ?? '').split(';').filter((folder) => win32.isAbsolute(folder));
  const besideGit = onPath
    .filter((folder) => exists(win32.join(folder, 'git.exe')))
    // ...\Git\cmd\git.exe or ...\Git\mingw64\bin\git.exe
    .flatMap((folder) => [win32.join(folder, '..'), win32.join(folder, '..', '..')]);
  const programs = [
    env.ProgramFiles,
    env['ProgramFiles(x86)'],
    env.LOCALAPPDATA && win32.join(env.LOCALAPPDATA, 'Programs'),
  ];
  const known = programs.flatMap((folder) => (folder ? [win32.join(folder, 'Git')] : []));
  const bash = [...known, ...besideGit].map((folder) => win32.join(folder, 'bin', 'bash.exe')).find(exists);
  if (bash) return { kind: 'bash', path: bash };
  const newer = onPath.map((folder) => win32.join(folder, 'pwsh.exe')).find(exists);
  const builtIn = win32.join(
    env.SystemRoot ?? 'C:\\Windows',
    'System32',
    'WindowsPowerShell',
    'v1.0',
    'powershell.exe',
  );
  return { kind: 'powershell', path: newer ?? builtIn };
}

/** Program and arguments for one command line. Pure. */
export function shellArgv({ kind, path }: Shell, command: string): string[] {
  if (kind !== 'powershell') return [path, '-c', command];
  // Without this PowerShell writes in the code page of the console, and a native program's exit code is lost.
  const utf8 = '[Console]::OutputEncoding = [Text.Encoding]::UTF8; ';
  return [path, '-NoLogo', '-NoProfile', '-NonInteractive', '-Command', `${utf8}${command}; exit $LASTEXITCODE`];
}

/** Standard error joins standard output in the order of writing, which two pipes would lose. Windows keeps two. Pure. */
export const merged = (argv: readonly string[], platform: NodeJS.Platform = process.platform): string[] =>
  platform === 'win32' ? [...argv] : ['/bin/sh', '-c', 'exec "$@" 2>&1', 'sh', ...argv];

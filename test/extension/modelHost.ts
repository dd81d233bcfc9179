import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as vscode from 'vscode';
import type { DevstralApi } from '../../extension/extension.ts';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';
import { type HubServer, startHubServer } from '../servers/hubServer.ts';
import { createFixHost, type FixHost } from './fixHost.ts';
import type { ShownList } from './messages.ts';
import { waitFor } from './waitFor.ts';

/** A window with a hub of its own, in which models are fetched, listed, verified and loaded. */
export interface ModelHost extends FixHost {
  hub: HubServer;
  models: string;
  /** The tiny Devstral. */
  tiny: Buffer;
  /** Puts a model into the models folder. Answers its path. */
  putTiny(name: string): string;
  statusBar(): { text: string; tooltip: string };
  /** Waits until the status bar's text matches. */
  shows(text: RegExp): Promise<string>;
  /** Opens the switcher, or another list, and waits for its items. */
  openList(command?: string): Promise<{ list: ShownList; done: Promise<unknown> }>;
}

const extensionRoot = vscode.extensions.getExtension('devstral-vscode.devstral')?.extensionPath ?? '';

/** `repo` is the one repository of the hub. */
export async function createModelHost(repo: string, file: string): Promise<ModelHost> {
  const host = createFixHost();
  const fixture = join(extensionRoot, 'test', 'fixtures', 'tiny-devstral.gguf.gz');
  const tiny = gunzipSync(readFileSync(fixture));
  const hub = await startHubServer(repo, { [file]: tiny });
  const models = dataFolders().models;
  const home = process.env.DEVSTRAL_HOME ?? assert.fail('no DEVSTRAL_HOME');
  const environment = { HF_ENDPOINT: hub.url, HF_HOME: join(home, 'hf'), OLLAMA_MODELS: join(home, 'ollama') };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  const extension = vscode.extensions.getExtension<DevstralApi>('devstral-vscode.devstral');

  const self: ModelHost = {
    ...host,
    hub,
    models,
    tiny,
    putTiny(name) {
      const path = join(models, name);
      writeFileSync(path, tiny);
      return path;
    },
    statusBar: () => extension?.exports.statusBar() ?? assert.fail('the extension is not active'),
    async shows(text) {
      try {
        return await waitFor('the text', () => text.test(self.statusBar().text) && self.statusBar().text, 20_000);
      } catch {
        return assert.fail(`the status bar shows ${self.statusBar().text}, not ${text}`);
      }
    },
    async openList(command = 'devstral.switchModel') {
      const done = host.run(command);
      const list = await waitFor('the list', () => {
        const last = host.messages.list();
        return last.items().length > 0 && last;
      });
      return { list, done };
    },
    async start() {
      await host.start();
      Object.assign(process.env, environment);
      // One thread: two wait for each other where the cores have other work.
      await host.set({ 'devstral.models.gpu': 'off', 'devstral.models.threads': 1 });
      // It inherits the environment.
      await host.run('devstral.restartSidecar');
    },
    async reset() {
      await host.reset();
      host.messages.reports.length = 0;
      hub.requests.length = 0;
      hub.storageRequests.length = 0;
    },
    async stop() {
      await host.stop();
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      hub.close();
      await host.run('devstral.unloadModel');
      if (existsSync(models)) rmSync(models, { recursive: true });
      mkdirSync(models, { recursive: true });
      await host.run('devstral.restartSidecar');
    },
  };
  // The reply of the scripted server is set on the host itself.
  Object.defineProperty(self, 'reply', { get: () => host.reply, set: (reply) => Object.assign(host, { reply }) });
  return self;
}

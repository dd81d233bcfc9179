import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { engineAddress } from '../../sidecar/engine/engineAddress.ts';
import { createEngineBackend } from '../../sidecar/engine/engineBackend.ts';
import { createEngineClient, type EngineClient } from '../../sidecar/engine/engineClient.ts';
import { type EngineState, engineState, type ModelSpec } from '../../sidecar/engine/engineMessages.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

export const never = new AbortController().signal;
export const engineMain = resolve('dist/engine.mjs');

export function requestOf(content: string, maxTokens: number): StreamRequest {
  return { messages: [{ role: 'user', content }], tools: [], sampling: { temperature: 0, maxTokens } };
}

export async function until(what: string, holds: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${ms} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What a backend told of one answer. */
export async function run(
  of: Backend,
  request: StreamRequest,
  see: (event: ModelEvent) => void = () => {},
  signal = never,
): Promise<{ events: ModelEvent[]; text: string; end: ModelEvent | undefined }> {
  const events: ModelEvent[] = [];
  for await (const event of of.stream(request, signal)) {
    events.push(event);
    see(event);
  }
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  return { events, text, end: events.at(-1) };
}

export interface EngineWindows {
  folder: string;
  address: string;
  /** A window or terminal: a client of the one engine. */
  client(idleMs?: number, program?: string): EngineClient;
  /** Of the engine that answers now; after the test it must have ended. */
  stateOf(client: EngineClient): Promise<EngineState>;
  spec(modelPath: string, name: string): ModelSpec;
  backendOf(client: EngineClient, spec: ModelSpec): Backend;
  smol(client: EngineClient): Backend;
  tiny(client: EngineClient): Backend;
  /** Why the engine let its model go. */
  unloads: string[];
  logged: string[];
}

/** Windows that share one engine, for the tests of the `describe` that calls this. */
export function engineWindows(): EngineWindows {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-engine-'));
  const address = engineAddress(folder, 'test');
  const clients: EngineClient[] = [];
  const pids = new Set<number>();
  const unloads: string[] = [];
  const logged: string[] = [];
  const log = { info: (text: string) => void logged.push(text), warn: (text: string) => void logged.push(text) };

  afterEach(async () => {
    for (const each of clients.splice(0)) each.dispose();
    await until('the end of the engine', () => [...pids].every((pid) => !isAlive(pid))).catch((error: Error) => {
      // One that has begun to end listens no more.
      throw new Error(`${error.message}; it ${existsSync(address) ? 'still listens' : 'has begun to'}`);
    });
    pids.clear();
    unloads.length = 0;
    logged.length = 0;
  });
  after(() => rmSync(folder, { recursive: true }));

  const backendOf = (of: EngineClient, its: ModelSpec) => createEngineBackend({ client: of, spec: its, log });
  const spec = (modelPath: string, name: string): ModelSpec => ({
    modelPath,
    name,
    contextSize: 1024,
    threads: 0,
    gpu: 'off',
    dataFolder: folder,
  });
  return {
    folder,
    address,
    unloads,
    logged,
    spec,
    backendOf,
    smol: (of) => backendOf(of, spec(smolModel(), 'Smol')),
    tiny: (of) => backendOf(of, spec(tinyModel(folder), 'Tiny')),
    client(idleMs = 600_000, program = engineMain) {
      const made = createEngineClient({
        address,
        program,
        endAfterMs: 400,
        idleMs: () => idleMs,
        onUnloaded: (reason) => unloads.push(reason),
        log,
      });
      clients.push(made);
      return made;
    },
    async stateOf(of) {
      for (;;) {
        const { rpc, closed } = await of.connection();
        const state = await Promise.race([rpc.sendRequest(engineState), closed]);
        // Undefined: it ended before it answered.
        if (!state) continue;
        pids.add(state.pid);
        return state;
      }
    },
  };
}

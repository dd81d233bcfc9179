import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { engineAddress } from '../engine/engineAddress.ts';
import { createEngineBackend } from '../engine/engineBackend.ts';
import { createEngineClient, type EngineClient } from '../engine/engineClient.ts';
import { engineRelease, type ModelSpec } from '../engine/engineMessages.ts';
import { engineProgram } from '../engine/engineProgram.ts';
import type { Log } from '../log.ts';
import type { ModelEntry, ModelStatus, SidecarSettings } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { version } from '../version.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Backend, ModelEvent, StreamRequest } from './backend.ts';
import { createRemoteBackend } from './backends/remote/remoteBackend.ts';
import { starterModel } from './catalog/starter.ts';
import { ensureModelFile, modelFilePath } from './download/ensureModelFile.ts';
import { stateOf, throttleStatus } from './modelStatus.ts';

/** How long a model that is not used stays in memory, if the person says nothing. */
export const defaultUnloadMinutes = 15;
/** How long the engine stays after its last editor or terminal: the next one finds the model loaded. */
const engineEndsAfterMs = 5 * 60_000;

export type Prepared =
  | { kind: 'ready'; backend: Backend }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

export interface ModelManager {
  /** The model in use, downloaded, checked and loaded if need be. */
  prepare(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared>;
  list(): ModelEntry[];
  status(): ModelStatus;
  /** Takes new settings; the model in use is unloaded if they name another. */
  configure(settings: SidecarSettings): Promise<void>;
  settings(): SidecarSettings;
  /** Frees the memory once the running answer has ended; the next use loads again. */
  unload(): Promise<void>;
  dispose(): Promise<void>;
}

interface Deps {
  settings: SidecarSettings;
  secret(origin: string): Promise<string | null>;
  onStatus(status: ModelStatus): void;
  log: Log;
}

type Choice =
  | { kind: 'starter' }
  | { kind: 'file'; path: string }
  | { kind: 'server'; name: string; url: string; model: string | undefined };

/** What the setting `devstral.model` names; `auto` is the starter until a Devstral fits this machine. */
function chosen(settings: SidecarSettings): Choice {
  const { model } = settings;
  if (model === 'auto' || model === 'starter' || model === '') return { kind: 'starter' };
  const server = settings.servers.find((entry) => entry.name === model);
  if (server) return { kind: 'server', name: server.name, url: server.url, model: server.model };
  return { kind: 'file', path: model };
}

function nameOf(choice: Choice): string {
  if (choice.kind === 'starter') return starterModel.name;
  if (choice.kind === 'server') return choice.name.slice(0, 14);
  return basename(choice.path, '.gguf').slice(0, 14);
}

/** Owns the one model in use: builds its backend on first need and says what it is doing. */
export function createModelManager(deps: Deps): ModelManager {
  let settings = deps.settings;
  let backend: Backend | undefined;
  let engine: EngineClient | undefined;
  let rate = 0;
  let current = idleStatus();
  const send = throttleStatus(deps.onStatus);

  function idleStatus(): ModelStatus {
    const choice = chosen(settings);
    const kind = choice.kind === 'server' ? 'server' : 'local';
    return { name: nameOf(choice), kind, state: { state: choice.kind === 'server' ? 'ready' : 'off' } };
  }

  function setState(state: ModelStatus['state']): void {
    current = { ...current, state };
    send(current);
  }

  /** Passes a stream through and keeps the status in step with it. */
  async function* watched(stream: AsyncIterable<ModelEvent>): AsyncIterable<ModelEvent> {
    for await (const event of stream) {
      if (event.type === 'usage') {
        rate = event.tokensPerSecond;
        const used = event.promptTokens + event.outputTokens;
        current = { ...current, detail: { ...detail(), contextUsed: used, decodeRate: rate } };
      }
      const state = stateOf(event, rate);
      if (state) setState(state);
      yield event;
    }
  }

  function detail() {
    const choice = chosen(settings);
    const network = choice.kind === 'server' ? `connected to ${new URL(withScheme(choice.url)).host}` : 'off';
    return current.detail ?? { title: choice.kind === 'starter' ? starterModel.title : nameOf(choice), network };
  }

  function watchedBackend(inner: Backend): Backend {
    return {
      ...inner,
      prepare: (signal) => watched(inner.prepare(signal)),
      stream: (request: StreamRequest, signal) => watched(inner.stream(request, signal)),
    };
  }

  async function build(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared> {
    const choice = chosen(settings);
    if (choice.kind === 'server') {
      return {
        kind: 'ready',
        backend: createRemoteBackend({
          name: choice.name,
          url: choice.url,
          ...(choice.model === undefined ? {} : { model: choice.model }),
          offline: settings.offline,
          proxy: settings.proxy,
          getKey: deps.secret,
          log: deps.log,
        }),
      };
    }
    const folders = dataFolders(settings.modelsFolder);
    let path = choice.kind === 'file' ? choice.path : '';
    if (choice.kind === 'starter') {
      const file = await ensureModelFile(starterModel, {
        folder: folders.models,
        dataFolder: folders.data,
        offline: settings.offline,
        proxy: settings.proxy,
        signal,
        onProgress(progress) {
          const done = progress.phase === 'downloading' ? progress.received / progress.total : 1;
          if (progress.phase === 'downloading') setState({ state: 'downloading', fraction: done });
          onProgress(progress);
        },
      });
      if (file.kind !== 'ready') return file;
      path = file.path;
    }
    const { contextSize, threads, gpu } = settings;
    const name = nameOf(choice);
    const spec: ModelSpec = { modelPath: path, name, contextSize, threads, gpu, dataFolder: folders.data };
    engine ??= connectEngine(folders.data);
    return { kind: 'ready', backend: createEngineBackend({ client: engine, spec, log: deps.log }) };
  }

  function connectEngine(dataFolder: string): EngineClient {
    return createEngineClient({
      address: engineAddress(dataFolder, version),
      program: engineProgram(),
      endAfterMs: Number(process.env.DEVSTRAL_ENGINE_END_MS ?? engineEndsAfterMs),
      idleMs: () => (settings.unloadAfterMinutes > 0 ? settings.unloadAfterMinutes * 60_000 : Number.MAX_SAFE_INTEGER),
      onUnloaded: () => {
        if (current.kind === 'local' && current.state.state === 'ready') setState({ state: 'off' });
      },
      log: deps.log,
    });
  }

  async function prepare(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared> {
    if (!backend) {
      const built = await build(onProgress, signal);
      if (built.kind === 'failed') setState({ state: 'failed', problem: built.problem });
      if (built.kind === 'cancelled') setState({ state: 'off' });
      if (built.kind !== 'ready') return built;
      backend = watchedBackend(built.backend);
    }
    const inUse = backend;
    for await (const event of inUse.prepare(signal)) {
      if (event.type === 'loading') onProgress({ phase: 'loading', name: event.name, fraction: event.fraction });
      if (event.type === 'error') return { kind: 'failed', problem: event.problem };
      if (event.type === 'finish' && event.reason === 'cancelled') return { kind: 'cancelled' };
    }
    const capabilities = await inUse.capabilities(signal);
    current = {
      ...current,
      detail: {
        ...detail(),
        ...(capabilities.contextSize === null ? {} : { contextSize: capabilities.contextSize }),
        ...(capabilities.decodeRate === null ? {} : { decodeRate: capabilities.decodeRate }),
        ...(capabilities.prefillRate === null ? {} : { prefillRate: capabilities.prefillRate }),
      },
    };
    setState({ state: 'ready' });
    return { kind: 'ready', backend: inUse };
  }

  async function unload(): Promise<void> {
    const old = backend;
    backend = undefined;
    await old?.dispose();
    // Not connected only to say that: then there is nothing in memory.
    if (old?.kind === 'local' && engine) {
      await engine
        .connection()
        .then(({ rpc }) => rpc.sendRequest(engineRelease))
        .catch(() => undefined);
    }
  }

  return {
    prepare,
    settings: () => settings,
    status: () => current,
    list: () => listModels(settings),
    async configure(next) {
      const same = JSON.stringify(next) === JSON.stringify(settings);
      settings = next;
      if (same) return;
      await unload();
      current = idleStatus();
      send(current);
    },
    unload,
    async dispose() {
      await backend?.dispose();
      engine?.dispose();
    },
  };
}

const withScheme = (url: string) => (/^https?:/.test(url) ? url : `http://${url}`);

/** What the person can switch to: the starter, a file that the settings name, and the servers. */
function listModels(settings: SidecarSettings): ModelEntry[] {
  const choice = chosen(settings);
  const starterPath = modelFilePath(starterModel, dataFolders(settings.modelsFolder).models);
  const entries: ModelEntry[] = [
    {
      id: 'starter',
      label: starterModel.title,
      description: 'Q4_K_M, 1.1 GB',
      detail: 'Small and quick; runs on this computer',
      group: choice.kind === 'starter' ? 'inUse' : existsSync(starterPath) ? 'onThisComputer' : 'canBeDownloaded',
    },
  ];
  if (choice.kind === 'file') {
    const name = basename(choice.path);
    entries.push({ id: choice.path, label: name, description: 'GGUF', detail: choice.path, group: 'inUse' });
  }
  for (const server of settings.servers) {
    const inUse = choice.kind === 'server' && choice.name === server.name;
    const group = inUse ? 'inUse' : 'servers';
    entries.push({ id: server.name, label: server.name, description: server.model ?? '', detail: server.url, group });
  }
  return entries;
}

import { engineAddress } from '../engine/engineAddress.ts';
import { createEngineBackend } from '../engine/engineBackend.ts';
import { createEngineClient, type EngineClient } from '../engine/engineClient.ts';
import type { ModelSpec } from '../engine/engineMessages.ts';
import { engineProgram } from '../engine/engineProgram.ts';
import { knownMachineSoon } from '../hardware/knownMachine.ts';
import type { Log } from '../log.ts';
import type { ModelEntry, ModelStatus, SidecarSettings } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { version } from '../version.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Backend, ModelEvent, StreamRequest } from './backend.ts';
import { acceptLicence } from './catalog/acceptedLicences.ts';
import { catalogModel } from './catalog/catalog.ts';
import { machineCacheFolders } from './catalog/foundFiles.ts';
import { type Provided, provideModel } from './download/provideModel.ts';
import { type RemoveResult, removeModel } from './download/removeModel.ts';
import { createFallbackBackend } from './fallbackBackend.ts';
import { linkedStream } from './linkSignals.ts';
import { listModels } from './listModels.ts';
import { type Choice, choiceOf, choicesOf, samplingOf, shortName, titleOf } from './modelChoice.ts';
import { stateOf, throttleStatus } from './modelStatus.ts';
import { hostOf, openServer } from './openServer.ts';

/** How long a model that is not used stays in memory, if the person says nothing. */
export const defaultUnloadMinutes = 15;
/** How long the engine stays after its last editor or terminal: the next one finds the model loaded. */
const engineEndsAfterMs = 5 * 60_000;
/** A list that a person waits for. */
const listWaitMs = 400;

export type Prepared =
  | { kind: 'ready'; backend: Backend }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

export interface ModelManager {
  /** The model in use, downloaded, checked and loaded if need be. */
  prepare(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared>;
  list(): Promise<ModelEntry[]>;
  status(): ModelStatus;
  /** Takes new settings; the model in use is unloaded if they name another. */
  configure(settings: SidecarSettings): Promise<void>;
  settings(): SidecarSettings;
  /** Frees the memory once the running answer has ended; the next use loads again. */
  unload(): Promise<void>;
  /** Fetches a model; the one in use goes on serving. */
  download(name: string, onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Provided>;
  /** Ends every answer that runs, as Stop does. */
  stopTurns(): void;
  /** Removes a model's files from our own folder. */
  remove(path: string): Promise<RemoveResult>;
  acceptLicence(id: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Deps {
  settings: SidecarSettings;
  secret(origin: string): Promise<string | null>;
  onStatus(status: ModelStatus): void;
  log: Log;
}

/** Owns the one model in use: builds its backend on first need and says what it is doing. */
export function createModelManager(deps: Deps): ModelManager {
  let settings = deps.settings;
  let backend: Backend | undefined;
  let engine: EngineClient | undefined;
  let rate = 0;
  /** Which of the fallback order answers; undefined: the chosen one. */
  let answering: Choice | undefined;
  let turns = new AbortController();
  let current = idleStatus();
  const send = throttleStatus(deps.onStatus);

  function idleStatus(): ModelStatus {
    const choice = choiceOf(settings);
    const kind = choice.kind === 'server' ? 'server' : 'local';
    return { name: shortName(choice), kind, state: { state: choice.kind === 'server' ? 'ready' : 'off' } };
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

  function detail(): NonNullable<ModelStatus['detail']> {
    const choice = choiceOf(settings);
    const network = choice.kind === 'server' ? `connected to ${hostOf(choice.server.url)}` : 'off';
    return current.detail ?? { title: titleOf(choice), network };
  }

  function watchedBackend(inner: Backend): Backend {
    return {
      ...inner,
      // Of whichever answers now.
      get name() {
        return inner.name;
      },
      get kind() {
        return inner.kind;
      },
      prepare: (signal) => watched(inner.prepare(signal)),
      stream: (request: StreamRequest, signal) =>
        watched(linkedStream([signal, turns.signal], (linked) => inner.stream(request, linked))),
      async capabilities(signal) {
        const sampling = samplingOf(answering ?? choiceOf(settings));
        return { ...(await inner.capabilities(signal)), ...(sampling ? { sampling } : {}) };
      },
    };
  }

  function provide(
    name: string,
    onProgress: (progress: TurnProgress) => void,
    signal: AbortSignal,
    offline = settings.offline,
  ) {
    const folders = dataFolders(settings.modelsFolder);
    return provideModel(name, {
      cwd: process.cwd(),
      folder: folders.models,
      dataFolder: folders.data,
      offline,
      proxy: settings.proxy,
      signal,
      onProgress(progress) {
        if (progress.phase === 'downloading') {
          const state = { state: 'downloading', fraction: progress.received / progress.total } as const;
          // The model in use stays what it is; the bar shows what comes.
          send({ ...current, name: shortName({ kind: 'local', name }), state });
        }
        onProgress(progress);
      },
    });
  }

  async function build(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared> {
    const [first, ...others] = choicesOf(settings);
    if (!first) throw new Error('there is always a choice');
    const opened = await open(first, onProgress, signal);
    if (opened.kind !== 'ready' || others.length === 0) return opened;
    const fallback = createFallbackBackend(
      [
        { name: shortName(first), open: async () => opened.backend },
        ...others.map((choice) => ({
          name: shortName(choice),
          async open(within: AbortSignal) {
            // A fallback is what is here: it fetches nothing.
            const other = await open(choice, () => undefined, within, true);
            return other.kind === 'ready' ? other.backend : null;
          },
        })),
      ],
      (index, notice) => showAnswering([first, ...others][index] ?? first, notice),
    );
    return { kind: 'ready', backend: fallback };
  }

  async function open(
    choice: Choice,
    onProgress: (progress: TurnProgress) => void,
    signal: AbortSignal,
    offline = settings.offline,
  ): Promise<Prepared> {
    if (choice.kind === 'server')
      return { kind: 'ready', backend: openServer(choice.server, { settings, getKey: deps.secret, log: deps.log }) };
    const folders = dataFolders(settings.modelsFolder);
    const file = await provide(choice.name, onProgress, signal, offline);
    if (file.kind !== 'ready') return file;
    const { path } = file;
    const { contextSize, threads, gpu } = settings;
    const name = shortName(choice);
    const spec: ModelSpec = { modelPath: path, name, contextSize, threads, gpu, dataFolder: folders.data };
    engine ??= connectEngine(folders.data);
    return { kind: 'ready', backend: createEngineBackend({ client: engine, spec, log: deps.log }) };
  }

  /** Another model answers than the one that was chosen, or that one again. */
  function showAnswering(choice: Choice, notice: string | null): void {
    answering = choice;
    const { notice: _before, ...rest } = detail();
    const kind = choice.kind === 'server' ? 'server' : 'local';
    const network = choice.kind === 'server' ? `connected to ${hostOf(choice.server.url)}` : 'off';
    const shown = { ...rest, title: titleOf(choice), network };
    current = { ...current, name: shortName(choice), kind, detail: notice === null ? shown : { ...shown, notice } };
    if (notice !== null) deps.log.warn(notice);
    send(current);
  }

  function connectEngine(dataFolder: string): EngineClient {
    return createEngineClient({
      address: engineAddress(dataFolder, version),
      program: engineProgram(),
      endAfterMs: Number(process.env.DEVSTRAL_ENGINE_END_MS ?? engineEndsAfterMs),
      idleMs: () => (settings.idleUnloadMinutes > 0 ? settings.idleUnloadMinutes * 60_000 : Number.MAX_SAFE_INTEGER),
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
      if (event.type === 'notice') onProgress({ phase: 'notice', text: event.text });
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
    answering = undefined;
    await old?.dispose();
    if (old?.kind === 'local') await engine?.release();
  }

  return {
    prepare,
    settings: () => settings,
    status: () => current,
    list: async () => listModels(settings, dataFolders(settings.modelsFolder), await knownMachineSoon(listWaitMs)),
    async configure(next) {
      const same = JSON.stringify(next) === JSON.stringify(settings);
      settings = next;
      if (same) return;
      await unload();
      current = idleStatus();
      send(current);
    },
    unload,
    async download(name, onProgress, signal) {
      try {
        return await provide(name, onProgress, signal);
      } finally {
        send(current);
      }
    },
    stopTurns() {
      turns.abort();
      turns = new AbortController();
    },
    async remove(path) {
      // On Windows a file that is mapped cannot be removed; elsewhere its space would not be freed.
      await unload();
      setState({ state: choiceOf(settings).kind === 'server' ? 'ready' : 'off' });
      const foreign = (await machineCacheFolders()).map((folder) => folder.path);
      return removeModel(path, { folder: dataFolders(settings.modelsFolder).models, foreign });
    },
    async acceptLicence(id) {
      const model = catalogModel(id.split(':')[0] ?? '');
      if (model) await acceptLicence(model, dataFolders(settings.modelsFolder).data);
    },
    async dispose() {
      await backend?.dispose();
      engine?.dispose();
    },
  };
}

import { knownMachineSoon } from '../hardware/knownMachine.ts';
import type { Log } from '../log.ts';
import type { ModelEntry, ModelStatus, SidecarSettings, UnfinishedDownload } from '../protocol/models.ts';
import { problem } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Backend, StreamRequest } from './backend.ts';
import { acceptLicence } from './catalog/acceptedLicences.ts';
import { catalogModel } from './catalog/catalog.ts';
import { machineCacheFolders } from './catalog/foundFiles.ts';
import { createDownloads } from './download/downloads.ts';
import { type Provided, provideModel } from './download/provideModel.ts';
import { type RemoveResult, removeModel } from './download/removeModel.ts';
import { type VerifyResult, verifyModel } from './download/verifyModel.ts';
import { linkedStream } from './linkSignals.ts';
import { listModels } from './listModels.ts';
import { type Choice, choiceOf, samplingOf } from './modelChoice.ts';
import { createModelOpener, type Prepared } from './modelOpener.ts';
import { type ModelSizes, modelSizes } from './modelSizes.ts';
import { createStatusKeeper } from './statusKeeper.ts';

/** How long a model that is not used stays in memory, if the person says nothing. */
export const defaultUnloadMinutes = 15;
/** A list that a person waits for. */
const listWaitMs = 400;

export interface ModelManager {
  /** The model in use, downloaded, checked and loaded if need be. */
  prepare(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared>;
  /** The model in use if it has been asked for already and is not unloaded; nothing is started, loaded or told. */
  inUse(): Backend | null;
  list(): Promise<ModelEntry[]>;
  status(): ModelStatus;
  /** Takes new settings; the model in use is unloaded if they name another. */
  configure(settings: SidecarSettings): Promise<void>;
  settings(): SidecarSettings;
  /** Frees the memory once the running answer has ended; the next use loads again. */
  unload(): Promise<void>;
  /** Fetches a model; the one in use goes on serving. */
  download(name: string, onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Provided>;
  /** Ends a download that runs here; what is there is kept. */
  pauseDownload(id: string): boolean;
  /** Downloads that are not finished, looked at now. */
  unfinishedDownloads(): Promise<UnfinishedDownload[]>;
  /** Keeps the status in step with downloads of other windows and terminals. */
  watchDownloads(): void;
  /** Compares a model's files with what is published; without `path` those of the model in use. */
  verify(
    path: string | undefined,
    onProgress: (progress: TurnProgress) => void,
    signal: AbortSignal,
  ): Promise<VerifyResult & { path?: string }>;
  /** The ways in which a model would run here. */
  sizes(id: string, signal: AbortSignal): Promise<ModelSizes>;
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
  /** The file of the local model that `backend` runs. */
  let modelPath: string | undefined;
  let turns = new AbortController();
  const folders = () => dataFolders(settings.modelsFolder);
  const downloads = createDownloads(
    () => folders().models,
    () => status.send(),
  );
  const status = createStatusKeeper({
    choice: () => choiceOf(settings),
    downloads: () => downloads.list(),
    onStatus: deps.onStatus,
  });
  /** Which of the fallback order answers; undefined: the chosen one. */
  let answering: Choice | undefined;
  const { setState, watched } = status;
  const opener = createModelOpener({
    settings: () => settings,
    secret: deps.secret,
    provide,
    onFile(path) {
      modelPath = path;
    },
    onDownload: (fraction) => setState({ state: 'downloading', fraction }),
    onAnswering(choice, notice) {
      answering = choice;
      if (notice !== null) deps.log.warn(notice);
      status.answers(choice, notice);
    },
    onUnloaded() {
      const { kind, state } = status.current();
      if (kind === 'local' && state.state === 'ready') status.unloaded();
    },
    log: deps.log,
  });

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
      stream(request: StreamRequest, signal) {
        const answer = linkedStream([signal, turns.signal], (linked) => inner.stream(request, linked));
        // Reading ahead is no work that anybody waits for.
        return request.readOnly ? answer : status.answer(answer);
      },
      async capabilities(signal) {
        const sampling = samplingOf(answering ?? choiceOf(settings));
        return { ...(await inner.capabilities(signal)), ...(sampling ? { sampling } : {}) };
      },
    };
  }

  function provide(
    name: string,
    onProgress: (progress: TurnProgress) => void,
    outer: AbortSignal,
    offline = settings.offline,
  ): Promise<Provided> {
    const { models: folder, data: dataFolder } = folders();
    const { proxy } = settings;
    let began = false;
    const tell = (progress: TurnProgress) => {
      if (!began && progress.phase === 'downloading') {
        began = true;
        downloads.look().catch((error) => deps.log.warn(String(error)));
      }
      onProgress(progress);
    };
    return downloads.run(name, outer, (signal) =>
      provideModel(name, { cwd: process.cwd(), folder, dataFolder, offline, proxy, signal, onProgress: tell }),
    );
  }

  async function prepare(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared> {
    if (!backend) {
      const built = await opener.open(onProgress, signal);
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
    status.loaded(capabilities, modelPath);
    return { kind: 'ready', backend: inUse };
  }

  /** The file of the model in use where it is on this computer already; nothing is fetched. */
  async function pathInUse(): Promise<string | null> {
    const choice = choiceOf(settings);
    if (choice.kind === 'server') return null;
    const entries = await listModels(settings, folders(), await knownMachineSoon(0), []);
    return entries.find(({ group }) => group === 'inUse')?.path ?? null;
  }

  async function unload(): Promise<void> {
    const old = backend;
    backend = undefined;
    modelPath = undefined;
    answering = undefined;
    await old?.dispose();
    if (old?.kind === 'local') await opener.release();
  }

  return {
    prepare,
    inUse: () => (status.current().state.state === 'off' ? null : (backend ?? null)),
    settings: () => settings,
    status: () => status.current(),
    async list() {
      await downloads.look();
      return listModels(settings, folders(), await knownMachineSoon(listWaitMs), downloads.list() ?? []);
    },
    async configure(next) {
      const same = JSON.stringify(next) === JSON.stringify(settings);
      settings = next;
      if (same) return;
      await unload();
      status.reset();
    },
    async unload() {
      await unload();
      status.unloaded();
    },
    download: provide,
    pauseDownload: (id) => downloads.pause(id),
    async unfinishedDownloads() {
      await downloads.look();
      return downloads.list() ?? [];
    },
    watchDownloads: () => downloads.watch(),
    async verify(path, onProgress, signal) {
      const of = path ?? modelPath ?? (await pathInUse());
      if (of === null) return { kind: 'failed', problem: problem('noModel', {}) };
      return { ...(await verifyModel(of, { dataFolder: folders().data, onProgress, signal })), path: of };
    },
    sizes: (id, signal) => modelSizes(id, settings, folders(), signal),
    stopTurns() {
      turns.abort();
      turns = new AbortController();
    },
    async remove(path) {
      // On Windows a file that is mapped cannot be removed; elsewhere its space would not be freed.
      await unload();
      status.unloaded();
      const foreign = (await machineCacheFolders()).map((folder) => folder.path);
      return removeModel(path, { folder: dataFolders(settings.modelsFolder).models, foreign });
    },
    async acceptLicence(id) {
      const model = catalogModel(id.split(':')[0] ?? '');
      if (model) await acceptLicence(model, dataFolders(settings.modelsFolder).data);
    },
    async dispose() {
      downloads.dispose();
      await backend?.dispose();
      opener.dispose();
    },
  };
}

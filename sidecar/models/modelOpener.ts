import { engineAddress } from '../engine/engineAddress.ts';
import { createEngineBackend } from '../engine/engineBackend.ts';
import { createEngineClient, type EngineClient } from '../engine/engineClient.ts';
import type { ModelSpec } from '../engine/engineMessages.ts';
import { engineProgram } from '../engine/engineProgram.ts';
import type { Log } from '../log.ts';
import type { SidecarSettings } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import { version } from '../version.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import type { Backend } from './backend.ts';
import type { Provided } from './download/provideModel.ts';
import { createFallbackBackend } from './fallbackBackend.ts';
import { type Choice, choicesOf, shortName } from './modelChoice.ts';
import { openServer } from './openServer.ts';

/** How long the engine stays after its last editor or terminal: the next one finds the model loaded. */
const engineEndsAfterMs = 5 * 60_000;

export type Prepared =
  | { kind: 'ready'; backend: Backend }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

/** Makes backends of what the settings name: servers, and models in this person's engine. */
export interface ModelOpener {
  /** The model in use, with the fallback order behind it. A local model's file is fetched if need be; none is loaded yet. */
  open(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared>;
  /** Lets the engine free the memory. */
  release(): Promise<void>;
  dispose(): void;
}

interface Deps {
  settings(): SidecarSettings;
  secret(origin: string): Promise<string | null>;
  /** The file of a local model, fetched unless `offline`. */
  provide(
    name: string,
    onProgress: (progress: TurnProgress) => void,
    signal: AbortSignal,
    offline: boolean,
  ): Promise<Provided>;
  /** The file of a local model that is opened. */
  onFile(path: string): void;
  onDownload(fraction: number): void;
  /** Another model answers than the one that was chosen, and why; or that one again. */
  onAnswering(choice: Choice, notice: string | null): void;
  /** The engine freed the memory by itself. */
  onUnloaded(): void;
  log: Log;
}

export function createModelOpener(deps: Deps): ModelOpener {
  let engine: EngineClient | undefined;

  async function open(onProgress: (progress: TurnProgress) => void, signal: AbortSignal): Promise<Prepared> {
    const { offline } = deps.settings();
    const [first, ...others] = choicesOf(deps.settings());
    if (!first) throw new Error('there is always a choice');
    const opened = await openChoice(first, onProgress, signal, offline);
    if (opened.kind !== 'ready' || others.length === 0) return opened;
    const fallback = createFallbackBackend(
      [
        { name: shortName(first), open: async () => opened.backend },
        ...others.map((choice) => ({
          name: shortName(choice),
          async open(within: AbortSignal) {
            // A fallback is what is here: it fetches nothing.
            const other = await openChoice(choice, () => undefined, within, true);
            return other.kind === 'ready' ? other.backend : null;
          },
        })),
      ],
      (index, notice) => deps.onAnswering([first, ...others][index] ?? first, notice),
    );
    return { kind: 'ready', backend: fallback };
  }

  async function openChoice(
    choice: Choice,
    onProgress: (progress: TurnProgress) => void,
    signal: AbortSignal,
    offline: boolean,
  ): Promise<Prepared> {
    const { secret: getKey, log } = deps;
    const settings = deps.settings();
    if (choice.kind === 'server')
      return { kind: 'ready', backend: openServer(choice.server, { settings, getKey, log }) };
    const tell = (progress: TurnProgress) => {
      if (progress.phase === 'downloading') deps.onDownload(progress.received / progress.total);
      onProgress(progress);
    };
    const file = await deps.provide(choice.name, tell, signal, offline);
    if (file.kind !== 'ready') return file;
    const modelPath = file.path;
    deps.onFile(modelPath);
    const { contextSize, kvCache, threads, gpu, modelsFolder } = deps.settings();
    const dataFolder = dataFolders(modelsFolder).data;
    const spec: ModelSpec = { modelPath, name: shortName(choice), contextSize, kvCache, threads, gpu, dataFolder };
    engine ??= connectEngine(dataFolder);
    return { kind: 'ready', backend: createEngineBackend({ client: engine, spec, log }) };
  }

  function connectEngine(dataFolder: string): EngineClient {
    return createEngineClient({
      address: engineAddress(dataFolder, version),
      program: engineProgram(),
      endAfterMs: Number(process.env.DEVSTRAL_ENGINE_END_MS ?? engineEndsAfterMs),
      idleMs() {
        const { idleUnloadMinutes } = deps.settings();
        return idleUnloadMinutes > 0 ? idleUnloadMinutes * 60_000 : Number.MAX_SAFE_INTEGER;
      },
      onUnloaded: deps.onUnloaded,
      log: deps.log,
    });
  }

  return {
    open,
    release: async () => engine?.release(),
    dispose: () => engine?.dispose(),
  };
}

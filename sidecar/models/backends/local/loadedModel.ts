import type { Llama, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import type { ThreadWatch } from '../../../hardware/threadWatch.ts';
import type { Log } from '../../../log.ts';
import type { MemoryUse, SidecarSettings } from '../../../protocol/models.ts';
import type { ProblemReport } from '../../../protocol/problems.ts';
import type { ChatFormat } from '../../formats/chatFormat.ts';
import type { Calibration, CalibrationKey, Rates } from './calibration.ts';
import type { ChunkPace } from './chunkPace.ts';
import type { StateFiles } from './stateFiles.ts';
import type { TokenTable } from './tokens.ts';

/** What a local model is asked to be. */
export interface LocalModelOptions {
  modelPath: string;
  /** Short name for people: "Starter". */
  name: string;
  /** Tokens; 0 chooses what is usual for this machine. */
  contextSize: number;
  /** Precision of keys and values; by default what leaves a usual context. */
  kvCache?: SidecarSettings['kvCache'];
  /** 0: one for each physical core, fewer while the machine is busy. */
  threads: number;
  gpu: SidecarSettings['gpu'];
  /** Where measured rates are kept. */
  dataFolder: string;
  log: Pick<Log, 'info' | 'warn'>;
  /** Replaced in tests: bytes free on the disk. */
  freeSpace?: (folder: string) => Promise<number>;
}

/** A model with its one sequence and all that is known of it. */
export interface LoadedModel {
  name: string;
  llama: Llama;
  model: LlamaModel;
  sequence: LlamaContextSequence;
  table: TokenTable;
  format: ChatFormat;
  pace: ChunkPace;
  states: StateFiles;
  /** Null where the person chose the number of threads: it stays. */
  watch: ThreadWatch | null;
  rates: Rates | null;
  calibration: Calibration;
  calibrationKey: CalibrationKey;
  /** What it runs on, as people call it. */
  device: string;
  /** As planned. */
  memory: MemoryUse;
  /** How it was loaded otherwise than asked. */
  notices: readonly ProblemReport[];
  dispose(): Promise<void>;
}

export type LoadResult = { kind: 'ready'; loaded: LoadedModel } | { kind: 'failed'; problem: ProblemReport };

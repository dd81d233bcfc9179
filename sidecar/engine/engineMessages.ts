import { NotificationType, RequestType, RequestType0 } from 'vscode-languageserver-protocol/node';
import type { Capabilities, CompleteRequest, Message, ModelEvent, StreamRequest, Tool } from '../models/backend.ts';
import type { LocalModelOptions } from '../models/backends/local/loadedModel.ts';
import type { ProblemReport } from '../protocol/problems.ts';

/**
 * What the sidecars and command lines of one person say to the engine process. Both ends are of one version (the socket's
 * name carries it) and one person (nobody else can open it), so nothing is parsed at this edge.
 */
export type ModelSpec = Pick<
  LocalModelOptions,
  'modelPath' | 'name' | 'contextSize' | 'kvCache' | 'threads' | 'gpu' | 'dataFolder'
>;

/** `id` is the client's own; events and a cancel name it. */
interface Work {
  id: number;
  spec: ModelSpec;
}

export type Answered<T> = { kind: 'ok'; value: T } | { kind: 'failed'; problem: ProblemReport };

export interface EngineState {
  /** Name of the model in memory; null if there is none. */
  loaded: string | null;
  clients: number;
  pid: number;
}

/** Loads the model. Ends when the events have ended. */
export const enginePrepare = new RequestType<Work, void, void>('engine/prepare');
export const engineStream = new RequestType<Work & { request: StreamRequest }, void, void>('engine/stream');
export const engineComplete = new RequestType<Work & { request: CompleteRequest }, void, void>('engine/complete');
export const engineCapabilities = new RequestType<{ spec: ModelSpec }, Answered<Capabilities>, void>(
  'engine/capabilities',
);
export const engineCount = new RequestType<
  { spec: ModelSpec; messages: readonly Message[]; tools: readonly Tool[] },
  Answered<number>,
  void
>('engine/countTokens');
/** This client is done with its model: the memory is freed unless another client uses it; waits for the running answer. */
export const engineRelease = new RequestType0<void, void>('engine/release');
export const engineState = new RequestType0<EngineState, void>('engine/state');

export const engineEvent = new NotificationType<{ id: number; event: ModelEvent }>('engine/event');
export const engineCancel = new NotificationType<{ id: number }>('engine/cancel');
/** How long a model may lie idle in memory, in milliseconds; the largest of what the clients say holds. */
export const engineKeep = new NotificationType<{ idleMs: number }>('engine/keep');
export const engineUnloaded = new NotificationType<{ reason: 'idle' | 'asked' | 'other' }>('engine/unloaded');
export const engineLog = new NotificationType<{ level: 'info' | 'warn'; text: string }>('engine/log');

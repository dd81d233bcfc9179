import type { ImageRef, ImageRule } from '../protocol/images.ts';
import type { MemoryUse } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';

export interface ToolCall {
  id: string;
  name: string;
  /** JSON text as the model wrote it. */
  arguments: string;
}

/** An image in a prompt. `data`: base64, filled in just before it is sent (`shownImages`). */
export type MessageImage = ImageRef & { data?: string };

export type Message =
  | { role: 'system'; content: string }
  | { role: 'user'; content: string; images?: readonly MessageImage[] }
  | { role: 'assistant'; content: string; toolCalls?: ToolCall[] }
  | { role: 'tool'; toolCallId: string; content: string };

export interface Tool {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface SamplingOptions {
  /** 0 is greedy. */
  temperature: number;
  topP?: number;
  minP?: number;
  seed?: number;
  /** Most tokens of the answer. */
  maxTokens: number;
}

export interface StreamRequest {
  messages: readonly Message[];
  tools: readonly Tool[];
  sampling: SamplingOptions;
  /**
   * Text that the answer is likely to repeat much of, as it would stand there (a file with the lines of its fence). It
   * never changes what is answered, only how fast where the model runs here; servers are not sent it.
   */
  draft?: string;
  /**
   * Nothing is answered: the prompt is read into the memory of the model, for the next request that begins with it, as long
   * as nobody else needs the model. For models on this computer; a server is not asked.
   */
  readOnly?: true;
}

/** Text between two texts, as an editor's completion needs it. */
export interface CompleteRequest {
  prefix: string;
  suffix: string;
  sampling: SamplingOptions;
}

/**
 * What a backend tells while it answers. A stream never throws for what a model, a server or a person can do:
 * it ends with exactly one `finish` or `error`. A cancelled stream ends with `finish` and reason `cancelled`.
 */
export type ModelEvent =
  /** `ahead`: answers that come first, if it is known. */
  | { type: 'queued'; waitedMs: number; ahead?: number }
  /** Nothing has come for so long; the stream goes on until the person stops it. */
  | { type: 'stalled'; silentMs: number }
  /** A sentence that the person should know: another model answers, a call is asked for again. */
  | { type: 'notice'; text: string }
  | { type: 'loading'; name: string; fraction: number }
  /** How the model was loaded otherwise than asked; after the load, each time it is used. */
  | { type: 'loadNotice'; notice: ProblemReport }
  /**
   * Tokens of the prompt: `done` counts the reused ones in. `msLeft` after two chunks. `oneTime`: this part is kept on disk,
   * and the next start does not read it again.
   */
  | { type: 'prefill'; done: number; total: number; reused: number; msLeft?: number; oneTime?: true }
  /** Share of the prompt that was read, of a server that gives no tokens. */
  | { type: 'prefillShare'; fraction: number }
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'toolCallBegin'; index: number; id: string; name: string }
  | { type: 'toolCallArguments'; index: number; text: string }
  | { type: 'toolCallEnd'; index: number }
  | UsageEvent
  | { type: 'finish'; reason: 'stop' | 'length' | 'toolCalls' | 'cancelled' }
  | { type: 'error'; problem: ProblemReport };

export interface UsageEvent {
  type: 'usage';
  promptTokens: number;
  reusedTokens: number;
  outputTokens: number;
  tokensPerSecond: number;
  /** With a draft: tokens that were proposed from it, and those of them that the model agreed with. */
  draftedTokens?: number;
  acceptedTokens?: number;
}

export interface Capabilities {
  /** Tokens of context in force; null if a server does not say. */
  contextSize: number | null;
  tools: boolean;
  images: boolean;
  /** How it cuts images into tokens, where it sees. */
  imageRule?: ImageRule;
  /** Whether `countTokens` is exact (false: an estimate). */
  exactTokenCounts: boolean;
  /** Measured on this machine; null until it is. Tokens per second. */
  decodeRate: number | null;
  prefillRate: number | null;
  /** What it runs on, as people call it; absent for a server. */
  device?: string;
  /** As planned at the load. */
  memory?: MemoryUse;
  /** Writing rate of an answer that mostly repeats its draft; absent until it was measured. */
  rewriteRate?: number;
  /** How its makers recommend to sample answers; absent if that is not known. */
  sampling?: Omit<SamplingOptions, 'maxTokens'>;
}

export interface Backend {
  /** Short name for people: "Starter", "vLLM". */
  readonly name: string;
  readonly kind: 'local' | 'server';
  /** Loads or connects. Events are `loading`, `loadNotice` and `notice` only, then one `finish` or `error`. */
  prepare(signal: AbortSignal): AsyncIterable<ModelEvent>;
  capabilities(signal: AbortSignal): Promise<Capabilities>;
  /** Tokens of the rendered prompt with the tools, as the model will read it, or as near as can be known. */
  countTokens(messages: readonly Message[], tools: readonly Tool[], signal: AbortSignal): Promise<number>;
  stream(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Writes what stands between two texts, as `stream` with text only. Absent where that cannot be asked for. */
  complete?(request: CompleteRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  dispose(): Promise<void>;
}

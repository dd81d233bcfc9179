import { createJsonScanner, isObject, type JsonScanner } from '../../formats/jsonScan.ts';

/** What one chunk of a chat completion stream says, before leaked calls and markers are looked for in its text. */
export type ChunkPart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'callBegin'; call: number; id: string | null; name: string }
  | { type: 'callArguments'; call: number; text: string }
  /** Its arguments are whole. */
  | { type: 'callEnd'; call: number }
  | { type: 'usage'; promptTokens: number; reusedTokens: number; outputTokens: number; tokensPerSecond: number | null }
  /** Tokens of the prompt; `ms` is the time spent on those that were not reused. */
  | { type: 'progress'; done: number; total: number; reused: number; ms: number }
  /** Shares of what a server does before it answers, where it gives no counts. */
  | { type: 'loading'; fraction: number }
  | { type: 'share'; fraction: number }
  /** Nothing of the answer follows. */
  | { type: 'last' }
  | { type: 'end'; reason: 'stop' | 'length' | 'toolCalls' | 'aborted' }
  /** An error object inside the stream. `status` is 500 if it does not say. */
  | { type: 'error'; status: number; body: Record<string, unknown> };

/** Turns the JSON chunks of one stream into parts. Keeps which call is which: servers number and name them in many ways. */
export interface ChunkDecoder {
  push(chunk: unknown): ChunkPart[];
}

interface Call {
  id: string | null;
  index: number | null;
  name: string;
  scanner: JsonScanner;
  complete: boolean;
}

/** A decoder for one answer. It never throws: unknown fields are ignored, and what is not a chunk is nothing. */
export function createChunkDecoder(): ChunkDecoder {
  const calls: Call[] = [];

  /** The call a delta belongs to. Ollama sends every call with index 0, so that only the id tells two apart. */
  function findCall(id: string | null, index: number | null, name: string): number {
    const byId = id === null ? -1 : calls.findIndex((call) => call.id === id);
    if (byId >= 0 && (calls[byId]?.index === index || name === '')) return byId;
    const last = index === null ? calls.length - 1 : calls.findLastIndex((call) => call.index === index);
    const candidate = calls[last];
    if (!candidate) return -1;
    if (id !== null) return -1;
    // Without ids a new name after whole arguments is the next call.
    return name !== '' && candidate.complete ? -1 : last;
  }

  function toolCall(delta: Record<string, unknown>, parts: ChunkPart[]): void {
    const fn = isObject(delta.function) ? delta.function : {};
    const id = text(delta.id) || null;
    const index = typeof delta.index === 'number' ? delta.index : null;
    const { name, rest } = cleanName(text(fn.name));
    let at = findCall(id, index, name);
    if (at < 0) {
      if (name === '') return;
      at = calls.push({ id, index, name, scanner: createJsonScanner(), complete: false }) - 1;
      parts.push({ type: 'callBegin', call: at, id: uniqueId(id, at), name });
    }
    const call = calls[at];
    const args = rest + (isObject(fn.arguments) ? JSON.stringify(fn.arguments) : text(fn.arguments));
    if (call && args !== '') pushArguments(call, at, args, parts);
  }

  /** An id that another call of the answer has already cannot name this one. */
  const uniqueId = (id: string | null, at: number) => (calls.some((call, i) => i < at && call.id === id) ? null : id);

  /** vLLM with a Hugging Face tokenizer glues the text after a call to its arguments. */
  function pushArguments(call: Call, at: number, args: string, parts: ChunkPart[]): void {
    if (call.complete) {
      if (args.trim() !== '') parts.push({ type: 'text', text: args });
      return;
    }
    const end = call.scanner.feed(args);
    call.complete = end !== -1;
    parts.push({ type: 'callArguments', call: at, text: end === -1 ? args : args.slice(0, end) });
    if (end === -1) return;
    parts.push({ type: 'callEnd', call: at });
    const rest = args.slice(end);
    if (rest.trim() !== '') parts.push({ type: 'text', text: rest });
  }

  return {
    push(chunk) {
      if (!isObject(chunk)) return [];
      const failure = errorPart(chunk);
      if (failure) return [failure];
      const parts: ChunkPart[] = [];
      pushProgress(chunk.prompt_progress, parts);
      // Only one answer was asked for.
      const choice = Array.isArray(chunk.choices) ? chunk.choices.find(isObject) : undefined;
      const delta = isObject(choice?.delta) ? choice.delta : isObject(choice?.message) ? choice.message : {};
      const reasoning = text(delta.reasoning) || text(delta.reasoning_content);
      if (reasoning !== '') parts.push({ type: 'reasoning', text: reasoning });
      pushContent(delta.content, parts);
      // A completion of text instead of a chat.
      if (choice?.delta === undefined) pushContent(choice?.text, parts);
      for (const call of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) {
        if (isObject(call)) toolCall(call, parts);
      }
      pushUsage(chunk, parts);
      const reason = endReason(choice?.finish_reason);
      if (reason) parts.push({ type: 'end', reason });
      return parts;
    },
  };
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0);

/** A parser that does not know a model's markers leaves them, or the arguments behind them, in the name. */
function cleanName(given: string): { name: string; rest: string } {
  const [, name = '', after = ''] = /^(?:\[TOOL_CALLS\]|\s)*([^[{\s]*)([\s\S]*)$/.exec(given) ?? [];
  return { name, rest: after.replace(/^\s*(\[CALL_ID\][^[{]*)?(\[ARGS\]?)?\s*/, '') };
}

/** Content is a string, or (Mistral) an array of chunks. */
function pushContent(content: unknown, parts: ChunkPart[]): void {
  if (typeof content === 'string') {
    if (content !== '') parts.push({ type: 'text', text: content });
    return;
  }
  if (!Array.isArray(content)) return;
  for (const entry of content) {
    if (typeof entry === 'string') pushContent(entry, parts);
    if (!isObject(entry)) continue;
    if (entry.type === 'thinking') {
      const thoughts: ChunkPart[] = [];
      pushContent(entry.thinking, thoughts);
      for (const part of thoughts) if (part.type === 'text') parts.push({ type: 'reasoning', text: part.text });
    } else pushContent(text(entry.text), parts);
  }
}

function pushUsage(chunk: Record<string, unknown>, parts: ChunkPart[]): void {
  const usage = chunk.usage;
  if (!isObject(usage)) return;
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const timings = isObject(chunk.timings) ? chunk.timings : {};
  parts.push({
    type: 'usage',
    promptTokens: number(usage.prompt_tokens),
    reusedTokens: number(details.cached_tokens) || number(usage.num_cached_tokens),
    outputTokens: number(usage.completion_tokens),
    tokensPerSecond: number(timings.predicted_per_second) || null,
  });
}

/** llama-server's `return_progress`. */
function pushProgress(progress: unknown, parts: ChunkPart[]): void {
  if (!isObject(progress) || number(progress.total) === 0) return;
  parts.push({
    type: 'progress',
    done: number(progress.processed),
    total: number(progress.total),
    reused: number(progress.cache),
    ms: number(progress.time_ms),
  });
}

/** Errors in a stream are nested (`{"error": {…}}`), a bare string, or flat (`{"object": "error", …}`). */
export function errorPart(chunk: Record<string, unknown>): ChunkPart | null {
  const error = chunk.error ?? (chunk.object === 'error' ? chunk : undefined);
  if (error === undefined || error === null) return null;
  const fields = isObject(error) ? error : { message: String(error) };
  const code = Number(fields.code ?? fields.status_code ?? chunk.code);
  const status = code >= 400 && code < 600 ? code : 500;
  return { type: 'error', status, body: chunk };
}

function endReason(reason: unknown): 'stop' | 'length' | 'toolCalls' | 'aborted' | null {
  if (typeof reason !== 'string' || reason === '') return null;
  if (reason === 'length' || reason === 'model_length') return 'length';
  if (reason === 'tool_calls' || reason === 'function_call') return 'toolCalls';
  if (reason === 'abort' || reason === 'error') return 'aborted';
  return 'stop';
}

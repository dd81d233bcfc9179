import { type Connection, type Reply, readText } from '../models/backends/remote/connection.ts';
import { createChunkDecoder } from '../models/backends/remote/decodeChunk.ts';
import { errorCode, judgeFailure, judgeReply, type ServerContext } from '../models/backends/remote/errors.ts';
import { readChunks, type StreamItem } from '../models/backends/remote/readStream.ts';

/** What one request came to; times in milliseconds. */
export type Measured =
  | {
      kind: 'answered';
      /** `performance.now()` when the head of the request was written to the socket. */
      sentAt: number;
      /** From there to the first chunk with text (or thought, or a piece of a tool call). */
      ttft: number;
      /** From there to the last chunk, `[DONE]` included. */
      e2e: number;
      /** Between successive chunks with text. */
      gaps: number[];
      /** Chunks with text. */
      chunks: number;
      /** What the server says; null if it says nothing, or no tokens where there was text. */
      usage: { promptTokens: number; reusedTokens: number; outputTokens: number } | null;
    }
  | FailedRequest
  | { kind: 'cancelled' };

export interface FailedRequest {
  kind: 'failed';
  /** The same for all failures of one kind. */
  reason: string;
  /** What this one said. */
  example: string;
  /** The server, as it is set up, refuses any such request. */
  final: boolean;
}

export interface MeasureCall {
  connection: Connection;
  url: string;
  body: Record<string, unknown>;
  context: ServerContext;
  /** Longest silence (ms). */
  silenceMs: number;
}

/** After the end of an answer a server has this long to close the stream (ms). */
const graceMs = 2000;

/** Sends one completion and takes the times at which the bytes of its answer arrive, before they are read. Never tries again. */
export async function measureRequest(call: MeasureCall, signal: AbortSignal): Promise<Measured> {
  const silence = new AbortController();
  const watch = setTimeout(() => silence.abort(), call.silenceMs);
  const answer = newAnswer();
  const onSend = () => {
    // A redirect sends it again, and is part of the wait.
    answer.sentAt ||= performance.now();
  };
  try {
    const either = AbortSignal.any([signal, silence.signal]);
    const begunAt = performance.now();
    const sent = await call.connection.send('POST', call.url, call.body, either, onSend);
    answer.sentAt ||= begunAt;
    if (sent.kind === 'failed') throw sent.error;
    if (sent.kind === 'redirected') return failed('redirected', `to ${sent.to}, which was not followed`, true);
    if (sent.reply.status !== 200) return await refusal(sent.reply, call);
    await readAnswer(sent.reply, answer, call, (ended) => {
      if (!ended) watch.refresh();
      else setTimeout(() => silence.abort(), graceMs).unref();
    });
  } catch (error) {
    // What was said before the connection broke is the whole answer if its end had come.
    if (!answer.ended) {
      return signal.aborted ? { kind: 'cancelled' } : broken(error, answer, call, silence.signal.aborted);
    }
  } finally {
    clearTimeout(watch);
  }
  return conclude(answer);
}

interface Answer {
  sentAt: number;
  firstAt: number | null;
  lastTextAt: number;
  lastAt: number;
  gaps: number[];
  chunks: number;
  usage: Extract<StreamItem, { type: 'usage' }> | null;
  ended: boolean;
  error: { reason: string; example: string } | null;
}

const newAnswer = (): Answer => ({
  sentAt: 0,
  firstAt: null,
  lastTextAt: 0,
  lastAt: 0,
  gaps: [],
  chunks: 0,
  usage: null,
  ended: false,
  error: null,
});

async function readAnswer(reply: Reply, answer: Answer, call: MeasureCall, onSign: (ended: boolean) => void) {
  let at = answer.sentAt;
  async function* bytes(): AsyncGenerator<Uint8Array, void> {
    for await (const arrival of stampArrivals(reply.body)) {
      at = arrival.at;
      if (!answer.ended) onSign(false);
      yield arrival.bytes;
    }
  }
  for await (const items of readChunks(bytes(), 'events', createChunkDecoder())) {
    const wasEnded = answer.ended;
    takeChunk(answer, items, at, call);
    if (answer.error) return;
    if (answer.ended && !wasEnded) onSign(true);
  }
}

/** The bytes of a body with the time at which each piece of them came, kept until they are asked for. */
function stampArrivals(body: Reply['body']): ReadableStream<{ bytes: Uint8Array; at: number }> {
  return new ReadableStream({
    start(controller) {
      body.on('data', (bytes: Uint8Array) => controller.enqueue({ bytes, at: performance.now() }));
      body.on('end', () => controller.close());
      body.on('error', (error) => controller.error(error));
    },
    cancel: () => void body.destroy(),
  });
}

function takeChunk(answer: Answer, items: readonly StreamItem[], at: number, call: MeasureCall): void {
  let text = false;
  for (const item of items) {
    switch (item.type) {
      case 'text':
      case 'reasoning':
      case 'callBegin':
      case 'callArguments':
        text = true;
        break;
      case 'usage':
        answer.usage = item;
        break;
      case 'end':
        if (item.reason === 'aborted') answer.error = { reason: 'stopped by the server', example: '' };
        answer.ended = true;
        break;
      case 'last':
        answer.ended = true;
        break;
      case 'error': {
        const body = call.connection.scrub(JSON.stringify(item.body));
        const { problem } = judgeReply({ status: item.status, headers: {}, body }, call.context, 1, Date.now());
        answer.error = { reason: `error ${item.status} in the stream`, example: problem.details ?? problem.sentence };
        break;
      }
      case 'notAStream':
        answer.error = { reason: 'not an answer of a model', example: item.body.slice(0, 80) };
        break;
    }
  }
  if (items.length > 0) answer.lastAt = at;
  if (!text) return;
  if (answer.firstAt === null) answer.firstAt = at;
  else answer.gaps.push(at - answer.lastTextAt);
  answer.lastTextAt = at;
  answer.chunks++;
}

function conclude(answer: Answer): Measured {
  const { sentAt, firstAt, lastAt, gaps, chunks, usage, ended, error } = answer;
  if (error) return failed(error.reason, error.example);
  if (!ended) return failed('cut off', `after ${chunks} chunks no end came`);
  if (firstAt === null) return failed('empty answer', 'the answer ended without text');
  return {
    kind: 'answered',
    sentAt,
    ttft: firstAt - sentAt,
    e2e: lastAt - sentAt,
    gaps,
    chunks,
    usage: usage && usage.outputTokens > 0 ? usage : null,
  };
}

async function refusal(reply: Reply, call: MeasureCall): Promise<Measured> {
  const { status, headers } = reply;
  const body = call.connection.scrub(await readText(reply, 64_000));
  const { problem, retry } = judgeReply({ status, headers, body }, call.context, 1, Date.now());
  const reason = status === 401 || status === 403 ? `key refused (${status})` : `status ${status}`;
  // A prompt that is too long says nothing of the others.
  return failed(reason, problem.details ?? problem.sentence, retry === null && problem.code !== 'contextFull');
}

function broken(error: unknown, answer: Answer, call: MeasureCall, silent: boolean): Measured {
  if (silent) return failed('no sign of life', `nothing came for ${call.silenceMs / 1000} s`);
  if (answer.chunks > 0) return failed('cut off', `after ${answer.chunks} chunks: ${errorCode(error)}`);
  return failed(errorCode(error), judgeFailure(error, call.context, 0).problem.sentence);
}

const failed = (reason: string, example: string, final = false): FailedRequest => ({
  kind: 'failed',
  reason,
  example,
  final,
});

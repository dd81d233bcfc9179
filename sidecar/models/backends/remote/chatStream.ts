import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import type { ModelEvent } from '../../backend.ts';
import { type AnswerEvents, createAnswerEvents } from './answerEvents.ts';
import { type Connection, type Reply, readText } from './connection.ts';
import type { ChunkPart } from './decodeChunk.ts';
import { isHtml, judgeFailure, judgeReply, retryDelay, type ServerContext, type Verdict } from './errors.ts';
import { readStream } from './readStream.ts';

/** Waits of a stream, in milliseconds. None of them limits an answer that advances. */
export interface StreamTimes {
  connectMs: number;
  /** Longest silence: reading a long prompt on a CPU takes minutes without a byte. */
  stallMs: number;
  /** First wait before another try; it doubles. */
  retryMs: number;
  /** Most tries of one request, before its first token. */
  tries: number;
}

export const defaultTimes: StreamTimes = { connectMs: 15_000, stallMs: 900_000, retryMs: 500, tries: 4 };

/** A wait longer than this is told to the person instead (ms). */
const longestRetryWait = 60_000;
/** After its last chunk a server has this long to close the stream (ms). */
const graceMs = 2000;

export interface ChatCall {
  connection: Connection;
  url: string;
  body: Record<string, unknown>;
  toolNames: readonly string[];
  context: ServerContext;
  times: StreamTimes;
  /** What people call the server. */
  name: string;
  /** Said when the answer ends with usage: a server that cuts prompts silently is found out by it. */
  wasCut(promptTokens: number): Promise<boolean>;
}

type Usage = Extract<ChunkPart, { type: 'usage' }>;
type Outcome = { kind: 'done' } | { kind: 'failed'; verdict: Verdict };

/** One streamed completion, with tries before the first token. Ends with exactly one `finish` or `error`. */
export async function* streamChat(call: ChatCall, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
  const startedAt = Date.now();
  for (let tries = 1; ; tries++) {
    const outcome = yield* attempt(call, tries, signal);
    if (outcome.kind === 'done') return;
    const { retry } = outcome.verdict;
    const waitMs = retryDelay(retry?.loading ? 1 : tries, call.times.retryMs, retry?.afterMs ?? null, Math.random());
    const spent = Date.now() - startedAt;
    const again = retry?.loading ? spent < call.times.stallMs : tries < call.times.tries && waitMs <= longestRetryWait;
    if (!retry || !again) {
      yield { type: 'error', problem: outcome.verdict.problem };
      return;
    }
    yield retry.loading ? { type: 'loading', name: call.name, fraction: 0 } : { type: 'queued', waitedMs: spent };
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      yield { type: 'finish', reason: 'cancelled' };
      return;
    }
  }
}

async function* attempt(call: ChatCall, tries: number, signal: AbortSignal): AsyncGenerator<ModelEvent, Outcome> {
  const watch = watchStall(signal, call.times.stallMs);
  const answer = createAnswerEvents(call.toolNames, newCallId);
  const state: AnswerState = {
    sentAt: Date.now(),
    firstAt: 0,
    lastAt: 0,
    pieces: 0,
    end: null,
    usage: null,
    error: null,
  };
  try {
    const sent = await call.connection.send('POST', call.url, call.body, watch.signal);
    if (sent.kind === 'failed') throw sent.error;
    if (sent.kind === 'redirected') return failed(refusedRedirect(call, sent.to));
    const { status, headers } = sent.reply;
    if (status !== 200) {
      const body = call.connection.scrub(await readText(sent.reply, 64_000));
      return { kind: 'failed', verdict: judgeReply({ status, headers, body }, call.context, tries, Date.now()) };
    }
    watch.advance();
    yield* readAnswer(sent.reply, call, answer, state, watch);
  } catch (error) {
    if (signal.aborted) {
      yield* answer.flush();
      yield { type: 'finish', reason: 'cancelled' };
      return { kind: 'done' };
    }
    // What was said before the connection broke is the whole answer if its end had come.
    if (state.end === null) {
      yield* answer.flush();
      return {
        kind: 'failed',
        verdict: judgeFailure(watch.stalled() ? stallError : error, call.context, state.pieces),
      };
    }
  } finally {
    watch.stop();
  }
  return yield* conclude(call, answer, state, tries);
}

interface AnswerState {
  sentAt: number;
  firstAt: number;
  lastAt: number;
  /** Pieces of text, thought or arguments: about one a token. */
  pieces: number;
  end: 'stop' | 'length' | 'toolCalls' | 'aborted' | null;
  usage: Usage | null;
  error: Verdict | null;
}

async function* readAnswer(
  reply: Reply,
  call: ChatCall,
  answer: AnswerEvents,
  state: AnswerState,
  watch: StallWatch,
): AsyncGenerator<ModelEvent, void> {
  for await (const item of readStream(reply)) {
    watch.signal.throwIfAborted();
    if (state.end === null) watch.advance();
    switch (item.type) {
      case 'alive':
        break;
      case 'done':
        state.end ??= 'stop';
        break;
      case 'end':
        state.end = item.reason;
        break;
      case 'usage':
        state.usage = item;
        break;
      case 'progress':
        yield prefillEvent(item);
        break;
      case 'error': {
        const body = call.connection.scrub(JSON.stringify(item.body));
        state.error = judgeReply({ status: item.status, headers: {}, body }, call.context, 1, Date.now());
        return;
      }
      case 'notAStream': {
        const html = isHtml({ headers: reply.headers, body: item.body });
        if (html) state.error = { problem: problem('serverNotModel', { url: call.context.url }), retry: null };
        break;
      }
      default: {
        if (item.type !== 'callEnd') {
          state.lastAt = Date.now();
          state.firstAt ||= state.lastAt;
          state.pieces++;
        }
        yield* answer.push(item);
      }
    }
    if (state.end !== null) watch.advance(graceMs);
  }
}

/** What the answer comes to, once its stream is over. */
async function* conclude(
  call: ChatCall,
  answer: AnswerEvents,
  state: AnswerState,
  tries: number,
): AsyncGenerator<ModelEvent, Outcome> {
  const { end, usage, error, pieces } = state;
  if (error) {
    yield* answer.flush();
    if (pieces === 0) return { kind: 'failed', verdict: counted(error, tries) };
    return { kind: 'failed', verdict: { problem: error.problem, retry: null } };
  }
  if (end === null || end === 'aborted') {
    yield* answer.flush();
    const why = end === null ? 'no end came' : 'the server stopped it';
    return failed(problem('streamCut', { n: pieces }, `${call.context.url}: ${why}`));
  }
  const events = answer.end(end);
  const finish = events.pop();
  yield* events;
  if (usage) {
    const seconds = (state.lastAt - (pieces > 1 ? state.firstAt : state.sentAt)) / 1000;
    const measured = seconds > 0 ? usage.outputTokens / seconds : 0;
    yield { ...usage, tokensPerSecond: usage.tokensPerSecond ?? measured };
    if (await call.wasCut(usage.promptTokens)) {
      return failed(
        problem('contextFull', { used: usage.promptTokens, ctx: usage.promptTokens }, 'the server cut the prompt'),
      );
    }
  }
  if (finish) yield finish;
  return { kind: 'done' };
}

const failed = (report: ProblemReport): Outcome => ({ kind: 'failed', verdict: { problem: report, retry: null } });

/** The number of tries that a busy server is told with. */
function counted(verdict: Verdict, tries: number): Verdict {
  if (verdict.problem.code !== 'serverBusy') return verdict;
  const status = /Status (\d+)/.exec(verdict.problem.sentence)?.[1] ?? '500';
  return { ...verdict, problem: problem('serverBusy', { status, n: tries }, verdict.problem.details) };
}

const refusedRedirect = (call: ChatCall, to: string) =>
  problem('serverRefused', {
    url: call.context.url,
    status: 'with a redirect',
    reason: `to ${to}, which was not followed`,
  });

function prefillEvent(part: Extract<ChunkPart, { type: 'progress' }>): ModelEvent {
  const read = part.done - part.reused;
  const msLeft = read > 0 && part.ms > 0 ? Math.round(((part.total - part.done) * part.ms) / read) : undefined;
  return {
    type: 'prefill',
    done: part.done,
    total: part.total,
    reused: part.reused,
    ...(msLeft === undefined ? {} : { msLeft }),
  };
}

/** Nine letters and digits: what Mistral's own templates take. */
const newCallId = () => randomBytes(8).toString('hex').slice(0, 9);

const stallError = Object.assign(new Error('stalled'), { code: 'no sign of life' });

interface StallWatch {
  signal: AbortSignal;
  /** Something came; the next silence may last `ms`. */
  advance(ms?: number): void;
  stalled(): boolean;
  stop(): void;
}

/** Aborts when nothing has come for a while, or when the caller cancels. */
function watchStall(signal: AbortSignal, stallMs: number): StallWatch {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), stallMs);
  return {
    signal: AbortSignal.any([signal, silence.signal]),
    stalled: () => silence.signal.aborted && !signal.aborted,
    advance(ms = stallMs) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), ms);
    },
    stop: () => clearTimeout(timer),
  };
}

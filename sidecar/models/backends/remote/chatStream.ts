import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { ModelEvent } from '../../backend.ts';
import { type AnswerEvents, createAnswerEvents, createPlainEvents } from './answerEvents.ts';
import { type Connection, readText } from './connection.ts';
import { contextProblem } from './contextProblem.ts';
import { judgeFailure, judgeReply, retryDelay, type ServerContext, type Verdict } from './errors.ts';
import { type AnswerState, createAnswerState, readAnswer } from './readAnswer.ts';
import { createSilence } from './silence.ts';
import type { WireRequest } from './wireRequest.ts';

/** Waits of a stream, in milliseconds. None of them limits an answer, however long it takes. */
export interface StreamTimes {
  connectMs: number;
  /** Silence after which it is told, again and again; only the person ends it. */
  stallMs: number;
  /** Longest wait for a server that says it loads its model. */
  loadingMs: number;
  /** First wait before another try; it doubles. */
  retryMs: number;
  /** After its last chunk a server has this long to close the stream. */
  graceMs: number;
  /** For small answers: the list of models, a token count. */
  askMs: number;
  /** Most tries of one request, before its first token. */
  tries: number;
}

export const defaultTimes: StreamTimes = {
  connectMs: 15_000,
  stallMs: 30_000,
  loadingMs: 900_000,
  retryMs: 500,
  graceMs: 2000,
  askMs: 20_000,
  tries: 4,
};

/** A wait longer than this is told to the person instead (ms). */
const longestRetryWait = 60_000;

export interface ChatCall {
  connection: Connection;
  wire: WireRequest;
  /** What is sent instead if a tool call was lost; null: this server loses none. */
  afterLoss: WireRequest | null;
  /** Null: text between two texts is asked for, in which nothing is looked for. */
  toolNames: readonly string[] | null;
  context: ServerContext;
  times: StreamTimes;
  /** What people call the server. */
  name: string;
}

type Outcome = { kind: 'done' } | { kind: 'lost' } | { kind: 'failed'; verdict: Verdict };

type Tell = (event: ModelEvent) => void;

/** One streamed completion, with tries before the first token. Tells its events, the last a `finish` or an `error`. */
export async function streamChat(given: ChatCall, signal: AbortSignal, tell: Tell): Promise<void> {
  const startedAt = Date.now();
  let call = given;
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(call, tries, signal, tell);
    if (outcome.kind === 'done') return;
    if (outcome.kind === 'lost') {
      tell({ type: 'notice', text: t('{name} lost a tool call; it is asked once more', { name: call.name }) });
      call = { ...call, wire: call.afterLoss ?? call.wire, afterLoss: null };
      continue;
    }
    const { retry } = outcome.verdict;
    const waitMs = retryDelay(retry?.loading ? 1 : tries, call.times.retryMs, retry?.afterMs ?? null, Math.random());
    const spent = Date.now() - startedAt;
    const again = retry?.loading
      ? spent < call.times.loadingMs
      : tries < call.times.tries && waitMs <= longestRetryWait;
    if (!retry || !again) return tell({ type: 'error', problem: outcome.verdict.problem });
    tell(retry.loading ? { type: 'loading', name: call.name, fraction: 0 } : { type: 'queued', waitedMs: spent });
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      return tell({ type: 'finish', reason: 'cancelled' });
    }
  }
}

async function attempt(call: ChatCall, tries: number, signal: AbortSignal, tell: Tell): Promise<Outcome> {
  const silence = createSilence(call.times.stallMs, (silentMs) => tell({ type: 'stalled', silentMs }));
  const hangUp = new AbortController();
  const leave = () => hangUp.abort();
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  const { toolNames } = call;
  const answer = toolNames === null ? createPlainEvents() : createAnswerEvents(toolNames, newCallId);
  const state = createAnswerState();
  try {
    const { url, body } = call.wire;
    const sent = await call.connection.send('POST', url, body, hangUp.signal);
    if (sent.kind === 'failed') throw sent.error;
    if (sent.kind === 'redirected') return failed(refusedRedirect(call, sent.to));
    const { status, headers } = sent.reply;
    if (status !== 200) {
      const text = call.connection.scrub(await readText(sent.reply, 64_000));
      return { kind: 'failed', verdict: judgeReply({ status, headers, body: text }, call.context, tries, Date.now()) };
    }
    silence.broken();
    await readAnswer(sent.reply, call, answer, state, silence, leave, tell);
  } catch (error) {
    if (signal.aborted) {
      for (const event of answer.flush()) tell(event);
      tell({ type: 'finish', reason: 'cancelled' });
      return { kind: 'done' };
    }
    // What was said before the connection broke is the whole answer if its end had come.
    if (state.end === null) {
      for (const event of answer.flush()) tell(event);
      return { kind: 'failed', verdict: judgeFailure(error, call.context, state.pieces) };
    }
  } finally {
    silence.stop();
    signal.removeEventListener('abort', leave);
    // Closes the connection unless the answer was read to its end.
    leave();
  }
  return conclude(call, answer, state, tries, tell);
}

/** What the answer comes to, once its stream is over. */
function conclude(call: ChatCall, answer: AnswerEvents, state: AnswerState, tries: number, tell: Tell): Outcome {
  const { end, usage, error, pieces, seen } = state;
  const { url } = call.context;
  const flush = () => {
    for (const event of answer.flush()) tell(event);
  };
  if (error) {
    flush();
    if (pieces === 0) return { kind: 'failed', verdict: counted(error, tries) };
    return { kind: 'failed', verdict: { problem: error.problem, retry: null } };
  }
  if (!seen) {
    const report = problem('serverGarbled', { url, what: t('an empty answer') });
    return { kind: 'failed', verdict: { problem: report, retry: { afterMs: null, loading: false } } };
  }
  if (end === 'stop' && pieces === 0 && call.afterLoss && call.toolNames?.length) return { kind: 'lost' };
  if (end === null || end === 'aborted') {
    flush();
    const why = end === null ? t('no end came') : t('the server stopped it');
    return failed(problem('streamCut', { n: pieces }, `${url}: ${why}`));
  }
  const events = answer.end(end);
  const finish = events.pop();
  for (const event of events) tell(event);
  if (usage) {
    const seconds = (state.lastAt - (pieces > 1 ? state.firstAt : state.sentAt)) / 1000;
    const measured = seconds > 0 ? usage.outputTokens / seconds : 0;
    tell({ ...usage, tokensPerSecond: usage.tokensPerSecond ?? measured });
    const { cutAt } = call.wire;
    if (cutAt !== null && usage.promptTokens >= cutAt) {
      return failed(contextProblem(usage.promptTokens, cutAt, call.context.first, t('the server cut the prompt')));
    }
  }
  if (finish) tell(finish);
  return { kind: 'done' };
}

const failed = (report: ProblemReport): Outcome => ({ kind: 'failed', verdict: { problem: report, retry: null } });

/** The number of tries that a busy server is told with. */
function counted(verdict: Verdict, tries: number): Verdict {
  if (verdict.problem.code !== 'serverBusy') return verdict;
  const status = verdict.retry?.status ?? 500;
  return { ...verdict, problem: problem('serverBusy', { status, n: tries }, verdict.problem.details) };
}

const refusedRedirect = (call: ChatCall, to: string) =>
  problem('serverRefused', {
    url: call.context.url,
    status: t('with a redirect'),
    reason: t('to {url}, which was not followed', { url: to }),
  });

/** Nine letters and digits: what Mistral's own templates take. */
const newCallId = () => randomBytes(8).toString('hex').slice(0, 9);

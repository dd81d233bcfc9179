import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { contextProblem } from './contextProblem.ts';
import type { ServerFacts } from './serverFacts.ts';

/** What is known about the server when something goes wrong. */
export interface ServerContext {
  /** Address for people, without credentials. */
  url: string;
  /** Empty: none was named. */
  model: string;
  /** Tokens; null if the server did not say. */
  contextSize: number | null;
  /** What is known of it, where the request is the first of a conversation: nothing can be condensed. */
  first?: ServerFacts | undefined;
}

export interface Verdict {
  problem: ProblemReport;
  /** Whether the same request may succeed later, and when the server wants it: milliseconds, null if it does not say. */
  retry: { afterMs: number | null; loading: boolean; status?: number } | null;
}

export interface ErrorReply {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
}

/** Whether a status says that the same request may succeed later. */
const isRetried = (status: number) =>
  [408, 425, 429].includes(status) || (status >= 500 && status !== 501 && status !== 505);

/** What an error answer means. `tries` counts this one in; `now` (ms) is for a `Retry-After` that is a date. */
export function judgeReply(reply: ErrorReply, server: ServerContext, tries: number, now: number): Verdict {
  const { status } = reply;
  const { url } = server;
  const html = isHtml(reply);
  const reason = html ? t('a web page') : reasonOf(reply.body);
  const details = t('{url} answered {status}: {reason}', { url, status, reason: reason || t('nothing') });
  const final = (report: ProblemReport): Verdict => ({ problem: report, retry: null });

  if (status === 401 || status === 403) return final(problem('serverKeyRefused', { url, status }, details));
  const overflow = status < 500 || status === 500 ? overflowOf(reply.body, reason) : null;
  if (overflow) {
    const { used } = overflow;
    const ctx = overflow.limit ?? server.contextSize;
    if (used !== null && ctx !== null) return final(contextProblem(used, ctx, server.first, details));
    const sentence =
      used === null ? t('All of the tokens are used.') : t('{used} tokens are more than it takes.', { used });
    return final({ ...problem('contextFull', { used: '', ctx: '' }, details), sentence });
  }
  if (isNoMiddle(reason)) return final(problem('noCompletion', { model: server.model || t('The model') }, details));
  if (isCallLost(status, reason)) return final(problem('callUnreadable', { url, reason: firstLine(reason) }, details));
  if (html && !isRetried(status)) return final(problem('serverNotModel', { url }, details));
  if (isModelUnknown(status, reason)) {
    return final(problem('serverModelUnknown', { url, model: server.model || t('that model') }, details));
  }
  if (isRetried(status) && !isRequestsFault(status, reason)) {
    return {
      problem: problem('serverBusy', { status, n: tries }, details),
      retry: { afterMs: retryAfter(reply.headers['retry-after'], now), loading: isLoading(status, reason), status },
    };
  }
  return final(problem('serverRefused', { url, status, reason: firstLine(reason) || t('no reason given') }, details));
}

/** What a failed connection means. `tokens` is how many pieces of the answer had arrived. */
export function judgeFailure(error: unknown, server: ServerContext, tokens: number): Verdict {
  const { url } = server;
  const code = errorCode(error);
  const garbled = garbledBy(code);
  if (garbled !== null) {
    return { problem: problem('serverGarbled', { url, what: garbled }, `${url}: ${code}`), retry: null };
  }
  if (tokens > 0) {
    return { problem: problem('streamCut', { n: tokens }, `${url}: ${code}`), retry: null };
  }
  const reason = tlsReason(code);
  if (reason !== undefined) {
    return { problem: problem('tls', { host: new URL(url).host, reason }, `${url}: ${code}`), retry: null };
  }
  // A kept-alive connection that the server closed just then; a server that is down is said at once.
  const stale = code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
  return {
    problem: problem('serverUnreachable', { url, code }, `${url}: ${code}`),
    retry: stale ? { afterMs: 0, loading: false } : null,
  };
}

/** What was wrong with bytes that did arrive; null if the connection was. */
function garbledBy(code: string): string | null {
  if (code === 'EVENT_TOO_LONG') return t('a line of more than 8 million characters');
  if (/^(Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ERR_PADDING)/.test(code)) return t('packed data that cannot be unpacked');
  return code.startsWith('HPE_') ? t('what is not HTTP') : null;
}

const tlsReasons: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: t('the certificate is self-signed'),
  SELF_SIGNED_CERT_IN_CHAIN: t('a certificate in the chain is self-signed'),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: t('the issuer of the certificate is unknown'),
  UNABLE_TO_GET_ISSUER_CERT: t('the issuer of the certificate is unknown'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: t('the issuer of the certificate is unknown'),
  CERT_HAS_EXPIRED: t('the certificate has expired'),
  CERT_NOT_YET_VALID: t('the certificate is not valid yet'),
  ERR_TLS_CERT_ALTNAME_INVALID: t('the certificate is for another host'),
  ERR_SSL_WRONG_VERSION_NUMBER: t('the server does not speak TLS; try http://'),
};

/** What a code of TLS means; undefined: it is none. */
export const tlsReason = (code: string): string | undefined =>
  tlsReasons[code] ?? (/^(CERT_|ERR_SSL_|ERR_TLS_)/.test(code) ? code : undefined);

/** The code of an error or of what caused it. Never its message, which may quote headers. */
export function errorCode(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && at.code !== '') return at.code;
    // undici gives it no code.
    if (at.name === 'HTTPParserError') return 'HPE_INVALID';
    // Node tries all addresses of a name.
    if (at instanceof AggregateError && at.errors.length > 0) return errorCode(at.errors[0]);
  }
  return t('no answer');
}

export function isHtml(reply: Pick<ErrorReply, 'headers' | 'body'>): boolean {
  const type = String(reply.headers['content-type'] ?? '');
  return type.includes('text/html') || /^\s*<(!doctype|html)/i.test(reply.body);
}

/** The sentence in an error body: nested, flat, FastAPI's `detail`, or plain text. */
export function reasonOf(body: string): string {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return body.trim().slice(0, 500);
  }
  return sentenceIn(value).trim().slice(0, 500);
}

function sentenceIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(sentenceIn).filter(Boolean).join('; ');
  if (!isObject(value)) return '';
  for (const key of ['message', 'error', 'detail', 'msg']) {
    const found = sentenceIn(value[key]);
    if (found !== '') return found;
  }
  return '';
}

const firstLine = (text: string) => {
  const lines = text.split('\n').filter((line) => !/^\s*(-+|\^+)?\s*$/.test(line));
  // llama-server prints the template's source first and the exception last.
  return (lines.find((line) => line.startsWith('Error:')) ?? lines[0] ?? '').trim();
};

/** How full the context was, from each server's own shape; null if that is not the trouble. */
function overflowOf(body: string, reason: string): { used: number | null; limit: number | null } | null {
  let error: Record<string, unknown> = {};
  try {
    const value: unknown = JSON.parse(body);
    if (isObject(value)) error = isObject(value.error) ? value.error : value;
  } catch {
    // Plain text: its sentence is all there is.
  }
  if (error.type === 'exceed_context_size_error') {
    return { used: asNumber(error.n_prompt_tokens), limit: asNumber(error.n_ctx) };
  }
  const says =
    error.param === 'input_tokens' ||
    error.code === 'context_length_exceeded' ||
    /(exceeds?|longer than|larger than|greater than|too (long|large) for)\b.*\bcontext (length|size|window)/i.test(
      reason,
    ) ||
    /maximum context length/i.test(reason);
  if (!says) return null;
  return {
    used: numberIn(
      reason,
      /contains (?:at least )?(\d+) (?:input )?tokens/i,
      /input \((\d+) tokens\)/i,
      /requested (?:a total of )?(\d+) tokens/i,
      /prompt contains (\d+)/i,
    ),
    limit: numberIn(reason, /maximum context length (?:is|of) (\d+)/i, /context length \((\d+) tokens\)/i),
  };
}

const asNumber = (value: unknown) => (typeof value === 'number' ? value : null);

function numberIn(text: string, ...patterns: RegExp[]): number | null {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  return null;
}

/** A 404 that is about the address, not about the model, is told as it is. */
function isModelUnknown(status: number, reason: string): boolean {
  if (status === 404) return !/^(404 )?(page |file )?not found$/i.test(reason.trim());
  return status === 400 && /pinned to .* requested|model .*(not found|does not exist)/i.test(reason);
}

/** llama-server, Ollama and Mistral, asked to write between two texts by a model that cannot. */
const isNoMiddle = (reason: string) =>
  /infill is not supported|does not support insert|not (a|supported for) fim|fim is not supported/i.test(reason);

/** Ollama's parsers answer 500 for a call that they cannot read, or of a tool that was not offered. */
const isCallLost = (status: number, reason: string) =>
  status === 500 && /^(error parsing tool call|invalid character '|tool '.*' not found)/i.test(reason);

/** Servers answer 500 for requests that fail again each time: a template's refusal, a schema, a model's bad call. */
function isRequestsFault(status: number, reason: string): boolean {
  return (
    status === 500 &&
    /jinja|template|conversation roles|not supported|schema|failed to parse|invalid character/i.test(reason)
  );
}

const isLoading = (status: number, reason: string) => status === 503 && /loading/i.test(reason);

/** Milliseconds from a `Retry-After` of seconds or a date. */
export function retryAfter(header: string | string[] | undefined, now: number): number | null {
  const value = Array.isArray(header) ? header[0] : header;
  if (value === undefined) return null;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Wait before try number `tries + 1` (ms): doubling with jitter, never less than the server asked for. */
export function retryDelay(tries: number, baseMs: number, afterMs: number | null, random: number): number {
  const backoff = baseMs * 2 ** (tries - 1) * (0.5 + random);
  return Math.max(backoff, (afterMs ?? 0) + random * Math.min(baseMs, 250));
}

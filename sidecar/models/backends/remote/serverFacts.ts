import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { type Connection, readText } from './connection.ts';
import { isHtml, judgeFailure, judgeReply, type ServerContext, type Verdict } from './errors.ts';
import type { ServerUrl } from './serverUrl.ts';

export type ServerKind = 'vllm' | 'sglang' | 'llamacpp' | 'ollama' | 'lmstudio' | 'mistral' | 'transformers' | 'other';

/** What a server says of itself, from GETs alone: a turn never sends a probing completion. */
export interface ServerFacts {
  kind: ServerKind;
  /** Sent as `model`; empty: left out (transformers lists none and serves the one it was started with). */
  model: string;
  listed: string[];
  /** Tokens in force; null if the server does not say. */
  contextSize: number | null;
}

export type Learned = { ok: true; facts: ServerFacts } | { ok: false; verdict: Verdict };

const kinds: Record<string, ServerKind> = {
  vllm: 'vllm',
  sglang: 'sglang',
  llamacpp: 'llamacpp',
  library: 'ollama',
  mistralai: 'mistral',
};

/** Where a server without facts is treated as any other. */
export const unknownFacts = (model: string): ServerFacts => ({ kind: 'other', model, listed: [], contextSize: null });

/** A GET or a small POST whose answer is JSON. Null for anything else. */
export async function getJson(
  connection: Connection,
  url: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<Record<string, unknown> | null> {
  const sent = await connection.send(body === undefined ? 'GET' : 'POST', url, body, signal);
  if (sent.kind !== 'reply') return null;
  try {
    const value: unknown = JSON.parse(await readText(sent.reply, 8_000_000));
    return sent.reply.status === 200 && isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Asks `/v1/models` and, where that does not say the context, the server's own place for it. */
export async function learnFacts(
  connection: Connection,
  server: ServerUrl,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Learned> {
  const context: ServerContext = { url: server.shown, model: wanted ?? '', contextSize: null };
  const sent = await connection.send('GET', `${server.api}/models`, undefined, signal);
  if (sent.kind === 'failed') return { ok: false, verdict: judgeFailure(sent.error, context, 0) };
  if (sent.kind === 'redirected') return { ok: false, verdict: { problem: redirected(server, sent.to), retry: null } };
  const { status, headers } = sent.reply;
  let body: string;
  try {
    body = connection.scrub(await readText(sent.reply, 8_000_000));
  } catch (error) {
    return { ok: false, verdict: judgeFailure(error, context, 0) };
  }
  const reply = { status, headers, body };
  if (isHtml(reply))
    return { ok: false, verdict: { problem: problem('serverNotModel', { url: server.shown }), retry: null } };
  // Many servers have completions but no list.
  if (status === 404 || status === 405 || status === 501) return { ok: true, facts: unknownFacts(wanted ?? '') };
  if (status !== 200) return { ok: false, verdict: judgeReply(reply, context, 1, Date.now()) };
  return { ok: true, facts: await factsFrom(body, connection, server, wanted, signal) };
}

export const redirected = (server: ServerUrl, to: string): ProblemReport =>
  problem('serverRefused', {
    url: server.shown,
    status: 'with a redirect',
    reason: `to ${to}, which was not followed`,
  });

async function factsFrom(
  body: string,
  connection: Connection,
  server: ServerUrl,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const entries = modelEntries(body);
  const first = entries[0];
  const listed = entries.map((entry) => String(entry.id));
  const chosen = wanted || (listed[0] ?? '');
  const entry = entries.find(({ id }) => id === chosen || id === `${chosen}:latest`) ?? first ?? {};
  const kind = new URL(server.origin).hostname.endsWith('mistral.ai')
    ? 'mistral'
    : (kinds[String(entry.owned_by ?? '')] ?? 'other');
  const facts: ServerFacts = { kind, model: chosen, listed, contextSize: listedContext(entry) };
  if (facts.contextSize === null) facts.contextSize = await askContext(connection, server, facts, signal);
  return facts;
}

function modelEntries(body: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(body);
    const data = isObject(value) ? value.data : value;
    return Array.isArray(data) ? data.filter(isObject).filter((entry) => typeof entry.id === 'string') : [];
  } catch {
    return [];
  }
}

function listedContext(entry: Record<string, unknown>): number | null {
  const meta = isObject(entry.meta) ? entry.meta : {};
  const found = [entry.max_model_len, meta.n_ctx, entry.max_context_length].find((value) => typeof value === 'number');
  return typeof found === 'number' && found > 0 ? found : null;
}

/** The context of servers that do not list it. Ollama says it only while the model is loaded. */
export async function askContext(
  connection: Connection,
  server: ServerUrl,
  facts: ServerFacts,
  signal: AbortSignal,
): Promise<number | null> {
  if (facts.kind === 'llamacpp') {
    const props = await getJson(connection, `${server.root}/props`, signal);
    const settings = props?.default_generation_settings;
    return isObject(settings) && typeof settings.n_ctx === 'number' ? settings.n_ctx : null;
  }
  if (facts.kind !== 'ollama') return null;
  const loaded = await getJson(connection, `${server.root}/api/ps`, signal);
  const models = Array.isArray(loaded?.models) ? loaded.models.filter(isObject) : [];
  const found = models.find(({ name }) => name === facts.model || name === `${facts.model}:latest`);
  return typeof found?.context_length === 'number' ? found.context_length : null;
}

/** The problem with a model that the server does not list. Null where the list is no proof: some take any name. */
export function unlistedProblem(facts: ServerFacts, server: ServerUrl): ProblemReport | null {
  if (facts.kind !== 'vllm' && facts.kind !== 'ollama') return null;
  const found = facts.listed.some((id) => id === facts.model || id === `${facts.model}:latest`);
  return found ? null : problem('serverModelUnknown', { url: server.shown, model: facts.model || 'any model' });
}

import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import { isObject } from '../../formats/jsonScan.ts';
import { type Connection, readText } from './connection.ts';
import { isHtml, judgeFailure, judgeReply, type ServerContext, type Verdict } from './errors.ts';
import { type Ask, createAsk } from './recognise/ask.ts';
import { kindFromList, kindFromPaths } from './recognise/kindOfServer.ts';
import { llamaServerContext } from './recognise/llamaServer.ts';
import { lmStudioContext, lmStudioLoaded } from './recognise/lmStudio.ts';
import { ollamaContext } from './recognise/ollama.ts';
import type { ServerUrl } from './serverUrl.ts';

export type ServerKind = 'vllm' | 'sglang' | 'llamacpp' | 'ollama' | 'lmstudio' | 'mistral' | 'transformers' | 'other';

/**
 * What a server says of itself, without a completion: a turn never sends a probing one. Null: not said, or (below
 * `contextSize`) not asked, as a turn asks only for what it needs and `probeServer` for the rest.
 */
export interface ServerFacts {
  kind: ServerKind;
  /** Sent as `model`; empty: left out (transformers lists none and serves the one it was started with). */
  model: string;
  listed: string[];
  /** Tokens in force; null if the server does not say. */
  contextSize: number | null;
  /** Tokens that the model was made for. */
  trainedContext: number | null;
  version: string | null;
  images: boolean | null;
  /** Whether tools are taken and calls come back as calls. */
  tools: boolean | null;
  /** Whether the server counts the tokens of a text. */
  tokenizer: boolean | null;
  prefixCaching: boolean | null;
  /** Whether the chat template refuses two messages of a user in a row. */
  strictRoles: boolean | null;
  /** What the model's family can be told from: its names, its path, its architecture. */
  names: string[];
}

export type Learned = { ok: true; facts: ServerFacts } | { ok: false; verdict: Verdict };

/** Where a server without facts is treated as any other. */
export const unknownFacts = (model: string): ServerFacts => ({
  kind: 'other',
  model,
  listed: [],
  contextSize: null,
  trainedContext: null,
  version: null,
  images: null,
  tools: null,
  tokenizer: null,
  prefixCaching: null,
  strictRoles: null,
  names: [model],
});

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
    status: t('with a redirect'),
    reason: t('to {url}, which was not followed', { url: to }),
  });

async function factsFrom(
  body: string,
  connection: Connection,
  server: ServerUrl,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<ServerFacts> {
  const entries = modelEntries(body);
  const listed = entries.map((entry) => String(entry.id));
  const first = entries.find(chats) ?? entries[0];
  const entry = entries.find(({ id }) => id === wanted || id === `${wanted}:latest`) ?? first ?? {};
  const ask = createAsk(connection, server, signal);
  const details = listedDetails(entry);
  // A stranger that says its context has said all that a turn needs.
  const stranger = () => (details.contextSize === null ? kindFromPaths(ask) : ('other' as const));
  const kind = kindFromList(new URL(server.origin).hostname, entry) ?? (await stranger());
  const loaded = kind === 'lmstudio' && !wanted ? await lmStudioLoaded(ask) : null;
  const model = wanted || (loaded ?? String(first?.id ?? ''));
  const names = [model, entry.root, entry.parent].filter((name): name is string => typeof name === 'string');
  const facts: ServerFacts = { ...unknownFacts(model), ...details, kind, listed, names };
  if (facts.contextSize === null) facts.contextSize = await contextFrom(ask, facts);
  return facts;
}

/** Mistral also lists models for embeddings and moderation. */
const chats = ({ capabilities }: Record<string, unknown>) =>
  !isObject(capabilities) || capabilities.completion_chat !== false;

function modelEntries(body: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(body);
    const data = isObject(value) ? value.data : value;
    return Array.isArray(data) ? data.filter(isObject).filter((entry) => typeof entry.id === 'string') : [];
  } catch {
    return [];
  }
}

/** What the list of models says beside the names: llama-server and Mistral say the most. */
function listedDetails(entry: Record<string, unknown>): Partial<ServerFacts> {
  const meta = isObject(entry.meta) ? entry.meta : {};
  const capabilities = isObject(entry.capabilities) ? entry.capabilities : {};
  const architecture = isObject(entry.architecture) ? entry.architecture : {};
  const modalities = Array.isArray(architecture.input_modalities) ? architecture.input_modalities : null;
  const inForce = [entry.max_model_len, meta.n_ctx, entry.max_context_length].find(isCount) ?? null;
  return {
    contextSize: inForce,
    trainedContext: [meta.n_ctx_train].find(isCount) ?? null,
    images: typeof capabilities.vision === 'boolean' ? capabilities.vision : (modalities?.includes('image') ?? null),
    tools: typeof capabilities.function_calling === 'boolean' ? capabilities.function_calling : null,
  };
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value > 0;

/** The context of servers that do not list it. Ollama and LM Studio say it only while the model is loaded. */
export const askContext = (
  connection: Connection,
  server: ServerUrl,
  facts: ServerFacts,
  signal: AbortSignal,
): Promise<number | null> => contextFrom(createAsk(connection, server, signal), facts);

async function contextFrom(ask: Ask, facts: ServerFacts): Promise<number | null> {
  if (facts.kind === 'llamacpp') return llamaServerContext(ask);
  if (facts.kind === 'ollama') return ollamaContext(ask, facts);
  if (facts.kind === 'lmstudio') return lmStudioContext(ask, facts);
  return null;
}

/** The problem with a model that the server does not list. Null where the list is no proof: some take any name. */
export function unlistedProblem(facts: ServerFacts, server: ServerUrl): ProblemReport | null {
  if (facts.kind !== 'vllm' && facts.kind !== 'ollama') return null;
  const found = facts.listed.some((id) => id === facts.model || id === `${facts.model}:latest`);
  return found ? null : problem('serverModelUnknown', { url: server.shown, model: facts.model || t('any model') });
}

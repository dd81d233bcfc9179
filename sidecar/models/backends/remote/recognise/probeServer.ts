import { visionOf } from '../../../visionModels.ts';
import type { Connection } from '../connection.ts';
import type { Verdict } from '../errors.ts';
import { learnFacts, type ServerFacts, type ServerKind } from '../serverFacts.ts';
import type { ServerUrl } from '../serverUrl.ts';
import { type Ask, createAsk } from './ask.ts';
import { kindFromPaths } from './kindOfServer.ts';
import { llamaServerDetails } from './llamaServer.ts';
import { lmStudioDetails } from './lmStudio.ts';
import { ollamaDetails } from './ollama.ts';
import { sglangDetails } from './sglang.ts';
import { vllmDetails } from './vllm.ts';

export type Probed =
  | { ok: true; facts: ServerFacts }
  /** `kind` is known even where the list of models is refused. */
  | { ok: false; verdict: Verdict; kind: ServerKind };

const none = async (): Promise<Partial<ServerFacts>> => ({ tokenizer: false });

const details: Record<ServerKind, (ask: Ask, facts: ServerFacts) => Promise<Partial<ServerFacts>>> = {
  vllm: vllmDetails,
  sglang: sglangDetails,
  llamacpp: llamaServerDetails,
  ollama: ollamaDetails,
  lmstudio: lmStudioDetails,
  mistral: none,
  transformers: none,
  other: async () => ({}),
};

/** Kinds that say of a model by itself whether it sees. */
const saysImages = new Set<ServerKind>(['sglang', 'llamacpp', 'ollama', 'lmstudio']);

/** Whether the model sees, in the server's own words; where it has none, the model's names say it. */
export async function askImages(ask: Ask, facts: ServerFacts): Promise<boolean> {
  if (facts.images !== null) return facts.images;
  if (!saysImages.has(facts.kind)) return visionOf(facts.names) !== null;
  return (await details[facts.kind](ask, facts)).images ?? false;
}

/**
 * All that a server says of itself, without a completion: the list of models and the few paths that its kind has, side by
 * side. A turn asks for less (`learnFacts`).
 */
export async function probeServer(
  connection: Connection,
  server: ServerUrl,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Probed> {
  const ask = createAsk(connection, server, signal);
  const learned = await learnFacts(connection, server, wanted, signal);
  if (!learned.ok) {
    const silent = learned.verdict.problem.code === 'serverUnreachable' || learned.verdict.problem.code === 'tls';
    return { ok: false, verdict: learned.verdict, kind: silent ? 'other' : await kindFromPaths(ask) };
  }
  const found = await details[learned.facts.kind](ask, learned.facts);
  // What a path leaves unsaid, the list of models may have said.
  const said = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null));
  return { ok: true, facts: { ...learned.facts, ...said } };
}

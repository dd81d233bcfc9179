import { isObject } from '../../formats/jsonScan.ts';
import type { Connection } from './connection.ts';
import type { ServerUrl } from './serverUrl.ts';
import { getJson } from './smallAnswer.ts';

/** The context that Ollama is asked for: another size loads the model again, so that it only grows, in steps. */
export interface OllamaContext {
  /** Most tokens that the model takes, by its own file and the person's limit; null if neither says. */
  most(model: string, signal: AbortSignal): Promise<number | null>;
  /** A size for `needed` tokens (prompt and answer): one that is loaded already if it is enough. */
  sizeFor(needed: number, model: string, signal: AbortSignal): Promise<number>;
}

/** Ollama's own default where there is little memory. */
const smallest = 4096;

/** `limit`: the person's, in tokens. */
export function createOllamaContext(
  connection: Connection,
  server: ServerUrl,
  limit: number | undefined,
): OllamaContext {
  const trained = new Map<string, number | null>();
  const held = new Map<string, number>();

  async function most(model: string, signal: AbortSignal): Promise<number | null> {
    if (!trained.has(model)) {
      const shown = await getJson(connection, `${server.root}/api/show`, signal, { model });
      const info = isObject(shown?.model_info) ? shown.model_info : {};
      const found = Object.entries(info).find(([name]) => name.endsWith('.context_length'))?.[1];
      if (shown) trained.set(model, typeof found === 'number' && found > 0 ? found : null);
    }
    const known = trained.get(model) ?? null;
    if (known === null) return limit ?? null;
    return limit === undefined ? known : Math.min(known, limit);
  }

  return {
    most,
    async sizeFor(needed, model, signal) {
      const bound = (await most(model, signal)) ?? Number.POSITIVE_INFINITY;
      const loaded = await loadedContext(connection, server, model, signal);
      const enough = Math.max(held.get(model) ?? 0, loaded <= bound ? loaded : 0);
      let size = smallest;
      while (size < needed) size *= 2;
      const chosen = Math.min(bound, Math.max(size, enough));
      held.set(model, chosen);
      return chosen;
    },
  };
}

/** The context in force of a model that is loaded; 0 if it is not. */
async function loadedContext(
  connection: Connection,
  server: ServerUrl,
  model: string,
  signal: AbortSignal,
): Promise<number> {
  const running = await getJson(connection, `${server.root}/api/ps`, signal);
  const models = Array.isArray(running?.models) ? running.models.filter(isObject) : [];
  const found = models.find(({ name }) => name === model || name === `${model}:latest`);
  return typeof found?.context_length === 'number' ? found.context_length : 0;
}

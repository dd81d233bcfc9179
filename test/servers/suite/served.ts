import assert from 'node:assert/strict';
import type { Backend, Message, StreamRequest, Tool } from '../../../sidecar/models/backend.ts';
import { createRemoteBackend } from '../../../sidecar/models/backends/remote/remoteBackend.ts';
import { type Collected, collect } from '../collect.ts';
import { type Differences, differences } from './differences.ts';

const need = (name: string): string => {
  const value = process.env[`DEVSTRAL_SERVER_${name}`];
  if (value === undefined) throw new Error('this suite is run by npm run test:servers, which starts the server');
  return value;
};

/** The server under test, from the environment that `scripts/testServers.mjs` sets. */
export const served = {
  kind: need('KIND'),
  url: need('URL'),
  /** Empty: it takes none. */
  key: need('KEY'),
  /** Empty: none is named, the server has one. */
  model: need('MODEL'),
  /** Tokens it was started with; 0 if it takes any. */
  context: Number(need('CONTEXT')),
  pid: Number(need('PID')),
};

function differencesOf(kind: string): Differences {
  const found = differences[kind];
  if (!found) throw new Error(`no differences are noted for ${kind}`);
  return found;
}

export const expected = differencesOf(served.kind);

/** The product's own client for the server; `over` replaces parts of its options. */
export function openServed(over: { key?: string; model?: string } = {}): Backend {
  const model = over.model ?? served.model;
  const key = over.key ?? served.key;
  return createRemoteBackend({
    name: 'Served',
    url: served.url,
    ...(model === '' ? {} : { model }),
    offline: true,
    proxy: { url: '', noProxy: [], strictTls: true },
    getKey: async () => key || null,
    log: { info() {}, warn() {}, error() {}, recentProblems: () => [] },
    times: { retryMs: 50, tries: 2 },
  });
}

/** Asks and reads the answer to its end. */
export async function answerOf(
  backend: Backend,
  messages: readonly Message[],
  tools: readonly Tool[] = [],
  maxTokens = 60,
): Promise<Collected> {
  const request: StreamRequest = { messages, tools, sampling: { temperature: 0, maxTokens } };
  const got = await collect(backend.stream(request, new AbortController().signal));
  assert.equal(got.ends.length, 1, `ends: ${got.ends.join(', ')}`);
  return got;
}

/** Tokens of the prompt, as the server counted them. */
export function promptTokens(got: Collected): number {
  const usage = got.events.find((event) => event.type === 'usage');
  assert.ok(usage, 'the server says what it read');
  return usage.promptTokens;
}

export const user = (content: string): Message => ({ role: 'user', content });

/**
 * Unloads the model, so that the next request starts it anew. Ollama 0.17.4 needs it after an answer that its parser
 * refused: what still comes from the runner blocks on a channel that nobody reads, and holds the only slot.
 */
export async function unloadServed(): Promise<void> {
  const body = JSON.stringify({ model: served.model, keep_alive: 0 });
  const answer = await fetch(new URL('/api/generate', served.url), { method: 'POST', body });
  assert.equal(answer.status, 200, await answer.text());
}

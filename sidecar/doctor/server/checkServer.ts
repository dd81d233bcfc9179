import type { Log } from '../../log.ts';
import { createConnection } from '../../models/backends/remote/connection.ts';
import { unknownFacts } from '../../models/backends/remote/serverFacts.ts';
import { parseServerUrl, type ServerUrl } from '../../models/backends/remote/serverUrl.ts';
import { type ProxySettings, proxyFor } from '../../models/http.ts';
import { t } from '../../protocol/translate.ts';
import type { Check } from '../checks.ts';
import { chat } from './chatChecks.ts';
import { contextSize, modelListed, prefixCaching } from './modelChecks.ts';
import { reach } from './reach.ts';
import { roles } from './roleChecks.ts';
import { toolCalls } from './toolChecks.ts';
import { type CheckTimes, defaultTimes, type Findings, fail, type Visit } from './visit.ts';

export interface ServerCheckOptions {
  url: string;
  /** Left out: the first that the server lists. */
  model?: string | undefined;
  /** Only this computer may be reached. */
  offline: boolean;
  proxy: ProxySettings;
  /** Of the server's entry in the settings. */
  headers?: Readonly<Record<string, string>> | undefined;
  getKey(origin: string): Promise<string | null>;
  log: Log;
  times?: Partial<CheckTimes>;
}

export type CheckEvent =
  /** A step begins; `done` of `total` are over. */
  { type: 'step'; title: string; done: number; total: number } | { type: 'check'; check: Check };

/** In order: what a step finds out, the later ones build upon. */
const steps: readonly { title: string; run(visit: Visit): Promise<Findings> }[] = [
  { title: t('Reaching the server'), run: reach },
  { title: t('Looking for the model'), run: modelListed },
  { title: t('Waiting for a first answer'), run: chat },
  { title: t('Reading the context'), run: contextSize },
  { title: t('Looking at the cache'), run: async ({ facts }) => ({ checks: prefixCaching(facts) }) },
  { title: t('Calling a tool'), run: toolCalls },
  { title: t('Trying the order of roles'), run: roles },
];

/** Checks a server from its address to its tool calls. The only place where a completion is sent to try a server. */
export async function* checkServer(options: ServerCheckOptions, signal: AbortSignal): AsyncGenerator<CheckEvent, void> {
  const server = parseServerUrl(options.url);
  if (!server) {
    const check = fail('address', t('This is not an address'), t('Type one like http://localhost:8000/v1'));
    yield { type: 'check', check };
    return;
  }
  if (options.offline && !server.loopback) {
    const host = new URL(server.origin).host;
    yield {
      type: 'check',
      check: fail('offline', t('Offline mode is on: {host} was not asked', { host }), offlineFix),
    };
    return;
  }
  yield* visitServer(options, server, signal);
}

const offlineFix = t('Set devstral.offline to false, or leave out --offline in a terminal');

async function* visitServer(
  options: ServerCheckOptions,
  server: ServerUrl,
  signal: AbortSignal,
): AsyncGenerator<CheckEvent, void> {
  const { proxy, getKey, log } = options;
  const times = { ...defaultTimes, ...options.times };
  const connection = createConnection({
    server,
    headers: options.headers ?? {},
    proxy,
    connectTimeoutMs: times.connectMs,
    getKey,
    log,
  });
  const visit: Visit = {
    server,
    connection,
    wanted: options.model,
    proxy: proxyFor(new URL(server.origin), proxy),
    hasKey: Boolean((await getKey(server.origin))?.trim()),
    times,
    facts: unknownFacts(options.model ?? ''),
    signal,
  };
  try {
    for (const [done, { title, run }] of steps.entries()) {
      yield { type: 'step', title, done, total: steps.length };
      const { checks, stop } = await run(visit);
      if (signal.aborted) return;
      for (const check of checks) yield { type: 'check', check };
      if (stop) return;
    }
  } finally {
    await connection.close();
  }
}

/** Faults for which nothing of the server itself was heard. */
const unheard = new Set(['address', 'offline', 'reach', 'tls', 'proxy']);

/** Whether nothing answered there. */
export const isUnreachable = (checks: readonly Check[]): boolean =>
  checks.some(({ id, state }) => state === 'fail' && unheard.has(id));

import type { Connection } from '../../models/backends/remote/connection.ts';
import type { ServerFacts } from '../../models/backends/remote/serverFacts.ts';
import type { ServerUrl } from '../../models/backends/remote/serverUrl.ts';
import type { Check } from '../checks.ts';

/** Waits and limits of a check, in milliseconds. */
export interface CheckTimes {
  connectMs: number;
  /** For a small answer. */
  askMs: number;
  /** For a whole completion: a model may have to be loaded first. */
  answerMs: number;
  /** A first token later than this is slow. The question has about twenty tokens. */
  slowFirstTokenMs: number;
}

export const defaultTimes: CheckTimes = {
  connectMs: 10_000,
  askMs: 20_000,
  answerMs: 180_000,
  slowFirstTokenMs: 5_000,
};

/** One look at one server, handed from step to step. */
export interface Visit {
  server: ServerUrl;
  connection: Connection;
  /** The model that the person named. */
  wanted: string | undefined;
  /** Address of the proxy that stands between; null: none. */
  proxy: string | null;
  hasKey: boolean;
  times: CheckTimes;
  /** What is known so far; the first step finds it out. */
  facts: ServerFacts;
  signal: AbortSignal;
}

/** What a step found. `stop`: the later ones would make no sense. */
export interface Findings {
  checks: Check[];
  stop?: boolean;
}

export const within = (visit: Visit, ms: number): AbortSignal =>
  AbortSignal.any([visit.signal, AbortSignal.timeout(ms)]);

export const ok = (id: string, message: string): Check => ({ id, state: 'ok', message });
export const warn = (id: string, message: string, fix: string): Check => ({ id, state: 'warn', message, fix });
export const fail = (id: string, message: string, fix: string): Check => ({ id, state: 'fail', message, fix });
/** A fault that makes everything after it pointless. */
export const halt = (id: string, message: string, fix: string): Findings => ({
  checks: [fail(id, message, fix)],
  stop: true,
});

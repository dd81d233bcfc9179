import type { Log } from '../log.ts';
import type { Backend, Capabilities, ModelEvent, SamplingOptions } from '../models/backend.ts';
import { BackendProblem } from '../models/backendProblem.ts';
import { endPromptly } from '../models/backends/local/endPromptly.ts';
import { pipe } from '../models/backends/local/eventPipe.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { EngineClient, EngineConnection } from './engineClient.ts';
import {
  type Answered,
  engineCancel,
  engineCapabilities,
  engineComplete,
  engineCount,
  enginePrepare,
  engineStream,
  type ModelSpec,
} from './engineMessages.ts';
import { createTold } from './told.ts';

interface Deps {
  client: EngineClient;
  spec: ModelSpec;
  log: Pick<Log, 'info' | 'warn'>;
}

/** Often enough for a crash that was bad luck; a prompt that kills the engine each time is not tried for ever. */
const mostRestarts = 2;
/** `over`: the engine made room for another model, as often as windows that run different ones take turns. */
type Attempt = 'ended' | 'died' | 'over';
const endMs = 3000;
let lastId = 0;

/**
 * A model that runs in the engine process. When that process dies the turn goes on with a new one: the answer is sampled
 * again with the same seed, and what was told already is not told twice.
 */
export function createEngineBackend({ client, spec, log }: Deps): Backend {
  /** One try; it has ended when `finish` or `error` came. */
  async function attempt(
    signal: AbortSignal,
    send: (connection: EngineConnection, id: number) => Promise<void>,
    push: (event: ModelEvent) => void,
  ): Promise<Attempt> {
    const connection = await client.connection();
    const id = ++lastId;
    let ended = false;
    const events = connection.events(id, (event) => {
      ended ||= event.type === 'finish' || event.type === 'error';
      push(event);
    });
    const cancel = () => void connection.rpc.sendNotification(engineCancel, { id }).catch(() => undefined);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const sent = send(connection, id);
      if (signal.aborted) cancel();
      await Promise.race([sent, connection.closed]);
    } catch (error) {
      if (!ended) {
        log.info(`engine: ${String(error)}`);
        await goneSoon(connection);
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      events.stop();
    }
    if (ended) return 'ended';
    return connection.isOver() ? 'over' : 'died';
  }

  async function* tried(
    signal: AbortSignal,
    send: (connection: EngineConnection, id: number) => Promise<void>,
  ): AsyncGenerator<ModelEvent> {
    const told = createTold();
    for (let restarts = 0; ; ) {
      if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      told.again();
      let outcome: Attempt;
      try {
        outcome = yield* pipe<ModelEvent, Attempt>((push) =>
          attempt(signal, send, (event) => {
            const rest = told.unseen(event);
            if (rest) push(rest);
          }),
        );
      } catch (error) {
        // It may have been killed while it started.
        if (restarts++ < mostRestarts) continue;
        return yield { type: 'error', problem: notStarted(error) };
      }
      if (outcome === 'ended') return;
      if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      if (outcome === 'over') continue;
      if (restarts++ >= mostRestarts) return yield { type: 'error', problem: keepsStopping(restarts) };
      log.warn('the engine stopped; the turn goes on with a new one');
    }
  }

  async function ask<T>(send: (connection: EngineConnection) => Promise<Answered<T>>): Promise<T> {
    for (let restarts = 0; ; ) {
      let connection: EngineConnection;
      try {
        connection = await client.connection();
      } catch (error) {
        if (restarts++ < mostRestarts) continue;
        throw new BackendProblem(notStarted(error));
      }
      const gone = connection.closed.then((): null => null);
      const answer = await Promise.race([send(connection).catch(() => goneSoon(connection)), gone]);
      if (answer?.kind === 'failed') throw new BackendProblem(answer.problem);
      if (answer) return answer.value;
      if (!connection.isOver() && restarts++ >= mostRestarts) throw new BackendProblem(keepsStopping(restarts));
    }
  }

  return {
    name: spec.name,
    kind: 'local',
    prepare: (signal) => tried(signal, ({ rpc }, id) => rpc.sendRequest(enginePrepare, { id, spec })),
    capabilities: (): Promise<Capabilities> => ask(({ rpc }) => rpc.sendRequest(engineCapabilities, { spec })),
    countTokens: (messages, tools) => ask(({ rpc }) => rpc.sendRequest(engineCount, { spec, messages, tools })),
    stream(request, signal) {
      const seeded = withSeed(request);
      const events = tried(signal, ({ rpc }, id) => rpc.sendRequest(engineStream, { id, spec, request: seeded }));
      return endPromptly(events, signal, (error) => log.warn(String(error)));
    },
    complete(request, signal) {
      const seeded = withSeed(request);
      const events = tried(signal, ({ rpc }, id) => rpc.sendRequest(engineComplete, { id, spec, request: seeded }));
      return endPromptly(events, signal, (error) => log.warn(String(error)));
    },
    // The model stays with the engine, for the next who needs it.
    dispose: async () => undefined,
  };
}

/** The seed is chosen here, so that a second try samples the same. */
const withSeed = <T extends { sampling: SamplingOptions }>(request: T): T => ({
  ...request,
  sampling: { seed: Math.floor(Math.random() * 2 ** 32), ...request.sampling },
});

/** A request that failed means that the engine is about to end: a new one is started only then. */
async function goneSoon({ closed }: EngineConnection): Promise<null> {
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, endMs).unref())]);
  return null;
}

const keepsStopping = (times: number) => problem('engineKeepsStopping', { n: times, m: 1 });

function notStarted(error: unknown): ProblemReport {
  const reason = error instanceof Error ? error.message : String(error);
  const code = /ended with (\w+)/.exec(reason)?.[1] ?? 'unknown';
  return problem('engineDidNotStart', { code }, reason);
}

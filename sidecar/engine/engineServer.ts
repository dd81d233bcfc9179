import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createMessageConnection,
  type MessageConnection,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-languageserver-protocol/node';
import type { ModelEvent } from '../models/backend.ts';
import { BackendProblem } from '../models/backendProblem.ts';
import type { LocalBackend } from '../models/backends/local/localBackend.ts';
import {
  type Answered,
  engineCancel,
  engineCapabilities,
  engineComplete,
  engineCount,
  engineEvent,
  engineKeep,
  engineLog,
  enginePrepare,
  engineRelease,
  engineState,
  engineStream,
  engineUnloaded,
  type ModelSpec,
} from './engineMessages.ts';
import { createModelHolder } from './modelHolder.ts';

export interface EngineServerOptions {
  createBackend(spec: ModelSpec, log: EngineLog): LocalBackend;
  /** Ends the process: nobody was connected for this long. */
  endAfterMs: number;
  onEnd(): void;
}

export interface EngineLog {
  info(text: string): void;
  warn(text: string): void;
}

const defaultIdleMs = 15 * 60_000;
const mostToTellMs = 1000;

/** The engine: one model in memory for all editors and terminals of a person, one queue, no clients no process. */
export function createEngineServer({ createBackend, endAfterMs, onEnd }: EngineServerOptions): Server {
  const clients = new Set<MessageConnection>();
  const idle = new Map<MessageConnection, number>();
  /** The model file that each client used last. */
  const inUse = new Map<MessageConnection, string>();
  let alone = performance.now();
  const all = (send: (client: MessageConnection) => Promise<void>) => {
    for (const client of clients) send(client).catch(() => undefined);
  };
  const tell = (level: 'info' | 'warn') => (text: string) =>
    all((to) => to.sendNotification(engineLog, { level, text }));
  const log = { info: tell('info'), warn: tell('warn') };
  const holder = createModelHolder(
    (spec) => createBackend(spec, log),
    (reason) => {
      // Only the end of a process gives all of its memory back; whoever needs the engine next starts a new one.
      server.close();
      const told = [...clients].map((to) => to.sendNotification(engineUnloaded, { reason }).catch(() => undefined));
      // A client that reads no more must not keep it.
      void Promise.race([Promise.all(told), sleep(mostToTellMs)]).then(end);
    },
  );

  const tick = setInterval(
    () => {
      const keepMs = idle.size === 0 ? defaultIdleMs : Math.max(...idle.values());
      if (holder.loaded() !== null && holder.idleMs() >= keepMs) void holder.unload('idle');
      if (clients.size === 0 && holder.idleMs() > 0 && performance.now() - alone >= endAfterMs) end();
    },
    Math.min(1000, endAfterMs),
  );

  let ended = false;
  function end(): void {
    if (ended) return;
    ended = true;
    clearInterval(tick);
    server.close();
    // Keeps the KV cache of the newest session.
    holder.unload('idle').then(onEnd, onEnd);
  }

  function serve(socket: Socket): void {
    const client = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const running = new Map<number, AbortController>();
    clients.add(client);
    client.onClose(() => {
      clients.delete(client);
      idle.delete(client);
      inUse.delete(client);
      alone = performance.now();
      for (const abort of running.values()) abort.abort();
    });
    // A client that dies in the middle of a message is closed, no more.
    client.onError(() => socket.destroy());
    socket.on('error', () => socket.destroy());

    async function run(
      id: number,
      spec: ModelSpec,
      events: (backend: LocalBackend, signal: AbortSignal) => AsyncIterable<ModelEvent>,
    ) {
      const abort = new AbortController();
      running.set(id, abort);
      inUse.set(client, spec.modelPath);
      const tellEvent = (event: ModelEvent) => client.sendNotification(engineEvent, { id, event });
      const since = performance.now();
      // Another model may be at work, and has to be unloaded first.
      const waiting = setInterval(() => {
        const waitedMs = Math.round(performance.now() - since);
        void tellEvent({ type: 'queued', waitedMs }).catch(() => undefined);
      }, 500);
      try {
        await holder.use(spec, async (backend) => {
          clearInterval(waiting);
          for await (const event of events(backend, abort.signal)) await tellEvent(event);
        });
      } finally {
        clearInterval(waiting);
        running.delete(id);
      }
    }

    client.onNotification(engineCancel, ({ id }) => running.get(id)?.abort());
    client.onNotification(engineKeep, ({ idleMs }) => void idle.set(client, idleMs));
    client.onRequest(enginePrepare, ({ id, spec }) => run(id, spec, (backend, signal) => backend.prepare(signal)));
    client.onRequest(engineStream, ({ id, spec, request }) =>
      run(id, spec, (backend, signal) => backend.stream(request, signal)),
    );
    client.onRequest(engineComplete, ({ id, spec, request }) =>
      run(id, spec, (backend, signal) => backend.complete(request, signal)),
    );
    client.onRequest(engineCapabilities, ({ spec }, token) =>
      holder.use(spec, (backend) => answered(backend.capabilities(signalOf(token)))),
    );
    client.onRequest(engineCount, ({ spec, messages, tools }, token) =>
      holder.use(spec, (backend) => answered(backend.countTokens(messages, tools, signalOf(token)))),
    );
    client.onRequest(engineRelease, async () => {
      const mine = inUse.get(client);
      inUse.delete(client);
      if (![...inUse.values()].some((path) => path === mine)) await holder.unload('asked');
    });
    client.onRequest(engineState, () => ({ loaded: holder.loaded(), clients: clients.size, pid: process.pid }));
    client.listen();
  }

  const server = createServer(serve);
  return server;
}

async function answered<T>(promise: Promise<T>): Promise<Answered<T>> {
  try {
    return { kind: 'ok', value: await promise };
  } catch (error) {
    if (error instanceof BackendProblem) return { kind: 'failed', problem: error.problem };
    throw error;
  }
}

function signalOf(token: {
  onCancellationRequested(run: () => void): unknown;
  isCancellationRequested: boolean;
}): AbortSignal {
  const abort = new AbortController();
  if (token.isCancellationRequested) abort.abort();
  token.onCancellationRequested(() => abort.abort());
  return abort.signal;
}

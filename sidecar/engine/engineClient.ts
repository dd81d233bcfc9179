import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  SocketMessageReader,
  SocketMessageWriter,
} from 'vscode-languageserver-protocol/node';
import type { Log } from '../log.ts';
import type { ModelEvent } from '../models/backend.ts';
import { displayLanguage, t } from '../protocol/translate.ts';
import { engineEvent, engineKeep, engineLog, engineRelease, engineUnloaded } from './engineMessages.ts';

export interface EngineClientOptions {
  address: string;
  /** dist/engine.mjs. */
  program: string;
  endAfterMs: number;
  /** How long a model may lie idle in memory. */
  idleMs(): number;
  onUnloaded(reason: 'idle' | 'asked' | 'other'): void;
  log: Pick<Log, 'info' | 'warn'>;
}

/** A connection to the engine; it is started when nobody else has started it. */
export interface EngineClient {
  /** The connection that stands, or a new one. Rejects when the engine cannot be started. */
  connection(): Promise<EngineConnection>;
  /** Says that this client is done with its model; an engine that nobody needs then ends. */
  release(): Promise<void>;
  dispose(): void;
}

export interface EngineConnection {
  rpc: MessageConnection;
  /** Events of one request; end with `stop`. */
  events(id: number, handle: (event: ModelEvent) => void): { stop(): void };
  /** Resolves when the engine is gone. */
  closed: Promise<void>;
  /** It said that it lets its model go: what ends then is no crash. */
  isOver(): boolean;
}

const startMs = 20_000;
const retryMs = 50;

export function createEngineClient(options: EngineClientOptions): EngineClient {
  let current: Promise<EngineConnection> | undefined;
  let disposed = false;

  async function open(onClosed: () => void): Promise<EngineConnection> {
    const socket = (await tryConnect(options.address)) ?? (await start(options));
    const rpc = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
    const handlers = new Map<number, (event: ModelEvent) => void>();
    const closed = new Promise<void>((resolve) => {
      rpc.onClose(() => {
        onClosed();
        resolve();
      });
    });
    rpc.onError(() => socket.destroy());
    socket.on('error', () => socket.destroy());
    rpc.onNotification(engineEvent, ({ id, event }) => handlers.get(id)?.(event));
    rpc.onNotification(engineLog, ({ level, text }) => options.log[level](text));
    let over = false;
    rpc.onNotification(engineUnloaded, ({ reason }) => {
      over = true;
      options.onUnloaded(reason);
    });
    rpc.listen();
    await rpc.sendNotification(engineKeep, { idleMs: options.idleMs() });
    return {
      rpc,
      closed,
      isOver: () => over,
      events(id, handle) {
        handlers.set(id, handle);
        return { stop: () => void handlers.delete(id) };
      },
    };
  }

  return {
    connection() {
      if (disposed) return Promise.reject(new Error('the engine was let go'));
      if (current) return current;
      // Only itself: by then there may be a new one, which would be lost and keep the engine.
      const forget = () => {
        if (current === opening) current = undefined;
      };
      const opening = open(forget).catch((error: unknown) => {
        forget();
        throw error;
      });
      current = opening;
      return opening;
    },
    async release() {
      // Not connected only to say that: then there is nothing in memory.
      const connection = await current?.catch(() => undefined);
      // The engine may be gone before its answer is out.
      if (connection)
        await Promise.race([connection.rpc.sendRequest(engineRelease).catch(() => undefined), connection.closed]);
    },
    dispose() {
      disposed = true;
      current?.then(({ rpc }) => rpc.end()).catch(() => undefined);
    },
  };
}

function tryConnect(address: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(address, () => resolve(socket));
    socket.once('error', () => resolve(null));
  });
}

/** Starts the engine apart from this process and waits until one answers. */
async function start(options: EngineClientOptions): Promise<Socket> {
  const { address, log } = options;
  const deadline = Date.now() + startMs;
  let started = launch(options);
  for (;;) {
    const socket = await tryConnect(address);
    if (socket) {
      log.info(`engine: process ${started.child.pid}`);
      for (const stream of [started.child.stdout, started.child.stderr]) (stream as unknown as Socket).unref();
      return socket;
    }
    const { ended } = started;
    if (ended !== null && ended !== '') throw new Error(t('the engine did not start: {reason}', { reason: ended }));
    if (Date.now() > deadline) throw new Error(t('the engine did not answer in time'));
    // It left the field to another engine, which has ended since.
    if (ended !== null) started = launch(options);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

interface Launched {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** Why it ended; empty where it had nothing to do; null while it runs. */
  ended: string | null;
}

function launch({ program, address, endAfterMs }: EngineClientOptions): Launched {
  const child = spawn(process.execPath, [program, address, String(endAfterMs), `--language=${displayLanguage()}`], {
    detached: true,
    // A window of a console must not appear on Windows.
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: engineEnvironment(),
  });
  const launched: Launched = { child, ended: null };
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data.toString()).slice(-2000);
  });
  child.on('error', (error) => {
    launched.ended = error.message;
  });
  child.on('exit', (code, signal) => {
    launched.ended ??= code === 0 ? '' : `it ended with ${signal ?? code}: ${said.trim()}`;
  });
  // It must not keep us alive, nor we it.
  child.unref();
  return launched;
}

/** Nothing of the editor's own wiring, and no keys. */
function engineEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|NODE_CHANNEL|DEVSTRAL_API_KEY|HF_TOKEN)/.test(name),
  );
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

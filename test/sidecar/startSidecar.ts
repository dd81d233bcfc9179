import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  CancellationTokenSource,
  createProtocolConnection,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  IPCMessageReader,
  IPCMessageWriter,
  ProgressType,
  type ProtocolConnection,
  ShutdownRequest,
} from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import type { Host } from '../../sidecar/host/host.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { unbatchedReader } from '../../sidecar/protocol/batchedIpc.ts';
import { hostApplyEdit, hostNewDiagnostics, hostReadText, secretGet } from '../../sidecar/protocol/host.ts';
import type { RequestMessage } from '../../sidecar/protocol/message.ts';
import { type ModelStatus, modelStatus, type SidecarSettings } from '../../sidecar/protocol/models.ts';
import { ProgressReport } from '../../sidecar/protocol/progress.ts';

export const sidecarPath = resolve('dist/sidecar.mjs');

export const settings: SidecarSettings = {
  model: 'auto',
  modelsFolder: '',
  contextSize: 0,
  kvCache: 'auto',
  threads: 0,
  gpu: 'off',
  offline: false,
  fixAttempts: 4,
  idleUnloadMinutes: 15,
  servers: [],
  proxy: { url: '', noProxy: [], strictTls: true },
};

export interface TestSidecar {
  child: ChildProcess;
  connection: ProtocolConnection;
  /** Lines of stdout and stderr. */
  output: string[];
  statuses: ModelStatus[];
  progress: ProgressReport[];
  request<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    params: Omit<z.infer<P>, 'workDoneToken'>,
    signal?: AbortSignal,
  ): Promise<z.infer<R>>;
  stop(): Promise<void>;
}

export interface SidecarOptions {
  folder: string;
  home?: string;
  settings?: Partial<SidecarSettings>;
  host?: Partial<Host>;
  env?: Record<string, string>;
}

/** A private data folder, so that no test sees another's journal. */
export const temporaryFolder = (name: string): string => mkdtempSync(join(tmpdir(), `devstral-${name}-`));

/** The real sidecar over real ipc, with a host that writes to disk as the command line does. */
export async function startSidecar(options: SidecarOptions): Promise<TestSidecar> {
  const home = options.home ?? temporaryFolder('home');
  const child = fork(sidecarPath, ['--node-ipc'], {
    silent: true,
    execArgv: [],
    env: { ...process.env, DEVSTRAL_HOME: home, ...options.env },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => output.push(data.toString()));
  const connection = createProtocolConnection(
    unbatchedReader(new IPCMessageReader(child)),
    new IPCMessageWriter(child),
  );
  const host: Host = { ...createTerminalHost({ env: {} }), ...options.host };
  const answer = <P extends z.ZodMiniType>(
    message: RequestMessage<P, z.ZodMiniType>,
    reply: (params: z.infer<P>) => unknown,
  ) => connection.onRequest(message.method, async (raw: unknown) => reply(message.params.parse(raw)));
  answer(hostReadText, ({ uri }) => host.readText(uri, never));
  answer(hostApplyEdit, (params) => host.applyEdit(params, never));
  answer(hostNewDiagnostics, async (params) => ({ added: await host.newDiagnostics(params, never) }));
  answer(secretGet, async ({ origin }) => ({ key: await host.secret(origin) }));
  const statuses: ModelStatus[] = [];
  connection.onNotification(modelStatus.method, (raw: unknown) => void statuses.push(modelStatus.params.parse(raw)));
  connection.listen();
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    capabilities: {},
    workspaceFolders: [{ uri: pathToFileURL(options.folder).href, name: 'test' }],
    initializationOptions: { ...settings, ...options.settings },
  });
  await connection.sendNotification(InitializedNotification.type, {});

  const progress: ProgressReport[] = [];
  let tokens = 0;
  return {
    child,
    connection,
    output,
    statuses,
    progress,
    async request(message, params, signal) {
      const workDoneToken = `test-${++tokens}`;
      const listener = connection.onProgress(
        new ProgressType<unknown>(),
        workDoneToken,
        (raw) => void progress.push(ProgressReport.parse(raw)),
      );
      const cancellation = signal ? [tokenFor(signal)] : [];
      try {
        return message.result.parse(
          await connection.sendRequest(message.method, { ...params, workDoneToken }, ...cancellation),
        );
      } finally {
        listener.dispose();
      }
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((done) => child.once('exit', done));
      await connection.sendRequest(ShutdownRequest.type).catch(() => undefined);
      await connection.sendNotification(ExitNotification.type).catch(() => undefined);
      await ended;
      connection.dispose();
    },
  };
}

const never = new AbortController().signal;

function tokenFor(signal: AbortSignal) {
  const source = new CancellationTokenSource();
  signal.addEventListener('abort', () => source.cancel(), { once: true });
  return source.token;
}

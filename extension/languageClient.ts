import { type ChildProcess, fork } from 'node:child_process';
import type * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  IPCMessageReader,
  IPCMessageWriter,
  LanguageClient,
  type MessageTransports,
  ProgressType,
  RevealOutputChannelOn,
  State,
} from 'vscode-languageclient/node';
import { unbatchedReader } from '../sidecar/protocol/batchedIpc.ts';
import {
  type NotificationName,
  type NotificationParams,
  notifications,
  type RequestName,
  type RequestParams,
  type RequestResult,
  requests,
} from '../sidecar/protocol/messages.ts';
import type { SidecarSettings } from '../sidecar/protocol/models.ts';
import { ProgressReport } from '../sidecar/protocol/progress.ts';

/**
 * The second bundle: the language client, the schemas of the protocol and all that they bring, loaded when the sidecar is first needed.
 * `exits` is told of every end of the process that was not asked for, and answers whether and when to start again.
 */
export interface LanguageClientOptions {
  sidecarPath: string;
  /** Program to fork with; undefined: the editor's own runtime. */
  runtime(): string | undefined;
  /** Asked for at each start, so that a new process gets what holds by then. */
  settings(): SidecarSettings;
  /** In which the sidecar writes its texts. */
  language: string;
  log: vscode.LogOutputChannel;
  /** Milliseconds to wait before the next start, or null to stay off. */
  onExit(end: { code: number | null; signal: string | null; uptimeMs: number }): number | null;
  /** A process answers: the first one, or one after a crash. */
  onRunning(): void;
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What goes out and what comes in is parsed here; a message of another shape is an error. */
export interface StartedClient {
  client: LanguageClient;
  kill(): void;
  request<N extends RequestName>(
    name: N,
    params: RequestParams<N>,
    token?: vscode.CancellationToken,
  ): Promise<RequestResult<N>>;
  notify<N extends NotificationName>(name: N, params: NotificationParams<N>): Promise<void>;
  onNotification<N extends NotificationName>(name: N, handle: (params: NotificationParams<N>) => void): void;
  onRequest<N extends RequestName>(
    name: N,
    answer: (params: RequestParams<N>, token: vscode.CancellationToken) => Promise<RequestResult<N>>,
  ): void;
  onProgress(token: string, handle: (report: ProgressReport) => void): vscode.Disposable;
}

const progressType = new ProgressType<unknown>();

/** Makes the client; the caller starts it. */
export function createLanguageClient(options: LanguageClientOptions): StartedClient {
  const { log } = options;
  let child: ChildProcess | undefined;
  let startedAt = 0;
  let end: { code: number | null; signal: string | null } = { code: null, signal: null };

  const start = async (): Promise<MessageTransports> => {
    const runtime = options.runtime();
    const started = fork(
      options.sidecarPath,
      ['--node-ipc', `--clientProcessId=${process.pid}`, `--language=${options.language}`],
      {
        ...(runtime === undefined ? {} : { execPath: runtime }),
        execArgv: [],
        env: sidecarEnvironment(),
        silent: true,
        serialization: 'json',
      },
    );
    child = started;
    startedAt = Date.now();
    end = { code: null, signal: null };
    const print = (data: Buffer) => {
      const text = data.toString().trimEnd();
      if (text) log.info(text);
    };
    started.stdout?.on('data', print);
    started.stderr?.on('data', print);
    started.on('error', (error) => log.error(`sidecar: ${error.message}`));
    started.on('exit', (code, signal) => {
      end = { code, signal };
      log.info(`sidecar ended (${signal ?? code}) after ${Math.round((Date.now() - startedAt) / 1000)} s`);
    });
    return { reader: unbatchedReader(new IPCMessageReader(started)), writer: new IPCMessageWriter(started) };
  };

  const client = new LanguageClient('devstral', 'Devstral', start, {
    documentSelector: [{ scheme: 'file' }],
    initializationOptions: options.settings,
    // What went wrong is told by who asked.
    initializationFailedHandler: () => false,
    outputChannel: log,
    // A message that was on its way when the process ended is for the log: its end is told once, by us.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      async closed() {
        const delay = options.onExit({ ...end, uptimeMs: Date.now() - startedAt });
        if (delay === null) return { action: CloseAction.DoNotRestart, handled: true };
        await wait(delay);
        return { action: CloseAction.Restart, handled: true };
      },
    },
  });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) options.onRunning();
  });
  return {
    client,
    kill: () => void child?.kill('SIGKILL'),
    async request(name, params, token) {
      const { method, result } = requests[name];
      // A token that is undefined would be sent as a second parameter.
      return result.parse(await client.sendRequest(method, params, ...(token ? [token] : []))) as RequestResult<
        typeof name
      >;
    },
    notify: (name, params) => client.sendNotification(notifications[name].method, params),
    onNotification(name, handle) {
      const { method, params } = notifications[name];
      client.onNotification(method, (raw: unknown) => handle(params.parse(raw) as NotificationParams<typeof name>));
    },
    onRequest(name, answer) {
      const { method, params } = requests[name];
      client.onRequest(method, (raw: unknown, token: vscode.CancellationToken) =>
        answer(params.parse(raw) as RequestParams<typeof name>, token),
      );
    },
    onProgress: (token, handle) => client.onProgress(progressType, token, (raw) => handle(ProgressReport.parse(raw))),
  };
}

/** What the sidecar inherits: nothing of the editor's own wiring. */
function sidecarEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

import { join } from 'node:path';
import type * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type * as z from 'zod/mini';
import type { NotificationMessage, RequestMessage } from '../sidecar/protocol/message.ts';
import { settingsChanged } from '../sidecar/protocol/models.ts';
import { type ProblemReport, problem } from '../sidecar/protocol/problems.ts';
import { ProgressReport } from '../sidecar/protocol/progress.ts';
import { sidecarRuntime, sidecarSettings } from './config.ts';
import type * as LanguageClientBundle from './languageClient.ts';
import { nodeFromPath } from './nodeRuntime.ts';
import { createRestartPolicy } from './restartPolicy.ts';

/** The sidecar as the rest of the extension sees it. It starts on the first request, not before. */
export interface SidecarClient extends vscode.Disposable {
  request<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    params: z.infer<P>,
    token?: vscode.CancellationToken,
  ): Promise<z.infer<R>>;
  /** Like `request`, with the progress that the sidecar reports on the way. */
  requestWithProgress<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    params: Omit<z.infer<P>, 'workDoneToken'>,
    onProgress: (report: ProgressReport) => void,
    token: vscode.CancellationToken,
  ): Promise<z.infer<R>>;
  onNotification<P extends z.ZodMiniType>(message: NotificationMessage<P>, handle: (params: z.infer<P>) => void): void;
  /** Answers what the sidecar asks of the editor. */
  onRequest<P extends z.ZodMiniType, R extends z.ZodMiniType>(
    message: RequestMessage<P, R>,
    answer: (params: z.infer<P>, token: vscode.CancellationToken) => Promise<z.infer<R>>,
  ): void;
  running(): boolean;
  restart(): Promise<void>;
  settingsChanged(): Promise<void>;
}

interface Deps {
  context: vscode.ExtensionContext;
  log: vscode.LogOutputChannel;
  onProblem(report: ProblemReport): void;
  onStopped(): void;
}

const runtimeKey = 'devstral.sidecar.nodeRuntime';

export function createSidecarClient(deps: Deps): SidecarClient {
  const { context, log } = deps;
  const attach: ((client: LanguageClient) => void)[] = [];
  let current: LanguageClientBundle.StartedClient | undefined;
  let starting: Promise<LanguageClientBundle.StartedClient> | undefined;
  let runtime = sidecarRuntime() || context.globalState.get<string>(runtimeKey);
  let afterExit = createRestartPolicy();
  let stopping = false;
  let tokens = 0;

  async function start(): Promise<LanguageClientBundle.StartedClient> {
    const bundle = require(join(context.extensionPath, 'dist', 'languageClient.cjs')) as typeof LanguageClientBundle;
    stopping = false;
    const made = bundle.createLanguageClient({
      sidecarPath: join(context.extensionPath, 'dist', 'sidecar.mjs'),
      runtime: () => runtime,
      settings: sidecarSettings(),
      log,
      onExit,
    });
    for (const each of attach) each(made.client);
    current = made;
    await made.client.start();
    return made;
  }

  function onExit(code: number | null, uptimeMs: number): number | null {
    if (stopping) return null;
    deps.onStopped();
    const node = runtime === undefined ? nodeFromPath() : null;
    const decision = afterExit(uptimeMs, node !== null);
    log.warn(`sidecar ended with ${code} after ${uptimeMs} ms: ${decision.kind}`);
    if (decision.kind === 'tryNode' && node) {
      runtime = node;
      context.globalState.update(runtimeKey, node).then(undefined, (error) => log.error(String(error)));
      log.warn(`the editor's own runtime cannot run the sidecar; ${node} is used from now on`);
      return 100;
    }
    if (decision.kind === 'giveUp') {
      deps.onProblem(problem('engineKeepsStopping', { n: decision.count, m: decision.minutes }));
      starting = undefined;
      current = undefined;
      return null;
    }
    if (decision.kind === 'restart' && decision.tell) deps.onProblem(problem('engineRestarted', {}));
    return decision.kind === 'restart' ? decision.delayMs : 100;
  }

  async function started(): Promise<LanguageClientBundle.StartedClient> {
    starting ??= start().catch((error: unknown) => {
      starting = undefined;
      current = undefined;
      throw error;
    });
    const ready = await starting;
    // After a crash the client is between two processes: wait for the next one.
    if (!ready.client.isRunning()) await ready.client.start();
    return ready;
  }

  async function stop(): Promise<void> {
    const old = current;
    stopping = true;
    current = undefined;
    starting = undefined;
    if (!old) return;
    try {
      await old.client.stop(2000);
    } catch (error) {
      log.warn(`sidecar did not stop by itself: ${String(error)}`);
    }
    old.kill();
    await old.client.dispose(500).catch(() => undefined);
  }

  const self: SidecarClient = {
    async request(message, params, token) {
      const { client } = await started();
      // A token that is undefined would be sent as a second parameter.
      const answer = await client.sendRequest(message.method, params, ...(token ? [token] : []));
      return message.result.parse(answer);
    },
    async requestWithProgress(message, params, onProgress, token) {
      const { client, onProgress: listen } = await started();
      const workDoneToken = `devstral-${++tokens}`;
      const subscription = listen(workDoneToken, (raw) => onProgress(ProgressReport.parse(raw)));
      try {
        const answer = await client.sendRequest(message.method, { ...params, workDoneToken }, token);
        return message.result.parse(answer);
      } finally {
        subscription.dispose();
      }
    },
    onNotification(message, handle) {
      attach.push((to) => to.onNotification(message.method, (raw: unknown) => handle(message.params.parse(raw))));
    },
    onRequest(message, answer) {
      attach.push((to) =>
        to.onRequest(message.method, (raw: unknown, token: vscode.CancellationToken) =>
          answer(message.params.parse(raw), token),
        ),
      );
    },
    running: () => current?.client.isRunning() ?? false,
    async restart() {
      await stop();
      afterExit = createRestartPolicy();
      runtime = sidecarRuntime() || context.globalState.get<string>(runtimeKey);
      await started();
    },
    async settingsChanged() {
      if (current?.client.isRunning()) await current.client.sendNotification(settingsChanged.method, sidecarSettings());
    },
    dispose: () => stop(),
  };
  return self;
}

import { join } from 'node:path';
import type * as vscode from 'vscode';
import type {
  NotificationName,
  NotificationParams,
  RequestName,
  RequestParams,
  RequestResult,
} from '../sidecar/protocol/messages.ts';
import { type ProblemReport, problem } from '../sidecar/protocol/problems.ts';
import type { ProgressReport } from '../sidecar/protocol/progress.ts';
import { displayLanguage, t } from '../sidecar/protocol/translate.ts';
import { sidecarRuntime, sidecarSettings } from './config.ts';
import type * as LanguageClientBundle from './languageClient.ts';
import { nodeFromPath } from './nodeRuntime.ts';
import { createRestartPolicy } from './restartPolicy.ts';

/** The sidecar as the rest of the extension sees it. It starts on the first request, not before. */
export interface SidecarClient extends vscode.Disposable {
  request<N extends RequestName>(
    name: N,
    params: RequestParams<N>,
    token?: vscode.CancellationToken,
  ): Promise<RequestResult<N>>;
  /** Like `request`, with the progress that the sidecar reports on the way. */
  requestWithProgress<N extends RequestName>(
    name: N,
    params: Omit<RequestParams<N>, 'workDoneToken'>,
    onProgress: (report: ProgressReport) => void,
    token: vscode.CancellationToken,
  ): Promise<RequestResult<N>>;
  onNotification<N extends NotificationName>(name: N, handle: (params: NotificationParams<N>) => void): void;
  /** Answers what the sidecar asks of the editor. */
  onRequest<N extends RequestName>(
    name: N,
    answer: (params: RequestParams<N>, token: vscode.CancellationToken) => Promise<RequestResult<N>>,
  ): void;
  running(): boolean;
  /** A process answers: the first one, or one after an end. */
  onRunning(handle: () => void): void;
  /** The process ended, by itself or by a restart. `report` is set if it stays off. */
  onEnded(handle: (report: ProblemReport | undefined) => void): void;
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

/** The sidecar ended before it answered. `report` says what happened; none if the person asked for it. */
export class SidecarStopped extends Error {
  readonly report: ProblemReport | undefined;
  constructor(report: ProblemReport | undefined) {
    super(report?.title ?? t('The sidecar was restarted'));
    this.report = report;
  }
}

export function createSidecarClient(deps: Deps): SidecarClient {
  const { context, log } = deps;
  const attach: ((started: LanguageClientBundle.StartedClient) => void)[] = [];
  const runningListeners: (() => void)[] = [];
  const endListeners: ((report: ProblemReport | undefined) => void)[] = [];
  let current: LanguageClientBundle.StartedClient | undefined;
  let starting: Promise<LanguageClientBundle.StartedClient> | undefined;
  /** Between the end of a process and the next one that answers; requests wait for it. */
  let recovery: { done: Promise<void>; end(error?: SidecarStopped): void } | undefined;
  let runtime = sidecarRuntime() || context.globalState.get<string>(runtimeKey);
  let afterExit = createRestartPolicy();
  let ends = 0;
  let lastEnd: ProblemReport | undefined;
  let pending = 0;
  let tokens = 0;

  async function start(): Promise<LanguageClientBundle.StartedClient> {
    const bundle = require(join(context.extensionPath, 'dist', 'languageClient.cjs')) as typeof LanguageClientBundle;
    const made = bundle.createLanguageClient({
      sidecarPath: join(context.extensionPath, 'dist', 'sidecar.mjs'),
      runtime: () => runtime,
      settings: sidecarSettings,
      language: displayLanguage(),
      log,
      onExit: (end) => (current === made ? onExit(end) : null),
      onRunning: () => {
        recovery?.end();
        if (current === made) for (const handle of runningListeners) handle();
      },
    });
    for (const each of attach) each(made);
    current = made;
    try {
      await made.client.start();
    } catch (error) {
      // It died while it started, and the client tries again by itself.
      if (!recovery || current !== made) throw error;
      await recovery.done;
    }
    return made;
  }

  function tellEnd(report?: ProblemReport): void {
    deps.onStopped();
    for (const handle of endListeners) handle(report);
  }

  function onExit(end: { code: number | null; signal: string | null; uptimeMs: number }): number | null {
    ends++;
    // Killed from outside: that says nothing about the runtime.
    const node = runtime === undefined && end.signal !== 'SIGKILL' ? nodeFromPath() : null;
    const decision = afterExit(end.uptimeMs, node !== null);
    log.warn(`sidecar ended with ${end.signal ?? end.code} after ${end.uptimeMs} ms: ${decision.kind}`);
    if (decision.kind === 'giveUp') {
      lastEnd = problem('engineKeepsStopping', { n: decision.count, m: decision.minutes });
      if (pending === 0) deps.onProblem(lastEnd);
      starting = undefined;
      current = undefined;
      recovery?.end(new SidecarStopped(lastEnd));
      tellEnd(lastEnd);
      return null;
    }
    lastEnd = problem('engineRestarted', {});
    recovery ??= createRecovery();
    tellEnd();
    if (decision.kind === 'tryNode' && node) {
      runtime = node;
      context.globalState.update(runtimeKey, node).then(undefined, (error) => log.error(String(error)));
      log.warn(`the editor's own runtime cannot run the sidecar; ${node} is used from now on`);
      return 100;
    }
    // Who waits for an answer is told by the command that asked.
    if (decision.kind === 'restart' && decision.tell && pending === 0) deps.onProblem(lastEnd);
    return decision.kind === 'restart' ? decision.delayMs : 100;
  }

  function createRecovery(): NonNullable<typeof recovery> {
    let end: (error?: SidecarStopped) => void = () => undefined;
    const done = new Promise<void>((resolve, reject) => {
      end = (error) => {
        recovery = undefined;
        if (error) reject(error);
        else resolve();
      };
    });
    // Nobody may be waiting for it.
    done.catch(() => undefined);
    return { done, end };
  }

  async function started(): Promise<LanguageClientBundle.StartedClient> {
    if (recovery) await recovery.done;
    starting ??= start().catch(async (error: unknown) => {
      log.error(`sidecar did not start: ${String(error)}`);
      await stop();
      throw error;
    });
    return starting;
  }

  async function stop(): Promise<void> {
    const old = current;
    current = undefined;
    starting = undefined;
    lastEnd = undefined;
    ends++;
    recovery?.end(new SidecarStopped(undefined));
    if (!old) return;
    try {
      await old.client.stop(2000);
    } catch (error) {
      log.warn(`sidecar did not stop by itself: ${String(error)}`);
    }
    old.kill();
    await old.client.dispose(500).catch(() => undefined);
  }

  /** Asks, and tells an end of the process from an answer that is an error. */
  async function ask<T>(send: (started: LanguageClientBundle.StartedClient) => Promise<T>): Promise<T> {
    const before = ends;
    pending++;
    try {
      return await send(await started());
    } catch (error) {
      if (ends !== before && !(error instanceof SidecarStopped)) throw new SidecarStopped(lastEnd);
      throw error;
    } finally {
      pending--;
    }
  }

  const self: SidecarClient = {
    request: (name, params, token) => ask((started) => started.request(name, params, token)),
    requestWithProgress: (name, params, onProgress, token) =>
      ask(async (started) => {
        const workDoneToken = `devstral-${++tokens}`;
        const subscription = started.onProgress(workDoneToken, onProgress);
        try {
          return await started.request(name, { ...params, workDoneToken } as RequestParams<typeof name>, token);
        } finally {
          subscription.dispose();
        }
      }),
    onNotification: (name, handle) => void attach.push((started) => started.onNotification(name, handle)),
    onRequest: (name, answer) => void attach.push((started) => started.onRequest(name, answer)),
    running: () => current?.client.isRunning() ?? false,
    onRunning: (handle) => void runningListeners.push(handle),
    onEnded: (handle) => void endListeners.push(handle),
    async restart() {
      const was = current !== undefined;
      await stop();
      if (was) tellEnd();
      afterExit = createRestartPolicy();
      runtime = sidecarRuntime() || context.globalState.get<string>(runtimeKey);
      await started();
    },
    async settingsChanged() {
      // One that is just starting was started with the settings of before.
      await starting?.catch(() => undefined);
      if (current?.client.isRunning()) await current.notify('settingsChanged', sidecarSettings());
    },
    dispose: () => stop(),
  };
  return self;
}

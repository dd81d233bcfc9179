import { resolve } from 'node:path';
import { createTerminalHost } from '../host/terminalHost.ts';
import { createLog, type Log } from '../log.ts';
import { loadEnvironmentProxy } from '../models/http.ts';
import { createModelManager, defaultUnloadMinutes, type ModelManager } from '../models/modelManager.ts';
import type { ModelStatus, SidecarSettings } from '../protocol/models.ts';
import type { ProblemReport } from '../protocol/problems.ts';

/** An end with exit code 2 and one line; not a bug. */
export class CommandFailed extends Error {}

export interface CommonOptions {
  model?: string;
  endpoint?: string;
  cwd?: string;
  json?: boolean;
  offline?: boolean;
  instruction?: string;
  yes?: boolean;
}

export interface CommandContext {
  cwd: string;
  host: ReturnType<typeof createTerminalHost>;
  models: ModelManager;
  log: Log;
}

/** The folder to work in. `npm run fix` changes it; INIT_CWD is where the person typed it. */
export const commandFolder = ({ cwd }: CommonOptions): string => resolve(cwd ?? process.env.INIT_CWD ?? process.cwd());

/** What every command needs: folder, settings from the flags, host and model manager. */
export function commandContext(options: CommonOptions): CommandContext {
  if (options.model && options.endpoint && options.model.endsWith('.gguf')) {
    throw new CommandFailed('--model with a file and --endpoint exclude each other');
  }
  const cwd = commandFolder(options);
  const log = createLog((line) => {
    if (process.env.DEVSTRAL_DEBUG) process.stderr.write(`${line}\n`);
  });
  const settings = settingsOf(options, cwd);
  const host = createTerminalHost({ env: process.env, servers: settings.servers });
  const models = createModelManager({
    settings,
    secret: (origin) => host.secret(origin),
    onStatus: tellNotices(process.stderr),
    log,
  });
  return { cwd, host, models, log };
}

/** Prints once what a person should know of how the model was loaded. */
export function tellNotices(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): (status: ModelStatus) => void {
  const told = new Set<string>();
  return ({ notices = [] }) => {
    for (const line of notices.map(problemLine)) {
      if (told.has(line)) continue;
      told.add(line);
      // A line of progress may stand there.
      stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${line}\n`);
    }
  };
}

function settingsOf(options: CommonOptions, cwd: string): SidecarSettings {
  const servers = options.endpoint
    ? [{ name: 'server', url: options.endpoint, ...(options.model ? { model: options.model } : {}) }]
    : [];
  const local = options.model?.endsWith('.gguf') ? resolve(cwd, options.model) : (options.model ?? 'auto');
  return {
    model: options.endpoint ? 'server' : local,
    modelsFolder: '',
    contextSize: 0,
    kvCache: 'auto',
    threads: 0,
    gpu: 'auto',
    offline: options.offline ?? false,
    fixAttempts: Number(process.env.DEVSTRAL_FIX_ATTEMPTS ?? 4),
    idleUnloadMinutes: defaultUnloadMinutes,
    servers,
    proxy: loadEnvironmentProxy(process.env),
  };
}

/** One line for a problem. */
export const problemLine = (report: ProblemReport): string => `${report.title}: ${report.sentence}`;

/** Prints the result object as the last line of stdout. */
export function printResult(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { wholeDuration } from '../protocol/numbers.ts';
import { displayLanguage, t } from '../protocol/translate.ts';
import type { Device } from './machine.ts';

/** What the probe's process says of one backend. Bytes, of all its devices together. */
const probeMessage = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('devices'),
    names: z.array(z.string()),
    total: z.number(),
    free: z.number(),
    unified: z.boolean(),
  }),
  z.object({ kind: z.literal('missing'), couldRun: z.optional(z.boolean()) }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
]);
export type ProbeMessage = z.infer<typeof probeMessage>;

export type ProbeResult =
  | { kind: 'device'; device: Device }
  /** No binaries for it here, or no device. */
  | {
      kind: 'none';
      /** Its driver and libraries are here; only the engine's binaries are not. */
      couldRun?: true;
    }
  /** It was found, but does not work; one line. */
  | { kind: 'failed'; reason: string };

export interface ProbeOptions {
  /** The bundle of `gpuProbeMain.ts`; by default beside the running one. */
  entry?: string;
  limitMs?: number;
}

const usualLimitMs = 20_000;
const keptStderr = 2000;

/** Looks for devices of a backend in a process of its own. Never rejects, whatever the driver does. */
export function probeGpu(kind: Device['kind'], options: ProbeOptions = {}): Promise<ProbeResult> {
  const { limitMs = usualLimitMs } = options;
  const entry = options.entry ?? fileURLToPath(new URL('./gpuProbe.mjs', import.meta.url));
  return new Promise((resolve) => {
    let stderr = '';
    const failed = (reason: string) => finish({ kind: 'failed', reason: oneLine(reason) });
    const child = fork(entry, [kind, `--language=${displayLanguage()}`], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const timer = setTimeout(
      () => failed(t('no answer within {time}', { time: wholeDuration(limitMs, displayLanguage()) })),
      limitMs,
    );
    const finish = (result: ProbeResult) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(result);
    };
    child.stderr?.on('data', (chunk) => {
      stderr = (stderr + String(chunk)).slice(-keptStderr);
    });
    child.once('message', (message) => finish(judge(kind, message)));
    child.once('error', (error) => failed(error.message));
    child.once('close', (code, signal) => {
      const end = signal
        ? t('the probe was ended by {signal}', { signal })
        : t('the probe ended with code {code}', { code: String(code) });
      failed(`${end} ${stderr.trim().split('\n').at(-1) ?? ''}`);
    });
  });
}

function judge(kind: Device['kind'], message: unknown): ProbeResult {
  const parsed = probeMessage.safeParse(message);
  if (!parsed.success) return { kind: 'failed', reason: t('the probe sent something unknown') };
  const { data } = parsed;
  switch (data.kind) {
    case 'missing':
      return { kind: 'none', ...(data.couldRun ? { couldRun: true } : {}) };
    case 'failed':
      return { kind: 'failed', reason: oneLine(data.reason) };
    case 'devices': {
      const { names, total, free, unified } = data;
      if (names.length === 0 || total <= 0) return { kind: 'none' };
      // llama.cpp spreads the layers over all of them, and says only what they have together.
      return { kind: 'device', device: { kind, name: joined(names), total, free: Math.min(free, total), unified } };
    }
  }
}

/** "RTX 3090 × 2". */
function joined(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count > 1 ? `${name} × ${count}` : name)).join(' + ');
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

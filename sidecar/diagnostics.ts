import { cpus, freemem, release, totalmem } from 'node:os';
import type { Log } from './log.ts';
import type { ModelStatus } from './protocol/models.ts';
import { version } from './version.ts';

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;

/** Versions, runtime, hardware and the last errors as text for a bug report. Redacted by the log; no paths of files. */
export async function collectDiagnostics(log: Log, status: ModelStatus | undefined): Promise<string> {
  const cpu = cpus();
  const runtime = process.versions.electron ? `Electron ${process.versions.electron}, ` : '';
  const lines = [
    `Devstral sidecar ${version}`,
    `Runtime: ${runtime}Node ${process.versions.node}, ${process.platform} ${process.arch}, kernel ${release()}`,
    `glibc: ${glibcVersion() ?? 'not glibc'}`,
    `CPU: ${cpu[0]?.model.trim() ?? 'unknown'}, ${cpu.length} logical`,
    `Memory: ${gibibytes(freemem())} free of ${gibibytes(totalmem())}`,
    status ? `Model: ${status.name}, ${status.kind}, ${status.state.state}` : 'Model: not started',
    ...log.recentProblems().map((line) => `  ${line}`),
  ];
  return lines.join('\n');
}

function glibcVersion(): string | null {
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  return report?.header?.glibcVersionRuntime ?? null;
}

import { extname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from '../host/host.ts';
import type { Log } from '../log.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { FixResult } from '../protocol/fix.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import type { FileDiagnostic, Range } from '../protocol/text.ts';
import type { Documents } from '../workspace/documents.ts';
import { shortName } from '../workspace/shortName.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import { fixFile } from './fixFile.ts';

export interface FixRequest {
  uri: string;
  languageId?: string | undefined;
  instruction?: string | undefined;
  diagnostics: readonly FileDiagnostic[];
  focus?: Range | undefined;
}

export interface FixRequestDeps {
  documents: Pick<Documents, 'read'>;
  models: ModelManager;
  host: Host;
  /** Absolute paths of the open folders; empty: the file's own folder. */
  roots: readonly string[];
  report(progress: TurnProgress): void;
  log: Log;
  signal: AbortSignal;
}

/** One fix from request to proposal: reads the file, makes the model ready, samples answers. Writes nothing. */
export async function runFixRequest(request: FixRequest, deps: FixRequestDeps): Promise<FixResult> {
  const failed = (report: ProblemReport): FixResult => ({ kind: 'failed', problem: report });
  const read = await deps.documents.read(request.uri, deps.signal);
  if (read.kind === 'failed') return failed(read.problem);
  if (read.file.text.trim() === '' && !request.instruction?.trim()) {
    return failed(problem('emptyFile', { file: shortName(request.uri) }));
  }
  const place = await resolveInside([...deps.roots], fileURLToPath(request.uri));
  // A person may fix a file outside the folders that are open; a model may not name one.
  const path =
    place.kind === 'inside' ? relative(place.root, place.path).replaceAll('\\', '/') : shortName(request.uri);

  const notices: string[] = [];
  const report = (progress: TurnProgress) => {
    if (progress.phase === 'notice') notices.push(`${progress.text}.`);
    deps.report(progress);
  };
  const prepared = await deps.models.prepare(report, deps.signal);
  if (prepared.kind === 'failed') return failed(prepared.problem);
  if (prepared.kind === 'cancelled' || deps.signal.aborted) return { kind: 'cancelled' };
  const result = await fixFile(
    {
      uri: request.uri,
      path,
      languageId: request.languageId ?? read.languageId ?? extname(path).slice(1),
      file: read.file,
      instruction: request.instruction,
      diagnostics: request.diagnostics,
      focus: request.focus,
      roots: deps.roots,
    },
    {
      backend: prepared.backend,
      host: deps.host,
      async readOther(uri) {
        const other = await deps.documents.read(uri, deps.signal);
        return other.kind === 'text' ? other.file : null;
      },
      attempts: deps.models.settings().fixAttempts,
      report,
      log: deps.log,
      signal: deps.signal,
    },
  );
  return result.kind === 'proposed' ? { ...result, notes: [...new Set([...notices, ...result.notes])] } : result;
}

import { extname } from 'node:path';
import type * as z from 'zod/mini';
import type { Log } from '../log.ts';
import type { ModelManager } from '../models/modelManager.ts';
import type { editPartial, editStart } from '../protocol/edit.ts';
import type { FixResult } from '../protocol/fix.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import type { Documents } from '../workspace/documents.ts';
import { shortName } from '../workspace/shortName.ts';
import { resolveInside } from '../workspace/workspacePath.ts';
import { editInline } from './inlineEdit.ts';

export interface EditRequestDeps {
  documents: Pick<Documents, 'read'>;
  models: ModelManager;
  /** Absolute paths of the open folders. */
  roots: readonly string[];
  report(progress: TurnProgress): void;
  partial(params: z.infer<typeof editPartial.params>): void;
  log: Log;
  signal: AbortSignal;
}

/** One inline edit from request to proposal: reads the file, makes the model ready, samples an answer. Writes nothing. */
export async function runEditRequest(
  request: z.infer<typeof editStart.params>,
  deps: EditRequestDeps,
): Promise<FixResult> {
  const { editId, uri, round } = request;
  const read = round
    ? { kind: 'text' as const, file: round.base, languageId: undefined }
    : await deps.documents.read(uri, deps.signal);
  if (read.kind === 'failed') return { kind: 'failed', problem: read.problem };

  const notices: string[] = [];
  const report = (progress: TurnProgress) => {
    if (progress.phase === 'notice') notices.push(`${progress.text}.`);
    deps.report(progress);
  };
  const prepared = await deps.models.prepare(report, deps.signal);
  if (prepared.kind === 'failed') return { kind: 'failed', problem: prepared.problem };
  if (prepared.kind === 'cancelled' || deps.signal.aborted) return { kind: 'cancelled' };

  const place = resolveInside([...deps.roots], uri);
  const path = place.kind === 'inside' ? place.relative : shortName(uri);
  let base: typeof read.file | undefined = read.file;
  const result = await editInline(
    {
      ...request,
      path,
      languageId: request.languageId ?? read.languageId ?? extname(path).slice(1),
      base: read.file,
      text: round?.text ?? read.file.text,
      earlier: round?.instructions ?? [],
    },
    {
      backend: prepared.backend,
      report,
      partial(lines) {
        deps.partial({ editId, lines, ...(base ? { base } : {}) });
        base = undefined;
      },
      log: deps.log,
      signal: deps.signal,
    },
  );
  return result.kind === 'proposed' ? { ...result, notes: [...new Set([...notices, ...result.notes])] } : result;
}

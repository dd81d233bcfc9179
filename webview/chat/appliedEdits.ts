import type { Call, Turn } from './view.ts';

/** What a turn wrote at once. */
export interface AppliedEdits {
  files: number;
  added: number;
  removed: number;
}

/**
 * The edits of a turn that is over, where they were written without a review; null where there are none, and once the
 * person has taken them back. The sidecar notes the latter for the model.
 */
export function appliedEdits({ steps, end }: Turn): AppliedEdits | null {
  if (!end || steps.some(({ kind }) => kind === 'reviewed')) return null;
  const edits = steps.flatMap((step, at) => {
    const lines = step.kind === 'call' && step.state === 'ok' ? /^\+(\d+) [-−](\d+)$/.exec(step.summary) : null;
    return lines ? [{ at, file: fileOf(step as Call), added: Number(lines[1]), removed: Number(lines[2]) }] : [];
  });
  const last = edits.at(-1);
  if (!last || steps.slice(last.at).some(({ kind }) => kind === 'note')) return null;
  return {
    files: new Set(edits.map(({ file }) => file)).size,
    added: edits.reduce((sum, { added }) => sum + added, 0),
    removed: edits.reduce((sum, { removed }) => sum + removed, 0),
  };
}

/** The file that a call names; its title where the arguments name none. */
function fileOf({ arguments: text, title }: Call): string {
  try {
    const { file_path, path } = JSON.parse(text) as { file_path?: unknown; path?: unknown };
    return String(file_path ?? path ?? title);
  } catch {
    return title;
  }
}

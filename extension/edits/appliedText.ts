import type { ApplyResult, FileOutcome } from '../../sidecar/protocol/changes.ts';

export const changesText = (count: number): string => (count === 1 ? '1 change' : `${count} changes`);

/** What the status bar says after an Accept: "Applied 2 of 3 changes in app.py. Your edits in lines 40 to 42 were kept". */
export function appliedText(
  files: readonly FileOutcome[],
  result: Extract<ApplyResult, { kind: 'applied' }>,
  keptLines: readonly number[] = [],
  changedOnSave = 0,
): string {
  const accepted = files.reduce((sum, file) => sum + Math.max(1, file.accepted), 0);
  const all = accepted + files.reduce((sum, file) => sum + file.rejected, 0);
  const [file] = files;
  const where = files.length === 1 && file ? (file.uri.split('/').at(-1) ?? '') : `${files.length} files`;
  const count = accepted === all ? changesText(accepted) : `${accepted} of ${changesText(all)}`;
  const kept = [...keptLines, ...result.files.flatMap((each) => each.mergedLines)].map((line) => line + 1);
  const mine =
    kept.length === 0 ? '' : `. Your edits in ${kept.length === 1 ? 'line' : 'lines'} ${span(kept)} were kept`;
  const lines = changedOnSave === 1 ? '1 more line' : `${changedOnSave} more lines`;
  const saved = changedOnSave === 0 ? '' : `. ${lines} changed on save`;
  return `Applied ${count} in ${decodeURIComponent(where)}${mine}${saved}`;
}

/** "40 to 42": from the first to the last. */
function span(lines: readonly number[]): string {
  const from = Math.min(...lines);
  const to = Math.max(...lines);
  return from === to ? `${from}` : `${from} to ${to}`;
}

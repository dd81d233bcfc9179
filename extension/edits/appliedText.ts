import type { ApplyResult, FileOutcome } from '../../sidecar/protocol/changes.ts';
import { plural, t } from '../../sidecar/protocol/translate.ts';

export const changesText = (count: number): string =>
  plural(count, { one: '{count} change', other: '{count} changes' });

/** What the status bar says after an Accept: "Applied 2 of 3 changes in app.py. Your edits in lines 40 to 42 were kept". */
export function appliedText(
  files: readonly FileOutcome[],
  result: Extract<ApplyResult, { kind: 'applied' }>,
  keptLines: readonly number[] = [],
  changedOnSave = 0,
): string {
  const accepted = files.reduce((sum, file) => sum + Math.max(1, file.accepted), 0);
  const all = accepted + files.reduce((sum, file) => sum + file.rejected, 0);
  const kept = [...keptLines, ...result.files.flatMap((each) => each.mergedLines)].map((line) => line + 1);
  return [
    accepted === all ? allText(all, files) : someText(accepted, all, files),
    ...(kept.length === 0 ? [] : [keptText(kept)]),
    ...(changedOnSave === 0
      ? []
      : [
          plural(changedOnSave, {
            one: '{count} more line changed on save',
            other: '{count} more lines changed on save',
          }),
        ]),
  ].join('. ');
}

type Files = readonly FileOutcome[];

/** Name of the only file; undefined where there are several. */
const onlyFile = ([file, ...others]: Files): string | undefined =>
  file && others.length === 0 ? decodeURIComponent(file.uri.split('/').at(-1) ?? '') : undefined;

function allText(all: number, files: Files): string {
  const file = onlyFile(files);
  if (file !== undefined)
    return plural(
      all,
      { one: 'Applied {count} change in {file}', other: 'Applied {count} changes in {file}' },
      { file },
    );
  return t('Applied {changes} in {files}', { changes: changesText(all), files: filesText(files.length) });
}

function someText(accepted: number, all: number, files: Files): string {
  const values = { accepted, where: onlyFile(files) ?? filesText(files.length) };
  return plural(
    all,
    {
      one: 'Applied {accepted} of {count} change in {where}',
      other: 'Applied {accepted} of {count} changes in {where}',
    },
    values,
  );
}

export const filesText = (count: number): string => plural(count, { one: '{count} file', other: '{count} files' });

/** Lines from the first to the last. */
function keptText(lines: readonly number[]): string {
  const first = Math.min(...lines);
  const last = Math.max(...lines);
  if (first === last) return t('Your edits in line {first} were kept', { first });
  return t('Your edits in lines {first} to {last} were kept', { first, last });
}

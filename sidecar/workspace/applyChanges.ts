import { computeHunks } from '../edits/hunks.ts';
import { restoreLineEndings, toLf } from '../edits/lineEndings.ts';
import { mergeTexts } from '../edits/threeWayMerge.ts';
import type { Host } from '../host/host.ts';
import type { ApplyResult, Conflict, FileOutcome } from '../protocol/changes.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { FileText } from '../protocol/text.ts';
import { plural, t } from '../protocol/translate.ts';
import { absentFile, hashText, revisionHash } from './fileText.ts';
import type { Committed, Journal, JournalFile, JournalText } from './journal.ts';
import { shortName } from './shortName.ts';

export interface ApplyDeps {
  host: Pick<Host, 'applyEdit' | 'writesDisk'>;
  journal: Journal;
  /** The text as it stands now: the editor's buffer, else the disk. */
  currentText(uri: string): Promise<{ kind: 'text'; file: FileText } | { kind: 'failed'; problem: ProblemReport }>;
  signal: AbortSignal;
}

interface Planned {
  uri: string;
  current: FileText;
  /** Null: there shall be no such file. */
  text: string | null;
  mergedLines: number[];
  conflicts: Conflict[];
}

/** A person who types while the change arrives makes it stale once, seldom twice. */
const attempts = 3;

/**
 * Writes what the person accepted, all files or none: reads every target again, merges what was changed meanwhile (a
 * conflict in one file writes nothing at all), journals the intent, asks the host for one edit, records the outcome.
 */
export async function applyOutcomes(
  params: { changeSetId: string; files: FileOutcome[] },
  deps: ApplyDeps,
): Promise<ApplyResult> {
  for (let attempt = 1; ; attempt++) {
    const planned: Planned[] = [];
    for (const file of params.files) {
      const plan = await planFile(file, deps);
      if ('problem' in plan) return { kind: 'failed', problem: plan.problem };
      planned.push(plan);
    }
    const conflicts = planned.filter((file) => file.conflicts.length > 0);
    if (conflicts.length > 0) {
      const files = conflicts.map(({ uri, current, conflicts: found }) => ({ uri, current, conflicts: found }));
      return { kind: 'conflict', files };
    }
    const names = planned.map((file) => shortName(file.uri));
    const label = plural(
      names.length,
      { one: 'Devstral: {name}', other: 'Devstral: {count} files' },
      { name: names[0] ?? '' },
    );
    const result = await write(planned, { changeSetId: params.changeSetId, label, undoes: null }, deps);
    if (result !== 'stale') return result;
    if (attempt === attempts) return refused(names[0] ?? '', t('it is being changed'));
  }
}

/**
 * Takes back a whole apply. If one of its files is no longer as it was written, nothing is touched. An undo is an apply
 * itself: undoing its `applyId` brings the change back.
 */
export async function undoApply(applyId: string, deps: ApplyDeps): Promise<ApplyResult> {
  const entry = await deps.journal.read(applyId);
  const impossible = (uri: string): ApplyResult => ({
    kind: 'failed',
    problem: problem('undoImpossible', { file: shortName(uri) }),
  });
  if (entry?.outcome.kind !== 'committed') return impossible(entry?.intent.files[0]?.uri ?? t('The change'));
  const planned: Planned[] = [];
  for (const { uri, before } of entry.intent.files) {
    const written = entry.outcome.files.find((file) => file.uri === uri);
    const current = await readCurrent(uri, deps);
    if ('problem' in current) return { kind: 'failed', problem: current.problem };
    if (written === undefined || written.sha256 !== revisionHash(current.file.revision)) return impossible(uri);
    // A file that comes back gets its own byte order mark, not that of the empty text that stands for it.
    const gone = current.file.revision.kind === 'absent' && before !== null;
    const file = gone ? { ...current.file, bom: before.bom, encoding: before.encoding } : current.file;
    planned.push({ uri, current: file, text: before?.text ?? null, mergedLines: [], conflicts: [] });
  }
  const { changeSetId, label } = entry.intent;
  const result = await write(planned, { changeSetId, label: t('Undo {label}', { label }), undoes: applyId }, deps);
  return result === 'stale' ? impossible(planned[0]?.uri ?? '') : result;
}

async function planFile(file: FileOutcome, deps: ApplyDeps): Promise<Planned | { problem: ProblemReport }> {
  const read = await readCurrent(file.uri, deps);
  if ('problem' in read) return read;
  const current = read.file;
  const plan = { uri: file.uri, current, mergedLines: [], conflicts: [] };
  const gone = current.revision.kind === 'absent';
  const same = toLf(current.text) === toLf(file.base.text) && gone === (file.base.revision.kind === 'absent');
  if (file.operation === 'delete') {
    if (gone || same) return { ...plan, text: null };
    const conflict = { startLine: 0, mine: toLf(current.text), base: toLf(file.base.text), theirs: '' };
    return { ...plan, text: null, conflicts: [conflict] };
  }
  if (gone && file.base.revision.kind !== 'absent') {
    return { problem: problem('fileDeleted', { file: shortName(file.uri) }) };
  }
  if (gone) return { ...plan, current: { ...current, bom: file.base.bom }, text: file.finalText };
  if (same) return { ...plan, text: restoreLineEndings(current.text, file.finalText, current.eol) };
  const merged = mergeTexts(file.base.text, current.text, file.finalText, file.resolutions);
  if (merged.kind === 'conflict') return { ...plan, text: null, conflicts: merged.conflicts };
  return { ...plan, text: restoreLineEndings(current.text, merged.text, current.eol), mergedLines: merged.mineLines };
}

async function readCurrent(uri: string, deps: ApplyDeps): Promise<{ file: FileText } | { problem: ProblemReport }> {
  const read = await deps.currentText(uri);
  if (read.kind === 'text') return { file: read.file };
  return read.problem.code === 'fileMissing' ? { file: absentFile() } : { problem: read.problem };
}

async function write(
  planned: Planned[],
  about: { changeSetId: string; label: string; undoes: string | null },
  deps: ApplyDeps,
): Promise<ApplyResult | 'stale'> {
  const changed = planned.filter(({ text, current }) =>
    text === null ? current.revision.kind !== 'absent' : text !== current.text || current.revision.kind === 'absent',
  );
  const name = shortName(changed[0]?.uri ?? planned[0]?.uri ?? '');
  const files = changed.map(journalFile);
  let applyId: string;
  try {
    applyId = await deps.journal.begin({ ...about, writesDisk: deps.host.writesDisk ?? false, files });
  } catch (error) {
    return refused(name, t('the journal cannot be written'), error);
  }
  if (deps.signal.aborted) {
    await deps.journal.abort(applyId, 'cancelled');
    return refused(name, t('it was cancelled'));
  }
  const done =
    files.length === 0
      ? ({ kind: 'applied', files: [] } as const)
      : await ask(changed, files, { applyId, label: about.label }, deps);
  // Whether it was written is not known: the intent stays open and is looked at when the sidecar starts again.
  if (done.kind === 'lost') return refused(name, t('the editor did not answer'), done.error);
  if (done.kind === 'refused') {
    await deps.journal.abort(applyId, done.reason);
    return done.reason === 'stale' ? 'stale' : refused(shortName(done.uri), t('the file cannot be written'));
  }
  const after = new Map(done.files.map((file) => [file.uri, file.text]));
  const committed: Committed = changed.map(({ uri, text }) => {
    const stands = after.get(uri) ?? text;
    return text === null || stands === null
      ? { uri, sha256: null, text: '' }
      : { uri, sha256: hashText(stands), text: stands };
  });
  // What is written stays written; without this record the next start finds the files as intended and adds it.
  await deps.journal.commit(applyId, committed).catch(() => undefined);
  const texts = new Map(committed.map((file) => [file.uri, file.text]));
  return {
    kind: 'applied',
    applyId,
    files: planned.map(({ uri, current, mergedLines }) => ({
      uri,
      textAfter: texts.get(uri) ?? current.text,
      mergedLines,
    })),
  };
}

async function ask(
  changed: Planned[],
  files: JournalFile[],
  about: { applyId: string; label: string },
  deps: ApplyDeps,
) {
  try {
    return await deps.host.applyEdit(
      {
        ...about,
        files: changed.map(({ uri, current, text }, index) => ({
          uri,
          operation: text === null ? 'delete' : current.revision.kind === 'absent' ? 'create' : 'edit',
          expectedSha256: files[index]?.before?.sha256 ?? null,
          text: text ?? '',
          hunks: computeHunks(current.text, text ?? ''),
          encoding: current.encoding,
          bom: current.bom,
        })),
      },
      deps.signal,
    );
  } catch (error) {
    return { kind: 'lost', error } as const;
  }
}

function journalFile({ uri, current, text }: Planned): JournalFile {
  const side = (content: string): JournalText => ({
    text: content,
    bom: current.bom,
    encoding: current.encoding,
    sha256: hashText(content),
  });
  return {
    uri,
    before: current.revision.kind === 'absent' ? null : { ...side(current.text), sha256: current.revision.sha256 },
    after: text === null ? null : side(text),
  };
}

function refused(file: string, reason: string, error?: unknown): ApplyResult {
  return {
    kind: 'failed',
    problem: problem('applyRefused', { file, reason }, error === undefined ? undefined : String(error)),
  };
}

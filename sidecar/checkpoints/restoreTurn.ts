import { computeHunks } from '../edits/hunks.ts';
import { restoreLineEndings, toLf } from '../edits/lineEndings.ts';
import { mergeTexts } from '../edits/threeWayMerge.ts';
import type { ChangeSet, FileChange } from '../protocol/changes.ts';
import type { FileText } from '../protocol/text.ts';
import { absentFile, decodedText, hashText } from '../workspace/fileText.ts';
import type { Checkpoints, Manifest } from './checkpointStore.ts';
import type { FileSide, SkipReason } from './touchedFile.ts';

/** `endings`: only line endings differ, which a review does not change. */
export type NotRestored = { uri: string; reason: SkipReason | 'endings' };

export type Restore =
  | {
      kind: 'changes';
      /** Null: all files are as they were. */
      changeSet: ChangeSet | null;
      notRestored: NotRestored[];
      /** Files that the person edited between two turns in places that the turns edited too: these edits go as well. */
      overwritten: string[];
    }
  /** The checkpoints of that time were deleted to save space. */
  | { kind: 'gone' };

type Text = Extract<FileSide, { kind: 'text' }>;
type Known = Exclude<FileSide, { kind: 'skipped' }>;
interface Step {
  before: Known;
  after: Known;
}

/**
 * What brings the files back to before a turn, that turn and all later ones taken back. Nothing is written: the change set is
 * shown and applied as any other (`applyOutcomes`), so that it can be undone, and what the person changed since is merged
 * or a conflict. `current` is the text of a file as it stands; null: there is none.
 */
export async function restoreTurn(
  turn: number,
  checkpoints: Pick<Checkpoints, 'turns' | 'read'>,
  current: (uri: string) => Promise<FileText | null>,
  { id, title }: { id: string; title: string },
): Promise<Restore> {
  const turnsFrom = async () => (await checkpoints.turns()).filter((manifest) => manifest.turn >= turn);
  const isGone = (manifests: readonly Manifest[]) => manifests.some(({ dropped }) => dropped);
  const turns = await turnsFrom();
  if (isGone(turns)) return { kind: 'gone' };
  const files: FileChange[] = [];
  const notRestored: NotRestored[] = [];
  const overwritten: string[] = [];
  for (const uri of new Set(turns.flatMap((manifest) => manifest.files.map((file) => file.uri)))) {
    const steps: Step[] = [];
    let skipped: SkipReason | null = null;
    for (const file of turns.flatMap((manifest) => manifest.files.filter((each) => each.uri === uri))) {
      const [before, after] = [await checkpoints.read(file.before), await checkpoints.read(file.after)];
      if (before.kind === 'skipped') skipped = before.reason;
      else if (after.kind === 'skipped') skipped = after.reason;
      else steps.push({ before, after });
    }
    const last = steps.at(-1)?.after;
    if (skipped !== null || !last) {
      notRestored.push({ uri, reason: skipped ?? 'unknown' });
      continue;
    }
    const { target, overwrites } = takeBack(steps);
    const change = changeOf(uri, last, target, await current(uri));
    if (change === 'endings') notRestored.push({ uri, reason: 'endings' });
    else if (change) files.push(change);
    if (change && overwrites) overwritten.push(uri);
  }
  // A turn elsewhere may have needed the room meanwhile: half of an undo is none.
  if (isGone(await turnsFrom())) return { kind: 'gone' };
  return { kind: 'changes', changeSet: files.length > 0 ? { id, title, files } : null, notRestored, overwritten };
}

/** From the last turn to the first; what the person did between two turns stays where the turn did not edit it as well. */
function takeBack(steps: readonly Step[]): { target: Known; overwrites: boolean } {
  let target: Known = { kind: 'absent' };
  let overwrites = false;
  for (const [at, { before, after }] of [...steps].reverse().entries()) {
    if (at === 0 || same(target, after)) {
      target = before;
      continue;
    }
    const merged = mergedBack(target, { before, after });
    overwrites ||= merged === null;
    target = merged ?? before;
  }
  return { target, overwrites };
}

function mergedBack(target: Known, { before, after }: Step): Text | null {
  if (target.kind !== 'text' || before.kind !== 'text' || after.kind !== 'text') return null;
  const merged = mergeTexts(after.text, target.text, before.text);
  return merged.kind === 'merged' ? { ...before, text: restoreLineEndings(before.text, merged.text) } : null;
}

function changeOf(uri: string, after: Known, target: Known, current: FileText | null): FileChange | 'endings' | null {
  if (target.kind === 'absent') {
    if (current === null) return null;
    const base = after.kind === 'text' ? fileText(after) : absentFile();
    return { uri, operation: 'delete', base, hunks: computeHunks(base.text, ''), proposedText: '' };
  }
  if (current?.text === target.text) return null;
  if (current && toLf(current.text) === toLf(target.text)) return 'endings';
  if (current === null || after.kind === 'absent') {
    const { bom, encoding, eol, mixedEol } = fileText(target);
    const base = { ...absentFile(), bom, encoding, eol, mixedEol };
    return { uri, operation: 'create', base, hunks: computeHunks('', target.text), proposedText: target.text };
  }
  const base = fileText(after);
  return { uri, operation: 'edit', base, hunks: computeHunks(base.text, target.text), proposedText: target.text };
}

function fileText({ text, bom, encoding }: Text): FileText {
  return { ...decodedText(text, { kind: 'disk', sha256: hashText(text) }), bom, encoding };
}

const same = (one: Known, other: Known): boolean =>
  one.kind === 'text' && other.kind === 'text' ? one.text === other.text : one.kind === other.kind;

import type { JournalEntry, JournalText } from '../workspace/journal.ts';

/** One side of what happened to a file. `skipped`: its contents are not kept. */
export type FileSide =
  | { kind: 'absent' }
  | { kind: 'text'; text: string; bom: boolean; encoding: string }
  | { kind: 'skipped'; reason: SkipReason };

/** `large`: over the limit for one file. `notText`: binary, or not UTF-8. `unknown`: nobody looked before it changed. */
export type SkipReason = 'large' | 'notText' | 'unknown';

/** A file that an edit or a command changed. */
export interface TouchedFile {
  uri: string;
  before: FileSide;
  after: FileSide;
}

/** What an apply wrote, as the editor left it: its save participants may have changed the text. */
export function touchedByApply({ intent, outcome }: JournalEntry): TouchedFile[] {
  if (outcome.kind !== 'committed') return [];
  return intent.files.map(({ uri, before, after }) => {
    const stands = outcome.files.find((file) => file.uri === uri);
    const text = stands && stands.sha256 !== null && after ? { ...after, text: stands.text } : after;
    return { uri, before: sideOf(before), after: sideOf(text) };
  });
}

function sideOf(text: Pick<JournalText, 'text' | 'bom' | 'encoding'> | null): FileSide {
  return text === null ? { kind: 'absent' } : { kind: 'text', text: text.text, bom: text.bom, encoding: text.encoding };
}

/** What changed between two looks at the disk (absolute path to side), by how `uriOf` names a path. */
export function touchedBetween(
  before: ReadonlyMap<string, FileSide>,
  after: ReadonlyMap<string, FileSide>,
  uriOf: (path: string) => string,
): TouchedFile[] {
  const absent: FileSide = { kind: 'absent' };
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const was = before.get(path) ?? absent;
    const is = after.get(path) ?? absent;
    const same = was.kind !== 'skipped' && JSON.stringify(was) === JSON.stringify(is);
    return same ? [] : [{ uri: uriOf(path), before: was, after: is }];
  });
}

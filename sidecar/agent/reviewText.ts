import { createTwoFilesPatch } from 'diff';
import { toLf } from '../edits/lineEndings.ts';
import type { ChangeSet, FileOutcome } from '../protocol/changes.ts';

/** Lines of a difference that is shown to the model; more is looked up by reading the file. */
const mostLines = 60;

interface Decided {
  changeSet: ChangeSet;
  files: readonly FileOutcome[];
  /** What stands in each file now, where that is known: the editor's formatter may have been at it. */
  textsAfter: readonly { uri: string; text: string }[];
  nameOf(uri: string): string;
}

/**
 * What the model is told of a review, exactly: which files were taken as proposed, which were rejected, and where what
 * stands now differs from what it proposed, as a diff.
 */
export function reviewText({ changeSet, files, textsAfter, nameOf }: Decided): string {
  const lines = changeSet.files.map((change) => {
    const name = nameOf(change.uri);
    const outcome = files.find(({ uri }) => uri === change.uri);
    if (!outcome || (outcome.accepted === 0 && !outcome.changedByPerson))
      return `- ${name}: rejected, it is as before.`;
    if (change.operation === 'delete') return `- ${name}: deleted.`;
    const stands = toLf(textsAfter.find(({ uri }) => uri === change.uri)?.text ?? outcome.finalText);
    if (stands === toLf(change.proposedText)) return `- ${name}: accepted.`;
    const parts = [
      `${outcome.accepted} of ${outcome.accepted + outcome.rejected} changes accepted`,
      ...(outcome.changedByPerson ? ['and changed by the person'] : []),
    ];
    return `- ${name}: ${parts.join(' ')}. From your proposal to what stands now:\n${difference(toLf(change.proposedText), stands)}`;
  });
  return ['The person reviewed your edits:', ...lines].join('\n');
}

function difference(proposed: string, stands: string): string {
  const lines = createTwoFilesPatch('proposed', 'now', proposed, stands, '', '', { context: 1 })
    .split('\n')
    .slice(3)
    .filter((line) => line !== '');
  const shown = lines.slice(0, mostLines);
  return [
    ...shown,
    ...(lines.length > mostLines ? [`(${lines.length - mostLines} more lines; read the file)`] : []),
  ].join('\n');
}

/** As text, when the whole was rejected. */
export const rejectedText = (changeSet: ChangeSet, nameOf: (uri: string) => string): string =>
  `The person rejected your edits of ${changeSet.files.map(({ uri }) => nameOf(uri)).join(', ')}; these files are as before. Do not propose the same again.`;

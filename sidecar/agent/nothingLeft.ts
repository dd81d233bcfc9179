import { type ProblemReport, problem } from '../protocol/problems.ts';
import { listed, t } from '../protocol/translate.ts';
import type { DropReason } from './candidates.ts';

/** Why an answer could not be used. @texts */
const reasons: Record<DropReason, string> = {
  unchanged: 'nothing was changed',
  noFile: 'no file in the answer',
  cutShort: 'the answer was cut short',
  doesNotParse: 'its code does not parse',
  addsProblems: 'it brings new problems',
  notMatched: 'its old text was not found',
  outside: 'it is outside of the workspace',
};

/** What is said when none of the answers could be used; `tokens`: of the last one. */
export function nothingLeft(drops: readonly DropReason[], file: string, tokens: number): ProblemReport {
  if (drops.every((reason) => reason === 'unchanged' || reason === 'noFile')) return problem('noChange', { file });
  if (drops.every((reason) => reason === 'cutShort')) return problem('answerCutShort', { file, n: tokens });
  return problem(
    'candidatesDropped',
    { n: drops.length, file },
    listed(drops.map((reason) => t<string>(reasons[reason]))),
  );
}

import { diffLines } from 'diff';
import type { FixCase } from './corpus.ts';
import { runHiddenTests } from './hiddenTests.ts';

export interface CaseCheck {
  readonly id: string;
  /** What is wrong with the case; empty when it is sound. */
  readonly problems: readonly string[];
  /** Lines of the buggy file. */
  readonly lines: number;
  /** Lines removed plus lines added between the buggy file and the reference. */
  readonly changedLines: number;
}

const maxChangedLines = 6;
// Words that would give the place away.
const tellTale = /\b(bugs?|buggy|fixme|todo|wrong|broken|incorrect)\b/i;

/**
 * Check cases one after the other: the buggy file fails its hidden tests, the reference passes them, the two differ in
 * few lines, and nothing in the buggy file points at the fault.
 */
export async function checkCorpus(cases: readonly FixCase[], signal: AbortSignal): Promise<CaseCheck[]> {
  const checks: CaseCheck[] = [];
  for (const fixCase of cases) checks.push(await checkCase(fixCase, signal));
  return checks;
}

async function checkCase(fixCase: FixCase, signal: AbortSignal): Promise<CaseCheck> {
  const { id, buggyText, referenceText, diagnostics } = fixCase;
  const problems: string[] = [];
  const lines = countLines(buggyText);
  const changedLines = countChangedLines(buggyText, referenceText);

  if (lines < 25 || lines > 90) problems.push(`has ${lines} lines, not 25 to 90`);
  if (changedLines === 0 || changedLines > maxChangedLines) problems.push(`differs in ${changedLines} lines`);
  const hint = tellTale.exec(buggyText);
  if (hint !== null) problems.push(`says "${hint[0]}" in the file`);
  for (const { line } of diagnostics) {
    if (line >= lines) problems.push(`has a diagnostic on line ${line + 1}, after its end`);
  }

  const [buggy, reference] = await Promise.all([
    runHiddenTests(fixCase, buggyText, signal),
    runHiddenTests(fixCase, referenceText, signal),
  ]);
  if (buggy.kind === 'passed') problems.push('passes the tests before it is repaired');
  if (buggy.kind === 'broken' && diagnostics.length === 0) problems.push(`does not build:\n${buggy.output}`);
  if (reference.kind !== 'passed') problems.push(`has a reference that ${reference.kind}:\n${reference.output}`);
  return { id, problems, lines, changedLines };
}

function countLines(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** Lines removed plus lines added, as a line diff counts them. */
export function countChangedLines(before: string, after: string): number {
  return diffLines(before, after)
    .filter((change) => change.added || change.removed)
    .reduce((sum, change) => sum + change.count, 0);
}

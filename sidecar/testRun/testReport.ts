import { listed, plural } from '../protocol/translate.ts';
export interface TestFailure {
  name: string;
  /** As the runner wrote it, relative to the workspace where it can be. */
  file?: string;
  line?: number;
  /** What went wrong, a few lines. */
  message: string;
}

/** What a run of tests came to, whatever ran them. `failed` counts also what could not be loaded. */
export interface TestReport {
  passed: number;
  failed: number;
  skipped: number;
  failures: TestFailure[];
}

const mostFailures = 12;
const mostLines = 12;
const mostMessage = 700;

/** Several reports as one. Pure. */
export function joinReports(reports: readonly TestReport[]): TestReport | null {
  if (reports.length === 0) return null;
  const sum = (of: (report: TestReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    failures: reports.flatMap(({ failures }) => failures),
  };
}

/** For people: "12 passed, 2 failed, 1 skipped". */
export const countsSummary = ({ passed, failed, skipped }: TestReport): string =>
  listed([
    plural(passed, { one: '{count} passed', other: '{count} passed' }),
    plural(failed, { one: '{count} failed', other: '{count} failed' }),
    skipped > 0 ? plural(skipped, { one: '{count} skipped', other: '{count} skipped' }) : '',
  ]);

/** For the model: "12 passed, 2 failed, 1 skipped". Pure. */
export const countsText = ({ passed, failed, skipped }: TestReport): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** For the model: the counts, and each failure with its place and message. Pure. */
export function reportText(report: TestReport, root: string): string {
  const shown = report.failures.slice(0, mostFailures).map((failure) => failureText(failure, root));
  const more = report.failures.length - shown.length;
  return [countsText(report), ...shown, ...(more > 0 ? [`(${more} failures more)`] : [])].join('\n\n');
}

function failureText({ name, file, line, message }: TestFailure, root: string): string {
  const place = file === undefined ? '' : ` (${relativeTo(root, file)}${line === undefined ? '' : `:${line}`})`;
  const told = message && message !== name ? `\n${indented(message)}` : '';
  return `FAIL ${name}${place}${told}`;
}

const indented = (text: string) => text.replaceAll(/^(?=.)/gm, '  ');

/** A path as the model knows it. Pure. */
export function relativeTo(root: string, file: string): string {
  const path = file.replace(/^file:\/\//, '').replaceAll('\\', '/');
  const folder = `${root.replaceAll('\\', '/').replace(/\/$/, '')}/`;
  return (path.startsWith(folder) ? path.slice(folder.length) : path).replace(/^\.\//, '');
}

/** The lines that say something: without outer indentation and what only fills. Pure. */
export function shortMessage(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const indent = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  const kept = lines.slice(0, mostLines).map((line) => line.slice(indent));
  const cut = kept.join('\n');
  return cut.length > mostMessage ? `${cut.slice(0, mostMessage)}...` : cut;
}

/** The first place in a stack of V8 that is the project's own: path and line. Pure. */
export function placeInStack(text: string): { file: string; line: number } | null {
  for (const [, file = '', line] of text.matchAll(
    /^\s*(?:at .*?\(?|❯ (?:.*\s)?)((?:file:\/\/)?[^\s():]+):(\d+):\d+\)?$/gm,
  )) {
    if (!/^node:|node_modules\//.test(file)) return { file, line: Number(line) };
  }
  return null;
}

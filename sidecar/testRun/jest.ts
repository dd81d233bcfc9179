import { placeInStack, shortMessage, type TestFailure, type TestReport } from './testReport.ts';

/** What jest prints. Null without its line of counts. */
export function readJest(text: string): TestReport | null {
  const counts = /^Tests: +(.*\d+ total)$/m.exec(text)?.[1];
  if (counts === undefined) return null;
  const failures = jestFailures(text);
  return countsOf(counts, failures, failures.filter(({ name }) => name.endsWith(notLoaded)).length);
}

/** What vitest prints. Null without its line of counts. */
export function readVitest(text: string): TestReport | null {
  const counts = /^ +Tests {2}(.*?)(?: \(\d+\))?$/m.exec(text)?.[1];
  const files = /^ +Test Files {2}/m.test(text);
  if (counts === undefined || !files) return null;
  const failures = vitestFailures(text);
  return countsOf(counts, failures, failures.filter(({ name }) => name.endsWith(notLoaded)).length);
}

const notLoaded = '(not loaded)';

function countsOf(counts: string, failures: TestFailure[], unloaded: number): TestReport {
  const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(counts)?.[1] ?? 0);
  return {
    passed: count('passed'),
    failed: count('failed') + unloaded,
    skipped: count('skipped') + count('todo'),
    failures,
  };
}

function jestFailures(text: string): TestFailure[] {
  const failures = new Map<string, TestFailure>();
  for (const [, path = '', suite = ''] of text.matchAll(
    /^FAIL (\S+).*\n([\s\S]*?)(?=^(?:FAIL|PASS|RUNS) |^Test Suites: )/gm,
  )) {
    const file = path.replace(/^\.\//, '');
    for (const [, title = '', body = ''] of suite.matchAll(/^ {2}● (.+)\n([\s\S]*?)(?=^ {2}● |(?![\s\S]))/gm)) {
      if (title === 'Console') continue;
      const name = title === 'Test suite failed to run' ? `${file} ${notLoaded}` : title.replaceAll(' › ', ' > ');
      const message = shortMessage(body.split(/^\s+(?:at |>? *\d+ \|)/m)[0] ?? '');
      // With many suites jest lists its failures a second time.
      failures.set(`${file} ${name}`, { name, ...(placeInStack(body) ?? { file }), message });
    }
  }
  return [...failures.values()];
}

function vitestFailures(text: string): TestFailure[] {
  const blocks = text.matchAll(/^ FAIL {2}(.+)\n([\s\S]*?)(?=^ FAIL {2}|^⎯{5,}|(?![\s\S]))/gm);
  return [...blocks].map(([, title = '', body = '']) => {
    const [file = '', ...path] = title.replace(/ \[ .* \]$/, '').split(' > ');
    const name = path.length > 0 ? path.join(' > ') : `${file} ${notLoaded}`;
    const message = shortMessage(body.split(/^ ❯ /m)[0] ?? '');
    return { name, ...(placeInStack(body) ?? { file }), message };
  });
}

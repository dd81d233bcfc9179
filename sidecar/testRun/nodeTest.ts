import { placeInStack, shortMessage, type TestFailure, type TestReport } from './testReport.ts';

/** What node:test prints in its own form (the default on a terminal, and everywhere since Node 23). Null without its counts. */
export function readNodeTest(text: string): TestReport | null {
  const count = (name: string) => {
    const found = [...text.matchAll(new RegExp(`^[^\\s#] ${name} (\\d+)$`, 'gm'))];
    return found.length === 0 ? null : found.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const passed = count('pass');
  const failed = count('fail');
  if (passed === null || failed === null) return null;
  return {
    passed,
    failed: failed + (count('cancelled') ?? 0),
    skipped: (count('skipped') ?? 0) + (count('todo') ?? 0),
    failures: failuresOf(text),
  };
}

function failuresOf(text: string): TestFailure[] {
  const list = text.split(/^\S failing tests:$/m)[1] ?? '';
  const blocks = list.matchAll(
    /^test at (.+?):(\d+):\d+\n\S (.*?)(?: \([\d.]+m?s\))?\n([\s\S]*?)(?=^test at |(?![\s\S]))/gm,
  );
  return [...blocks].map(([, file = '', line, name = '', body = '']) => {
    const inTest = placeInStack(body);
    return {
      name,
      file: inTest?.file ?? file,
      line: inTest?.line ?? Number(line),
      message: shortMessage(body.split(/^\s+at /m)[0] || 'failed'),
    };
  });
}

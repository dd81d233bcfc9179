import { placeInStack, shortMessage, type TestFailure, type TestReport } from './testReport.ts';

/** What mocha's `spec` and `dot` print. Null without "N passing". */
export function readMocha(text: string): TestReport | null {
  const count = (word: string) => {
    const found = [...text.matchAll(new RegExp(`^ {2}(\\d+) ${word}\\b`, 'gm'))];
    return found.length === 0 ? null : found.reduce((sum, [, value]) => sum + Number(value), 0);
  };
  const passed = count('passing');
  if (passed === null) return null;
  return { passed, failed: count('failing') ?? 0, skipped: count('pending') ?? 0, failures: failuresOf(text) };
}

function failuresOf(text: string): TestFailure[] {
  const list = text
    .split(/^ {2}\d+ failing$/m)
    .slice(1)
    .join('\n');
  const blocks = list.matchAll(/^ {2}\d+\) ([\s\S]*?:)\n([\s\S]*?)(?=^ {2}\d+\) |(?![\s\S]))/gm);
  return [...blocks].map(([, title = '', body = '']) => {
    const names = title.replace(/:$/, '').split('\n');
    const place = placeInStack(body);
    return {
      name: names.map((part) => part.trim()).join(' > '),
      ...place,
      message: shortMessage(messageOf(body)),
    };
  });
}

/** Mocha shows the difference a second time, after what the assertion said of it. */
const messageOf = (body: string) => body.split(/^\s+(?:at |\+ expected - actual)/m)[0]?.trim() || body.trim();

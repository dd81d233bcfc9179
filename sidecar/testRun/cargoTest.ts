import { shortMessage, type TestFailure, type TestReport } from './testReport.ts';

const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm;

/** What `cargo test` prints. Null without a result line or an error of the compiler. */
export function readCargoTest(text: string): TestReport | null {
  const results = [...text.matchAll(result)];
  const broken = [...text.matchAll(/^error(?:\[E\d+\])?: (.+)\n\s+--> ([^:\n]+):(\d+):\d+$/gm)];
  if (results.length === 0 && broken.length === 0) return null;
  const sum = (at: number) => results.reduce((total, found) => total + Number(found[at]), 0);
  const compiler = broken.map(([, message = '', file = '', line]) => ({
    name: 'does not compile',
    file,
    line: Number(line),
    message,
  }));
  return {
    passed: sum(1),
    failed: sum(2) + compiler.length,
    skipped: sum(3),
    failures: [...compiler, ...failuresOf(text)],
  };
}

function failuresOf(text: string): TestFailure[] {
  const blocks = text.matchAll(/^---- (.+?) stdout ----\n([\s\S]*?)(?=^---- .+ stdout ----$|^failures:$)/gm);
  return [...blocks].map(([, name = '', body = '']) => {
    const place = /panicked at (?:'.*', )?([^\s:]+\.rs):(\d+):\d+/.exec(body);
    const said = body.replace(/^\s*thread '.*' .*panicked at .*$/m, '').split(/^(?:stack backtrace:|note: )/m)[0] ?? '';
    return {
      name,
      ...(place?.[1] && { file: place[1], line: Number(place[2]) }),
      message: shortMessage(said || body),
    };
  });
}

import { shortMessage, type TestFailure, type TestReport } from './testReport.ts';

/** One line of `go test -json` (go doc test2json). */
interface Event {
  Action?: string;
  Package?: string;
  ImportPath?: string;
  Test?: string;
  Output?: string;
  FailedBuild?: string;
}

/** What `go test -json` prints; `module` is the path in go.mod. Null if there is no line of it. */
export function readGoTest(text: string, module = ''): TestReport | null {
  const events = text.split('\n').flatMap(eventOf);
  if (events.length === 0) return null;
  const outputs = new Map<string, string>();
  const ends = new Map<string, Event>();
  for (const event of events) {
    const key = `${event.Package ?? event.ImportPath}\t${event.Test ?? ''}`;
    if (event.Output !== undefined) outputs.set(key, (outputs.get(key) ?? '') + event.Output);
    else if (/^(?:pass|fail|skip)$/.test(event.Action ?? '')) ends.set(key, event);
  }
  const report: TestReport = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const [key, event] of ends) {
    const { Action, Test, Package = '', FailedBuild } = event;
    if (Test === undefined) {
      if (Action !== 'fail' || (!FailedBuild && failedInside(ends, Package))) continue;
      // It did not build, or died outside of a test.
      report.failed++;
      report.failures.push(packageFailure(Package, outputs.get(`${FailedBuild ?? Package}\t`) ?? '', module));
      continue;
    }
    // A test with subtests is what they are.
    if ([...ends.keys()].some((other) => other.startsWith(`${key}/`))) continue;
    if (Action === 'pass') report.passed++;
    else if (Action === 'skip') report.skipped++;
    else {
      report.failed++;
      report.failures.push(testFailure(event, outputs.get(key) ?? '', module));
    }
  }
  return report;
}

/** What a person would have seen without `-json`, of some whole lines of its output. Pure. */
export const withoutGoEvents = (text: string): string =>
  text
    .split('\n')
    .map((line) => {
      const [event] = eventOf(line);
      return event ? (event.Output ?? '') : `${line}\n`;
    })
    .join('')
    .replace(/\n$/, '');

function eventOf(line: string): Event[] {
  if (!line.startsWith('{"')) return [];
  try {
    const event = JSON.parse(line) as Event;
    return typeof event.Action === 'string' && (event.Package ?? event.ImportPath) !== undefined ? [event] : [];
  } catch {
    return [];
  }
}

const failedInside = (ends: ReadonlyMap<string, Event>, name: string) =>
  [...ends.values()].some(({ Package, Test, Action }) => Package === name && Test !== undefined && Action === 'fail');

const folderOf = (name: string, module: string) =>
  module !== '' && name.startsWith(module) ? name.slice(module.length).replace(/^\//, '') : '';

function testFailure({ Package = '', Test = '' }: Event, output: string, module: string): TestFailure {
  const lines = output.split('\n').filter((line) => !/^\s*(?:=== |--- )/.test(line));
  const said = lines.join('\n').split(/^goroutine \d+/m)[0] ?? '';
  const first = /^\s+([\w.-]+\.go):(\d+): /m.exec(output);
  // A panic has its place in the stack: the first file that is not Go's own.
  const stack = first ? null : /^\t(?!.*\/src\/(?:testing|runtime)\/)(\S+\.go):(\d+)/m.exec(output);
  const folder = folderOf(Package, module);
  const file = first?.[1] ? [folder, first[1]].filter(Boolean).join('/') : stack?.[1];
  const line = first?.[2] ?? stack?.[2];
  return {
    name: `${Package.split('/').at(-1)}.${Test}`,
    ...(file !== undefined && { file, line: Number(line) }),
    message: shortMessage(said.replaceAll(/^\s+[\w.-]+\.go:\d+: /gm, '') || 'failed'),
  };
}

function packageFailure(name: string, output: string, module: string): TestFailure {
  const place = /^(?:vet: )?(\S+\.go):(\d+)(?::\d+)?: /m.exec(output);
  return {
    name: folderOf(name, module) || name,
    ...(place?.[1] && { file: place[1], line: Number(place[2]) }),
    message: shortMessage(output.replaceAll(/^# .*$/gm, '') || 'failed'),
  };
}

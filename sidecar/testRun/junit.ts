import { XMLParser } from 'fast-xml-parser';
import { shortMessage, type TestFailure, type TestReport } from './testReport.ts';

/** JUnit's format, which has no standard: as Surefire, Gradle, pytest, node:test and jest-junit write it. */
interface Suite {
  '@name'?: string;
  testsuite?: Suite[];
  testcase?: Case[];
}
interface Case {
  '@name'?: string;
  '@classname'?: string;
  '@file'?: string;
  '@line'?: string;
  failure?: unknown;
  error?: unknown;
  skipped?: unknown;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  // node:test has an attribute and an element of one name.
  attributeNamePrefix: '@',
  // Numbered entities are among these.
  htmlEntities: true,
  textNodeName: 'text',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  isArray: (name) => name === 'testsuite' || name === 'testcase',
});

/** Null if it is no JUnit report. */
export function readJunit(xml: string): TestReport | null {
  let parsed: { testsuites?: Suite | string; testsuite?: Suite[] };
  try {
    parsed = parser.parse(xml);
  } catch {
    return null;
  }
  const top = parsed.testsuites ?? (parsed.testsuite && { testsuite: parsed.testsuite });
  if (top === undefined) return null;
  const report: TestReport = { passed: 0, failed: 0, skipped: 0, failures: [] };
  if (typeof top !== 'string') addSuite(top, [], report);
  return report;
}

function addSuite(suite: Suite, names: readonly string[], report: TestReport): void {
  for (const inner of suite.testsuite ?? []) {
    if (typeof inner === 'object') addSuite(inner, [...names, inner['@name'] ?? ''], report);
  }
  for (const one of suite.testcase ?? []) {
    const broken = one.failure ?? one.error;
    if (broken !== undefined) {
      report.failed++;
      report.failures.push(failureOf(one, names, broken));
    } else if (one.skipped !== undefined) report.skipped++;
    else report.passed++;
  }
}

function failureOf(one: Case, names: readonly string[], broken: unknown): TestFailure {
  const { message, text } = partsOf(Array.isArray(broken) ? broken[0] : broken);
  const place = placeIn(text, one['@classname'] ?? '');
  const file = one['@file'] ?? place?.file;
  // pytest counts lines of the test from 0; the place in the trace is where it broke.
  const line = place?.line ?? (one['@line'] === undefined ? undefined : Number(one['@line']) + 1);
  const owner = one['@classname'] && one['@classname'] !== 'test' ? one['@classname'] : names.at(-1);
  return {
    name: [owner, one['@name']].filter(Boolean).join('.'),
    ...(file !== undefined && { file: place?.file ?? file }),
    ...(line !== undefined && { line }),
    message: shortMessage(message || text.split(/^\s+at /m)[0] || 'failed'),
  };
}

function partsOf(broken: unknown): { message: string; text: string } {
  if (typeof broken === 'string') return { message: '', text: broken };
  const { '@message': message = '', '@type': type = '', text = '' } = (broken ?? {}) as Record<string, unknown>;
  const said = String(message);
  const kind = String(type).split('.').at(-1) ?? '';
  // Java's exceptions say what they are only in the type.
  return { message: /(?:Exception|Error)$/.test(kind) && said ? `${kind}: ${said}` : said, text: String(text) };
}

/** Where a trace of Python, V8 or the JVM points into the project. */
function placeIn(trace: string, className: string): { file: string; line: number } | null {
  const python = [...trace.matchAll(/^([^\s:]+\.py):(\d+): /gm)].filter(([, file]) => !file?.includes('site-packages'));
  const last = python.at(-1);
  if (last?.[1]) return { file: last[1], line: Number(last[2]) };
  const simple = className.split('.').at(-1)?.split('$')[0] ?? '';
  const java = /^[\w.$]+$/.test(className)
    ? new RegExp(`at .*\\((${simple}\\.(?:java|kt|scala|groovy)):(\\d+)\\)`).exec(trace)
    : null;
  if (java?.[1]) return { file: java[1], line: Number(java[2]) };
  const v8 = /\(?((?:file:\/\/)?[^\s():]+\.[cm]?[jt]sx?):(\d+):\d+\)?/.exec(trace);
  return v8?.[1] ? { file: v8[1], line: Number(v8[2]) } : null;
}

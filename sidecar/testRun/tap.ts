import { Parser } from 'tap-parser';
import { shortMessage, type TestReport } from './testReport.ts';

/** The Test Anything Protocol, versions 12 to 14, with subtests. Null if there is no plan and no version. */
export function readTap(text: string): TestReport | null {
  if (!/^(?:TAP version \d+|1\.\.\d+\b)/m.test(text) || !/^\s*(?:not )?ok\b/m.test(text)) return null;
  const report: TestReport = { passed: 0, failed: 0, skipped: 0, failures: [] };
  for (const event of Parser.parse(text, { flat: true })) {
    if (event[0] !== 'assert') continue;
    const { ok, skip, todo, fullname, name, diag } = event[1] as Assert;
    if (skip || todo) report.skipped++;
    else if (ok) report.passed++;
    else {
      report.failed++;
      const location = typeof diag?.location === 'string' ? /^(.*?):(\d+)(?::\d+)?$/.exec(diag.location) : null;
      const said = diag?.error ?? diag?.message ?? '';
      report.failures.push({
        name: fullname || name,
        ...(location?.[1] && { file: location[1], line: Number(location[2]) }),
        message: shortMessage(String(said) || 'failed'),
      });
    }
  }
  return report;
}

interface Assert {
  ok: boolean;
  name: string;
  fullname: string;
  skip: boolean | string;
  todo: boolean | string;
  diag?: Record<string, unknown> | null;
}

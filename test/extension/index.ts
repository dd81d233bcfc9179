import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import countByFile from '../countByFile.cjs';

/**
 * What VS Code calls inside the extension host: runs the suites and leaves the counts in DEVSTRAL_TEST_REPORT.
 * DEVSTRAL_TEST_TRUST=off runs `*.untrusted.test` only, else all others; DEVSTRAL_TEST_ONLY those whose names contain one
 * of its words (with commas between).
 */
export async function run(): Promise<void> {
  const untrusted = process.env.DEVSTRAL_TEST_TRUST === 'off';
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'spec', color: false });
  const only = process.env.DEVSTRAL_TEST_ONLY?.split(',').filter(Boolean) ?? [];
  for (const name of readdirSync(__dirname)) {
    if (!name.endsWith('.test.cjs') || name.endsWith('.untrusted.test.cjs') !== untrusted) continue;
    if (only.length > 0 && !only.some((word) => name.includes(word))) continue;
    mocha.addFile(join(__dirname, name));
  }
  const report = process.env.DEVSTRAL_TEST_REPORT;
  // What a console prints in the extension host is lost on the way: the launcher shows this file instead.
  const lines: string[] = [];
  (Mocha.reporters.Base as unknown as { consoleLog: typeof console.log }).consoleLog = (...values: unknown[]) => {
    lines.push(format(...values));
  };
  const counts = await new Promise<{
    passed: number;
    failed: number;
    skipped: number;
    files: ReturnType<typeof countByFile>;
  }>((resolve) => {
    const runner = mocha.run(() => {
      const { passes, failures, pending } = runner.stats ?? { passes: 0, failures: 1, pending: 0 };
      resolve({ passed: passes, failed: failures, skipped: pending, files });
    });
    const files = countByFile(runner);
  });
  if (report) writeFileSync(report, JSON.stringify({ ...counts, output: lines.join('\n') }));
  if (counts.failed > 0) throw new Error(`${counts.failed} tests failed`);
}

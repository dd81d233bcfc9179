import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorkbench } from '../workbench/workbench.ts';

/** Activation time as VS Code itself measures it ("Show Running Extensions"), and the size of what activation loads. */
export async function runActivationBench(
  starts = 5,
): Promise<{ activationMs: number[]; medianMs: number; bundleBytes: number }> {
  const activationMs: number[] = [];
  for (let start = 0; start < starts; start++) {
    const workbench = await startWorkbench({
      folder: mkdtempSync(join(tmpdir(), 'devstral-bench-')),
      extensionPath: process.cwd(),
      trust: true,
    });
    try {
      await workbench.statusBarText('devstral.model');
      await workbench.runCommand('Developer: Show Running Extensions');
      const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'Devstral' });
      await row.first().waitFor();
      const text = (await row.first().textContent()) ?? '';
      const found = /Activation:\s*(\d+)\s*ms/.exec(text) ?? /(\d+)\s*ms/.exec(text);
      if (!found) throw new Error(`no activation time in "${text}"`);
      activationMs.push(Number(found[1]));
    } finally {
      await workbench.close();
    }
  }
  const sorted = [...activationMs].sort((a, b) => a - b);
  return {
    activationMs,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    bundleBytes: statSync('dist/extension.cjs').size,
  };
}

import { cpSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorkbench, type Workbench } from '../workbench/workbench.ts';

export interface ActivationFigures {
  /** Beside a dozen other extensions and the drawing of the window: on few cores this measures the crowd. */
  atStartMs: number[];
  /** By a command, when the window is at rest: what our activation costs. */
  atRestMs: number[];
  medianAtStartMs: number;
  medianAtRestMs: number;
  bundleBytes: number;
}

/** Activation time as VS Code itself measures it ("Show Running Extensions"), and the size of what activation loads. */
export async function runActivationBench(starts = 5): Promise<ActivationFigures> {
  const atStartMs: number[] = [];
  const atRestMs: number[] = [];
  const onCommand = copyWithoutStartEvent();
  for (let start = 0; start < starts; start++) {
    atStartMs.push(
      await measured(process.cwd(), async (workbench) => void (await workbench.statusBarText('devstral.model'))),
    );
    atRestMs.push(
      await measured(onCommand, async (workbench) => {
        await workbench.page.waitForTimeout(5000);
        await workbench.runCommand('Devstral: Show Log');
        await workbench.statusBarText('devstral.model');
      }),
    );
  }
  const bundleBytes = statSync('dist/extension.cjs').size;
  return { atStartMs, atRestMs, medianAtStartMs: median(atStartMs), medianAtRestMs: median(atRestMs), bundleBytes };
}

/** The same bundles, activated by the first command instead of by the start of the window. */
function copyWithoutStartEvent(): string {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-on-command-'));
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, activationEvents: [] }));
  mkdirSync(join(folder, 'dist'));
  for (const bundle of ['extension', 'languageClient'])
    cpSync(`dist/${bundle}.cjs`, join(folder, 'dist', `${bundle}.cjs`));
  for (const name of ['media', 'package.nls.json']) cpSync(name, join(folder, name), { recursive: true });
  return folder;
}

async function measured(extensionPath: string, activate: (workbench: Workbench) => Promise<void>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  const workbench = await startWorkbench({ folder, extensionPath, trust: true });
  try {
    await activate(workbench);
    await workbench.runCommand('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'Devstral' });
    await row.first().waitFor();
    const text = (await row.first().textContent()) ?? '';
    const found = /Activation:\s*(\d+)\s*ms/.exec(text);
    if (!found) throw new Error(`no activation time in "${text}"`);
    return Number(found[1]);
  } finally {
    await workbench.close();
  }
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Locator } from 'playwright-core';
import type { Theme } from '../workbench/hostSettings.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { privateHome, type ScriptedWorkbench, startScripted } from './sampleWorkspace.ts';

const themes = ['light', 'dark', 'hcDark', 'hcLight'] as const satisfies readonly Theme[];

describe('status bar, lists and messages of the models, in all themes', () => {
  let scripted: ScriptedWorkbench;
  let workbench: Workbench;

  before(async () => {
    scripted = await startScripted([{ stream: ['Here it is.', { hang: true }] }], {
      servers: () => [{ name: 'lab', url: 'http://127.0.0.1:9', model: 'devstral-small-2' }],
      env: { DEVSTRAL_HOME: homeWithModels(), HF_HOME: privateHome(), OLLAMA_MODELS: privateHome() },
    });
    ({ workbench } = scripted);
    await item().waitFor({ timeout: 60_000 });
  });
  after(() => scripted?.close());

  const item = () => workbench.page.locator('[id="devstral-vscode.devstral.devstral.model"]');
  const list = () => workbench.page.locator('.quick-input-widget');

  /** A picture in each theme, where the texts must be readable. */
  async function inEachTheme(name: string, texts: Locator): Promise<void> {
    for (const theme of themes) {
      await workbench.setTheme(theme);
      await readable(texts);
      await workbench.screenshot(`${name}-${theme}`);
    }
  }

  it('Switch Model', async () => {
    await item().click();
    await list().locator('.monaco-list-row').filter({ hasText: 'Devstral Small 2' }).waitFor();
    await inEachTheme('switch-model', list().locator('.label-name, .label-description'));
    await workbench.page.keyboard.press('Escape');
  });

  it('Manage Models', async () => {
    await workbench.runCommand('Devstral: Manage Models...');
    // Where the palette was clicked stands the input, which would show its tooltip.
    await workbench.page.mouse.move(640, 600);
    await list().locator('.monaco-list-row').filter({ hasText: 'tiny.gguf' }).waitFor();
    await inEachTheme('manage-models', list().locator('.label-name, .label-description'));
    await workbench.page.keyboard.press('Escape');
  });

  it('the tooltip', async () => {
    await item().hover();
    const tooltip = workbench.page.locator('.monaco-hover');
    await tooltip.filter({ hasText: 'Network' }).waitFor();
    await inEachTheme('tooltip', tooltip.locator('td, a'));
    await workbench.page.mouse.move(600, 300);
  });

  it('work that runs', async () => {
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Fix this file');
    await workbench.waitForNotification(/Fix stats\.py/);
    await inEachTheme('progress', item().locator('a'));
    await workbench.clickNotificationButton('Cancel', /Fix stats\.py/);
  });

  it('a server that is not there', async () => {
    scripted.userSettings['devstral.model'] = 'lab';
    await workbench.setTheme('light');
    await item().filter({ hasText: 'lab' }).waitFor();
    await workbench.openFile('stats.py');
    await workbench.runCommand('Devstral: Fix this file');
    await workbench.waitForNotification(/Server not reachable/, 60_000);
    await inEachTheme('no-server', item().locator('a'));
  });
});

/** A model, and a download that was not finished. */
function homeWithModels(): string {
  const home = privateHome();
  const folder = join(home, 'models', 'unsloth--Devstral-Small-2-24B-Instruct-2512-GGUF');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(home, 'models', 'tiny.gguf'), gunzipSync(readFileSync('test/fixtures/tiny-devstral.gguf.gz')));
  const file = 'Devstral-Small-2-24B-Instruct-2512-Q4_K_M.gguf';
  const part = join(folder, `${file}.00000000.part`);
  writeFileSync(part, '');
  // A hole: nothing of it is on the disk.
  truncateSync(part, 6_200_000_000);
  const record = {
    name: 'Devstral S 2',
    repo: 'unsloth/Devstral-Small-2-24B-Instruct-2512-GGUF',
    file,
    revision: 'main',
    size: 14_334_446_752,
    sha256: '0'.repeat(64),
  };
  writeFileSync(join(folder, `${file}.published.json`), JSON.stringify(record));
  return home;
}

/**
 * Every text can be told from what is behind it (WCAG's ratio for normal text), and none is cut off; asked again while a
 * change of theme is being drawn.
 */
async function readable(texts: Locator): Promise<void> {
  const unreadable = (found: Awaited<ReturnType<typeof look>>) => found.filter(({ ratio, cut }) => cut || ratio < 4.5);
  let found = await look(texts);
  for (const until = Date.now() + 5000; unreadable(found).length > 0 && Date.now() < until; found = await look(texts)) {
    await texts.page().waitForTimeout(100);
  }
  assert.ok(found.length > 0, 'there are texts');
  assert.deepEqual(unreadable(found), []);
}

/** The texts that are shown, with their contrast. */
function look(texts: Locator) {
  return texts.evaluateAll((elements) => {
    const numbers = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: number[]) => {
      const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const over = (top: number[], below: number[]) => {
      const [, , , alpha = 1] = top;
      return [0, 1, 2].map((i) => (top[i] ?? 0) * alpha + (below[i] ?? 0) * (1 - alpha));
    };
    const behind = (element: Element | null): number[] => {
      if (!element) return [255, 255, 255];
      const own = numbers(getComputedStyle(element).backgroundColor);
      return own[3] === undefined
        ? own
        : own[3] === 0
          ? behind(element.parentElement)
          : over(own, behind(element.parentElement));
    };
    return elements
      .filter((element) => element.textContent?.trim() && element.getClientRects().length > 0)
      .map((element) => {
        const back = behind(element);
        const [a, b] = [luminance(over(numbers(getComputedStyle(element).color), back)), luminance(back)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return {
          text: element.textContent?.trim() ?? '',
          ratio,
          cut: element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0,
        };
      });
  });
}

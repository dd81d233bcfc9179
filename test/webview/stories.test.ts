import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Frame, Page } from 'playwright-core';
import { type PanelBrowser, startPanelBrowser } from './panelPage.ts';
import { stories } from './stories.ts';

const axe = readFileSync(join('node_modules', 'axe-core', 'axe.min.js'), 'utf8');

/** Every state of the panel on one page, in three themes and two widths: photographed, and read by axe-core. */
describe('stories of the panel', function () {
  this.timeout(240_000);
  let browser: PanelBrowser;

  before(async () => {
    browser = await startPanelBrowser();
    mkdirSync(join('artifacts', 'stories'), { recursive: true });
  });
  after(() => browser.close());

  const open = async (theme: string, width: number): Promise<Page> => {
    const page = await browser.browser.newPage({ viewport: { width: width * 6 + 140, height: 1000 } });
    page.on('pageerror', (error) => assert.fail(error));
    await page.goto(`${browser.url}/stories?theme=${theme}&width=${width}`);
    for (const frame of page.frames().slice(1)) await frame.waitForSelector('html[data-ready]', { state: 'attached' });
    return page;
  };

  for (const theme of ['dark', 'light', 'highContrast']) {
    for (const width of [300, 420]) {
      it(`look as they should and have no fault that axe finds: ${theme}, ${width} px`, async () => {
        const page = await open(theme, width);
        await page.screenshot({ path: `artifacts/stories/${theme}-${width}.png`, fullPage: true });
        const frames = page.frames().slice(1);
        assert.equal(frames.length, stories.length);
        const faults: string[] = [];
        for (const [index, frame] of frames.entries()) {
          for (const fault of await faultsOf(frame)) faults.push(`${stories[index]?.name}: ${fault}`);
          const sideways = await frame.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
          if (sideways > 0) faults.push(`${stories[index]?.name}: ${sideways} px too wide`);
        }
        await page.close();
        assert.deepEqual(faults, []);
      });
    }
  }
});

async function faultsOf(frame: Frame): Promise<string[]> {
  await frame.evaluate(axe);
  const results = await frame.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({
      // The panel is a part of VS Code's page, which has the headings and landmarks around it.
      rules: { 'page-has-heading-one': { enabled: false } },
    }),
  );
  return results.violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.replaceAll(/\s+/g, ' ') ?? ''}`,
    ),
  );
}

import assert from 'node:assert/strict';
import { photograph, photographFailure, widths, writeAlbum } from './album.ts';
import { layoutFaults, motionFaults } from './layoutFaults.ts';
import { addAxe, type PanelBrowser, type PanelPage, setTheme, startPanelBrowser } from './panelPage.ts';
import { faultsOf, play } from './playStory.ts';
import { stories } from './stories.ts';
import { themes } from './themes.ts';

const height = 560;

/** Every state of the panel in three themes and two widths, read by axe-core. */
describe('stories of the panel', function () {
  this.timeout(120_000);
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
    writeAlbum();
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open({ width: 420, height, scale: 1 });
  });
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await photographFailure(panel.page, this.currentTest.title);
    await panel.close();
  });

  for (const story of stories) {
    it(`${story.name}: fits, and has no fault that axe finds`, async () => {
      const { page } = panel;
      await addAxe(page);
      await play(panel, story);
      const faults: string[] = [];
      const drawnIn = story.widths ?? widths;
      for (const width of drawnIn) {
        await page.setViewportSize({ width, height });
        await panel.say();
        for (const [name, theme] of Object.entries(themes)) {
          await setTheme(page, theme);
          await photograph(page, story, `${name}-${width}`);
          const sideways = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
          if (sideways > 0) faults.push(`${name}, ${width} px: ${sideways} px too wide`);
          if (width !== drawnIn.at(-1)) continue;
          // The structure is the same in every theme; the colours are not.
          faults.push(...(await faultsOf(page, name === 'dark' ? undefined : ['color-contrast'])));
        }
      }
      assert.deepEqual(faults, []);
      assert.deepEqual(await panel.violations(), []);
    });

    it(`${story.name}: holds at 200 % zoom, and nothing moves where that is not wanted`, async () => {
      const { page } = panel;
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await play(panel, story);
      // Zoomed, a side bar of 560 pixels has 280 of the page's.
      await page.setViewportSize({ width: 280, height: 360 });
      await panel.say();
      assert.deepEqual([...(await layoutFaults(page)), ...(await motionFaults(page))], []);
      await page.emulateMedia({ reducedMotion: 'no-preference' });
      await page.evaluate(() => document.body.classList.add('vscode-reduce-motion'));
      assert.deepEqual(await motionFaults(page), [], "the editor's own setting");
    });
  }
});

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layoutFaults, motionFaults } from './layoutFaults.ts';
import { type PanelBrowser, type PanelPage, setTheme, startPanelBrowser } from './panelPage.ts';
import { axe, faultsOf, play } from './playStory.ts';
import { type Story, stories } from './stories.ts';
import { themes } from './themes.ts';

const pictures = join('artifacts', 'stories');
const widths = [300, 420];
const height = 560;

/** Every state of the panel in three themes and two widths: photographed, and read by axe-core. */
describe('stories of the panel', function () {
  this.timeout(120_000);
  let browser: PanelBrowser;
  let panel: PanelPage;

  before(async () => {
    browser = await startPanelBrowser();
    mkdirSync(pictures, { recursive: true });
    writeFileSync(join(pictures, 'index.html'), albumHtml());
  });
  after(() => browser.close());
  beforeEach(async () => {
    panel = await browser.open({ width: 420, height, scale: 1 });
    await panel.page.evaluate(axe);
  });
  afterEach(() => panel.close());

  for (const story of stories) {
    it(`${story.name}: fits, and has no fault that axe finds`, async () => {
      const { page } = panel;
      await play(panel, story);
      const faults: string[] = [];
      for (const [name, theme] of Object.entries(themes)) {
        await setTheme(page, theme);
        for (const width of story.widths ?? widths) {
          await page.setViewportSize({ width, height });
          await page.screenshot({ path: join(pictures, pictureOf(story, name, width)) });
          const sideways = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
          if (sideways > 0) faults.push(`${name}, ${width} px: ${sideways} px too wide`);
        }
        // The structure is the same in every theme; the colours are not.
        faults.push(...(await faultsOf(page, name === 'dark' ? undefined : ['color-contrast'])));
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

const pictureOf = ({ name }: Story, theme: string, width: number) =>
  `${name.replaceAll(/[^\w]+/g, '-').toLowerCase()}-${theme}-${width}.png`;

/** All pictures on one page. */
function albumHtml(): string {
  const rows = Object.keys(themes).flatMap((theme) =>
    [...new Set([...widths, ...stories.flatMap((story) => story.widths ?? [])])].map((width) => {
      const images = stories
        .filter((story) => (story.widths ?? widths).includes(width))
        .map(
          (story) =>
            `<figure><figcaption>${story.name}</figcaption><img src="${pictureOf(story, theme, width)}" alt="${story.name}"></figure>`,
        );
      return `<h2>${theme}, ${width} px</h2><div>${images.join('')}</div>`;
    }),
  );
  const style = 'body{background:gray;font:12px sans-serif}div{display:flex;flex-wrap:wrap;gap:8px}figure{margin:0}';
  return `<!DOCTYPE html><meta charset="utf-8"><title>Stories</title><style>${style}</style>${rows.join('')}`;
}

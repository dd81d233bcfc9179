import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { photograph, photographFailure } from './album.ts';
import { addAxe, type PanelBrowser, type PanelPage, startPanelBrowser } from './panelPage.ts';
import { faultsOf, play } from './playStory.ts';
import { pseudoLanguage } from './pseudoTexts.ts';
import { type Story, stories } from './stories.ts';

/** The narrowest side bar that is designed for. */
const width = 280;

/** Every state of the panel in each language that is translated, and in one from right to left with longer texts. */
describe('stories in other languages', function () {
  this.timeout(120_000);
  let browser: PanelBrowser;
  let panel: PanelPage;
  before(async () => {
    browser = await startPanelBrowser();
  });
  after(() => browser.close());
  afterEach(async function () {
    if (this.currentTest?.isFailed()) await photographFailure(panel.page, this.currentTest.fullTitle());
    await panel.close();
  });

  for (const language of ['de', 'fr', pseudoLanguage]) {
    describe(language, () => {
      for (const story of stories) {
        it(`${story.name}: fits in ${width} px`, async () => {
          panel = await browser.open({ width: 420, height: 560, scale: 1, language });
          await addAxe(panel.page);
          await play(panel, inLanguage(story, language));
          await panel.page.setViewportSize({ width, height: 560 });
          await panel.say();
          await photograph(panel.page, story, language);
          assert.deepEqual([...(await misfits(panel.page)), ...(await faultsOf(panel.page))], []);
          assert.deepEqual(await panel.violations(), []);
        });
      }
    });
  }
});

const inLanguage = (story: Story, language: string): Story => ({
  ...story,
  messages: story.messages.map((message) => (message.type === 'state' ? { ...message, language } : message)),
});

/** What is wider than the panel, a control that is cut off, and code or a path that is not written from left to right. */
function misfits(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const sideways = document.body.scrollWidth - document.body.clientWidth;
    if (sideways > 0) found.push(`${sideways} px too wide`);
    const scrolls = (element: Element) => {
      for (let at = element.parentElement; at && at !== document.body; at = at.parentElement)
        if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
      return false;
    };
    const describe = (element: Element) => element.outerHTML.replace(/\s+/g, ' ').slice(0, 160);
    for (const control of document.querySelectorAll<HTMLElement>('button, input, textarea, summary, progress, kbd')) {
      const { left, right, width: wide } = control.getBoundingClientRect();
      if (wide === 0 || scrolls(control)) continue;
      if (left < -1 || right > innerWidth + 1) found.push(`outside: ${describe(control)}`);
      const { overflowX, textOverflow } = getComputedStyle(control);
      const shortened = textOverflow === 'ellipsis' || control.querySelector('.row-title, .session-text') !== null;
      const tooWide = control.scrollWidth > control.clientWidth + 1;
      if (tooWide && !shortened && control.tagName === 'BUTTON') found.push(`cut (${overflowX}): ${describe(control)}`);
    }
    for (const code of document.querySelectorAll('pre, code')) {
      if (getComputedStyle(code).direction !== 'ltr') found.push(`code: ${describe(code)}`);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      const holder = node.parentElement;
      if (!holder || !/^\s*[\w./-]*\w\.(?:py|ts|md|json)\s*$/.test(node.textContent ?? '')) continue;
      if (getComputedStyle(holder).direction !== 'ltr') found.push(`path: ${describe(holder)}`);
    }
    return found;
  });
}

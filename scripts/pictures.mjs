// `npm run pictures`: the pictures of docs/tour.md and of the walkthrough, from the screenshots of the newest end-to-end run.
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Picture of the tour to screenshot (artifacts/<name>.png). */
const tour = {
  answer: 'day-answer-dark',
  staged: 'day-review-light',
  review: 'review-decided-dark',
  permission: 'day-permission-dark',
  context: 'day-context-dark',
  history: 'day-history-light',
  inline: 'inline-light-3-written',
  models: 'switch-model',
  'high-contrast': 'day-review-hcDark',
};

/** A step of the walkthrough: the screenshot in a theme, and the part of it in pixels. */
const walkthrough = {
  model: { of: (theme) => `switch-model-${theme}`, x: 340, y: 0, width: 610, height: 395 },
  fix: { of: (theme) => `progress-${theme}`, x: 350, y: 40, width: 930, height: 730 },
  review: { of: (theme) => `review-decided-${theme}`, x: 350, y: 40, width: 930, height: 590 },
  chat: { of: (theme) => `day-answer-${theme}`, x: 980, y: 30, width: 300, height: 750 },
  inline: { of: (theme) => `inline-${theme}-3-written`, x: 350, y: 40, width: 930, height: 590 },
  offline: { of: (theme) => `tooltip-${theme}`, x: 860, y: 600, width: 420, height: 200 },
};
/** Name in the manifest to theme. */
const themes = { dark: 'dark', light: 'light', hc: 'hcDark', hcLight: 'hcLight' };

const steps = Object.entries(walkthrough).flatMap(([step, { of, ...part }]) =>
  Object.entries(themes).map(([name, theme]) => ({
    file: `media/walkthrough/${step}-${name}.png`,
    of: of(theme),
    part,
  })),
);
const missing = [...Object.values(tour), ...steps.map(({ of }) => of)].filter(
  (name) => !existsSync(`artifacts/${name}.png`),
);
if (missing.length > 0) {
  console.error(`not there: ${missing.join(', ')}. Run npm test -- e2e first.`);
  process.exit(1);
}
for (const [picture, name] of Object.entries(tour)) {
  copyFileSync(`artifacts/${name}.png`, `docs/images/${picture}.png`);
}

mkdirSync('media/walkthrough', { recursive: true });
const executablePath = process.env.DEVSTRAL_CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage();
for (const { file, of, part } of steps) {
  const { x, y, ...size } = part;
  const address = `data:image/png;base64,${readFileSync(`artifacts/${of}.png`).toString('base64')}`;
  await page.setViewportSize(size);
  await page.setContent(`<img src="${address}" style="position: absolute; left: -${x}px; top: -${y}px">`);
  await page.screenshot({ path: file });
}
await browser.close();

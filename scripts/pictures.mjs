// `npm run pictures`: the pictures of docs/tour.md and of the walkthrough, from the screenshots of the newest end-to-end run
// and of the panel's suite.
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
  applied: 'turns-applied-dark',
  undo: 'turns-undo-review',
  stopped: 'day-stopped',
  killed: 'day-killed',
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
/** The panel's states, one sheet a theme: screenshots of the stories in a panel of 300 px. */
const states = [
  ...['a-first-run', 'b-downloading', 'c-idle', 'd-reading', 'd-streaming', 'e-calls-opened', 'f-permission'],
  ...['g-staged', 'g-applied', 'h-error', 'i-waiting', 'j-history', 'k-picker', 'l-budget'],
];
const sheets = ['dark', 'light', 'highContrast'].map((theme) => ({
  file: `docs/images/states-${theme}.png`,
  of: states.map((state) => `stories/${state}-${theme}-300`),
}));
const statePicture = { width: 300, height: 560 };
const columns = states.length / 2;

/** Name in the manifest to theme. */
const themes = { dark: 'dark', light: 'light', hc: 'hcDark', hcLight: 'hcLight' };

const steps = Object.entries(walkthrough).flatMap(([step, { of, ...part }]) =>
  Object.entries(themes).map(([name, theme]) => ({
    file: `media/walkthrough/${step}-${name}.png`,
    of: of(theme),
    part,
  })),
);
const wanted = [...Object.values(tour), ...steps.map(({ of }) => of), ...sheets.flatMap(({ of }) => of)];
const missing = wanted.filter((name) => !existsSync(`artifacts/${name}.png`));
if (missing.length > 0) {
  console.error(`not there: ${missing.join(', ')}. Run DEVSTRAL_TEST_PICTURES=1 npm test -- webview e2e first.`);
  process.exit(1);
}
for (const [picture, name] of Object.entries(tour)) {
  copyFileSync(`artifacts/${name}.png`, `docs/images/${picture}.png`);
}

mkdirSync('media/walkthrough', { recursive: true });
const executablePath = process.env.DEVSTRAL_CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage();
const address = (name) => `data:image/png;base64,${readFileSync(`artifacts/${name}.png`).toString('base64')}`;
for (const { file, of, part } of steps) {
  const { x, y, ...size } = part;
  await page.setViewportSize(size);
  await page.setContent(`<img src="${address(of)}" style="position: absolute; left: -${x}px; top: -${y}px">`);
  await page.screenshot({ path: file });
}
for (const { file, of } of sheets) {
  const { width, height } = statePicture;
  await page.setViewportSize({ width: columns * (width + 8) - 8, height: 2 * height + 8 });
  const box = `width: ${width}px; height: ${height}px; object-fit: cover; object-position: bottom`;
  const images = of.map((name) => `<img src="${address(name)}" style="${box}">`).join('');
  await page.setContent(
    `<body style="margin: 0; background: gray; display: flex; flex-wrap: wrap; gap: 8px">${images}</body>`,
  );
  await page.screenshot({ path: file });
}
await browser.close();

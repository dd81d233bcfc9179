// `npm run pictures`: the pictures of docs/tour.md, from the screenshots of the newest end-to-end run.
import { copyFileSync, existsSync } from 'node:fs';

/** Picture to screenshot (artifacts/<name>.png). */
const pictures = {
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
const missing = Object.values(pictures).filter((name) => !existsSync(`artifacts/${name}.png`));
if (missing.length > 0) {
  console.error(`not there: ${missing.join(', ')}. Run npm test -- e2e first.`);
  process.exit(1);
}
for (const [picture, name] of Object.entries(pictures)) {
  copyFileSync(`artifacts/${name}.png`, `docs/images/${picture}.png`);
}

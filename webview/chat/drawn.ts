import { hiddenFrame } from '../hiddenFrame.ts';

/** Resolves once what the page has now is drawn. */
export const drawn = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, hiddenFrame);
  });

/** A hidden page is not drawn; then so long is waited, in milliseconds. */
const hiddenFrame = 100;

/** Resolves once what the page has now is drawn. */
export const drawn = (): Promise<void> =>
  new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, hiddenFrame);
  });

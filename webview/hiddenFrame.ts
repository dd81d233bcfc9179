/** A hidden page has no frames; what waits for one goes on after so long, in milliseconds. */
export const hiddenFrame = 100;

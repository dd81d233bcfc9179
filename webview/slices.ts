/** Time that a frame has for work that can wait, in milliseconds; the rest of it is for input and for drawing. */
const budget = 5;
/** A hidden page has no frames; then work goes on so often, in milliseconds. */
const hiddenFrame = 100;

/** Does a little of some work; false once there is no more. */
export type Work = () => boolean;

const works: Work[] = [];
let asked = false;

/** Does work in small pieces between frames, the newest work first: what was added last is what the person looks at. */
export function inSlices(work: Work): void {
  forget(work);
  works.push(work);
  ask();
}

export function forget(work: Work): void {
  const at = works.indexOf(work);
  if (at >= 0) works.splice(at, 1);
}

function ask(): void {
  if (asked) return;
  asked = true;
  const timer = setTimeout(run, hiddenFrame);
  const frame = requestAnimationFrame(run);
  function run(): void {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    asked = false;
    const end = performance.now() + budget;
    do {
      const work = works.at(-1);
      if (!work) return;
      if (!work()) forget(work);
    } while (performance.now() < end);
    if (works.length > 0) ask();
  }
}

import { hiddenFrame } from './hiddenFrame.ts';

/** Time that a frame has for work that can wait, in milliseconds; the rest of it is for input and for drawing. */
const budget = 5;
/**
 * Pieces of work in one frame: more while frames come on time, fewer while they are late, for styles and layout of what a
 * piece draws cost more than the piece itself. Milliseconds from frame to frame.
 */
const mostPieces = 16;
const onTime = 25;
const late = 34;

/** For so long after a key one piece a frame is done, in milliseconds: the next key comes before the rest of the text. */
const typing = 300;

let lastKey = -typing;
globalThis.addEventListener?.(
  'keydown',
  ({ timeStamp }) => {
    lastKey = timeStamp;
  },
  { capture: true, passive: true },
);

/** Does a little of some work; false once there is no more. */
export type Work = () => boolean;

const works: Work[] = [];
let asked = false;
let pieces = 1;

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
  const askedAt = performance.now();
  const timer = setTimeout(run, hiddenFrame);
  const frame = requestAnimationFrame(() => {
    const passed = performance.now() - askedAt;
    if (passed < onTime) pieces = Math.min(mostPieces, pieces + 1);
    else if (passed > late) pieces = Math.max(1, pieces >> 1);
    run();
  });
  function run(): void {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    asked = false;
    const now = performance.now();
    const most = now - lastKey < typing ? 1 : pieces;
    for (let done = 0; done < most && performance.now() < now + budget; done++) {
      const work = works.at(-1);
      if (!work) return;
      if (!work()) forget(work);
    }
    if (works.length > 0) ask();
  }
}

import assert from 'node:assert/strict';
import { debounce } from './debounce.ts';

let time = 0;
let nextId = 1;
const timers = new Map<number, { at: number; callback: () => void }>();
const clock = {
  now: () => time,
  setTimer: (callback: () => void, delayMs: number) => {
    timers.set(nextId, { at: time + delayMs, callback });
    return nextId++;
  },
  clearTimer: (timer: unknown) => void timers.delete(timer as number),
};
function advance(ms: number): void {
  const end = time + ms;
  for (;;) {
    const due = [...timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
    if (due === undefined) break;
    timers.delete(due[0]);
    time = due[1].at;
    due[1].callback();
  }
  time = end;
}

const ran: string[] = [];
const save = debounce((text: string) => void ran.push(`${text}@${time}`), { waitMs: 100, maxWaitMs: 250 }, clock);
save('a');
advance(50);
save('b');
advance(99);
assert.deepEqual(ran, []);
advance(1);
assert.deepEqual(ran, ['b@150']);

advance(850);
for (let i = 0; i < 5; i += 1) {
  save(`c${i}`);
  advance(80);
}
assert.deepEqual(ran.slice(1), ['c3@1250']);
advance(200);
assert.deepEqual(ran.slice(2), ['c4@1420']);

advance(400);
save('late');
advance(50);
assert.equal(ran.length, 3);
advance(50);
assert.equal(ran.length, 4);

save('gone');
save.cancel();
advance(1000);
assert.equal(ran.length, 4);
save('x');
advance(99);
assert.equal(ran.length, 4);
advance(1);
assert.equal(ran.length, 5);

import assert from 'node:assert/strict';
import { Emitter } from './eventEmitter.ts';

const emitter = new Emitter<{ tick: number; stop: string }>();
const seen: string[] = [];
assert.equal(emitter.emit('tick', 0), 0);
const stop = emitter.on('tick', (n) => seen.push(`a${n}`));
emitter.on('tick', (n) => seen.push(`b${n}`));
assert.equal(emitter.emit('tick', 1), 2);
stop();
assert.equal(emitter.emit('tick', 2), 1);
assert.deepEqual(seen, ['a1', 'b1', 'b2']);

const order: string[] = [];
emitter.once('stop', (why) => order.push(`first ${why}`));
emitter.once('stop', (why) => order.push(`second ${why}`));
emitter.on('stop', (why) => order.push(`always ${why}`));
assert.equal(emitter.emit('stop', 'now'), 3);
assert.deepEqual(order, ['first now', 'second now', 'always now']);
assert.equal(emitter.listenerCount('stop'), 1);
assert.equal(emitter.emit('stop', 'again'), 1);

const cancelled = emitter.once('tick', () => seen.push('never'));
cancelled();
emitter.emit('tick', 3);
assert.deepEqual(seen.at(-1), 'b3');

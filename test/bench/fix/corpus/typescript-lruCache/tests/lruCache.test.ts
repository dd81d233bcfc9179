import assert from 'node:assert/strict';
import { LruCache } from './lruCache.ts';

const cache = new LruCache<string, number | undefined>(2);
cache.set('a', 1);
cache.set('b', 2);
assert.equal(cache.get('a'), 1);
cache.set('c', 3);
assert.equal(cache.get('a'), 1);
assert.equal(cache.get('b'), undefined);
assert.equal(cache.get('c'), 3);
assert.equal(cache.size, 2);
assert.equal(cache.hitRate(), 0.75);

cache.set('a', 10);
cache.set('d', 4);
assert.equal(cache.get('a'), 10);
assert.equal(cache.get('c'), undefined);

const one = new LruCache<string, number>(1);
one.set('x', 1);
one.set('x', 2);
assert.equal(one.size, 1);
assert.equal(one.get('x'), 2);
assert.equal(new LruCache(1).hitRate(), 0);
assert.throws(() => new LruCache(0), RangeError);

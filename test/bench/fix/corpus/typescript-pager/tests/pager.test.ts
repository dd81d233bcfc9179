import assert from 'node:assert/strict';
import { countPages, getPage, pageLinks } from './pager.ts';

const all = Array.from({ length: 45 }, (_, i) => i);
assert.equal(countPages(0, 20), 1);
assert.equal(countPages(40, 20), 2);
assert.equal(countPages(45, 20), 3);
assert.equal(countPages(3, 20), 1);
assert.throws(() => countPages(3, 0), RangeError);
assert.deepEqual(getPage(all, 3), { items: [40, 41, 42, 43, 44], number: 3, pageCount: 3, hasNext: false });
assert.deepEqual(getPage(all, 1, 10).items, all.slice(0, 10));
assert.equal(getPage(all, 2).hasNext, true);
assert.equal(getPage(all, 99).number, 3);
assert.equal(getPage(all, 0).number, 1);
assert.deepEqual(getPage([], 1).items, []);
assert.deepEqual(pageLinks(1, 10), [1, 2, 3]);
assert.deepEqual(pageLinks(5, 6), [3, 4, 5, 6]);

import assert from 'node:assert/strict';
import { formatQuery, parseQuery } from './searchQuery.ts';

assert.deepEqual(parseQuery(''), { text: '', tags: [], limit: 20, sort: 'relevance' });
assert.deepEqual(parseQuery('?q=+cats+&tag=a&tag=&tag=b&limit=50&sort=newest'), {
  text: 'cats',
  tags: ['a', 'b'],
  limit: 50,
  sort: 'newest',
});
assert.equal(parseQuery('limit=500').limit, 100);
assert.equal(parseQuery('limit=0').limit, 20);
assert.equal(parseQuery('limit=many').limit, 20);
assert.equal(parseQuery('limit=2.5').limit, 20);
assert.equal(formatQuery(parseQuery('sort=relevance&limit=20&q=a')), 'q=a');
assert.equal(formatQuery(parseQuery('limit=7&sort=newest&tag=x')), 'tag=x&limit=7&sort=newest');

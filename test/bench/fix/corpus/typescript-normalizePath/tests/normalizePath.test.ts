import assert from 'node:assert/strict';
import { isInside, join, normalize } from './normalizePath.ts';

assert.equal(normalize('a/b/../c'), 'a/c');
assert.equal(normalize('/a/./b//c/'), '/a/b/c');
assert.equal(normalize('/../../a'), '/a');
assert.equal(normalize('../a'), '../a');
assert.equal(normalize('../../a'), '../../a');
assert.equal(normalize('a/../../../b'), '../../b');
assert.equal(normalize('a/..'), '.');
assert.equal(normalize(''), '.');
assert.equal(normalize('/'), '/');
assert.equal(join('a', '', '../..', 'b'), '../b');
assert.equal(join('src', '../../..', 'lib'), '../../lib');
assert.equal(isInside('/srv', '/srv/x'), true);
assert.equal(isInside('/srv', '/srvx'), false);
assert.equal(isInside('/', '/etc'), true);
assert.equal(isInside('/srv', '/srv/../etc'), false);

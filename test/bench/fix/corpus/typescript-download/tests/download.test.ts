import assert from 'node:assert/strict';
import { download } from './download.ts';

function failingFirst(times: number, calls: string[]) {
  return async (url: string) => {
    calls.push(url);
    if (calls.length <= times) throw new Error(`no ${calls.length}`);
    return new Uint8Array([7]);
  };
}

let calls: string[] = [];
assert.deepEqual(await download(failingFirst(0, calls), ['a', 'b']), { kind: 'done', url: 'a', bytes: new Uint8Array([7]) });
assert.deepEqual(calls, ['a']);

calls = [];
assert.equal((await download(failingFirst(1, calls), ['a', 'b'])).kind, 'done');
assert.deepEqual(calls, ['a', 'a']);

calls = [];
const second = await download(failingFirst(2, calls), ['a', 'b']);
assert.ok(second.kind === 'done' && second.url === 'b');
assert.deepEqual(calls, ['a', 'a', 'b']);

calls = [];
assert.deepEqual(await download(failingFirst(9, calls), ['a', 'b'], 1), {
  kind: 'failed',
  reasons: ['a (attempt 1): no 1', 'b (attempt 1): no 2'],
});
assert.deepEqual(await download(failingFirst(0, []), []), { kind: 'failed', reasons: [] });

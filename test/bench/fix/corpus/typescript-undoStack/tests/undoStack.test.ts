import assert from 'node:assert/strict';
import { UndoStack } from './undoStack.ts';

let value = '';
const append = (text: string) => ({
  label: text,
  apply: () => {
    value += text;
  },
  revert: () => {
    value = value.slice(0, -text.length);
  },
});

const stack = new UndoStack(3);
assert.equal(stack.undo(), false);
for (const text of ['a', 'b', 'c', 'd']) stack.execute(append(text));
assert.equal(value, 'abcd');
assert.deepEqual(stack.labels, ['b', 'c', 'd']);
assert.equal(stack.undo(), true);
assert.equal(stack.undo(), true);
assert.equal(value, 'ab');
assert.equal(stack.redo(), true);
assert.equal(value, 'abc');
stack.execute(append('x'));
assert.equal(value, 'abcx');
assert.equal(stack.canRedo, false);
assert.equal(stack.redo(), false);
while (stack.undo());
assert.equal(value, 'a');
assert.equal(stack.canUndo, false);

import * as z from 'zod/mini';
import type { TodoItem } from './view.ts';

const Ours = z.object({ items: z.array(z.object({ text: z.string(), state: z.optional(z.string()) })) });
/** As models trained on OpenHands write it. */
const OpenHands = z.object({ task_list: z.array(z.object({ title: z.string(), status: z.optional(z.string()) })) });

/** The plan in the arguments of a `todo` call; null where there is none to read. */
export function readTodo(callArguments: string): TodoItem[] | null {
  let value: unknown;
  try {
    value = JSON.parse(callArguments);
  } catch {
    return null;
  }
  const ours = Ours.safeParse(value);
  if (ours.success) return ours.data.items.map(({ text, state }) => ({ text, state: stateOf(state) }));
  const theirs = OpenHands.safeParse(value);
  if (!theirs.success) return null;
  return theirs.data.task_list.map(({ title, status }) => ({ text: title, state: stateOf(status) }));
}

function stateOf(word = 'open'): TodoItem['state'] {
  if (word === 'done') return 'done';
  return word === 'doing' || word === 'in_progress' ? 'doing' : 'open';
}

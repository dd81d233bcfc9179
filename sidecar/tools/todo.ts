import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import type { Tool } from './tool.ts';

const Item = z.strictObject({ text: z.string(), state: z.enum(['open', 'doing', 'done']).optional() });
const Args = z.strictObject({ items: z.array(Item).max(30) });
type Args = z.infer<typeof Args>;

/** The plan of a longer task, which the panel shows. Each call gives the whole list. */
export const todoTool: Tool<Args> = {
  name: 'todo',
  description: 'Keep the list of steps of a longer task. Send the whole list each time.',
  args: Args,
  effect: 'none',
  title: ({ items }) => t('Plan, {done} of {total} done', { done: count(items), total: items.length }),
  run: async ({ items }) => ({
    ok: true,
    text: 'Kept.',
    summary: t('{done} of {total} done', { done: count(items), total: items.length }),
  }),
};

const count = (items: Args['items']) => items.filter(({ state }) => state === 'done').length;

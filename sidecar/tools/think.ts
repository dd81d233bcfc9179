import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import type { Tool } from './tool.ts';

const Args = z.strictObject({ thought: z.string() });

/** A place to think where a model has none of its own. Changes nothing. */
export const thinkTool: Tool<z.infer<typeof Args>> = {
  name: 'think',
  description: 'Think before a hard step. Changes nothing.',
  args: Args,
  effect: 'none',
  title: () => t('Think'),
  run: async () => ({ ok: true, text: 'Noted.', summary: '' }),
};

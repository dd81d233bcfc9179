import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import type { Tool } from './tool.ts';

const Args = z.strictObject({ message: z.string().optional() });

/** Ends the turn. Not described: an answer without a call ends it as well, but models trained on OpenHands call it. */
export const finishTool: Tool<z.infer<typeof Args>> = {
  name: 'finish',
  hidden: true,
  description: 'End the turn.',
  args: Args,
  effect: 'none',
  title: () => t('Finish'),
  run: async ({ message = '' }) => ({ ok: true, text: message, summary: '', ends: true }),
};

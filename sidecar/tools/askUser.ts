import * as z from 'zod';
import { t } from '../protocol/translate.ts';
import type { Tool } from './tool.ts';

const Args = z.strictObject({
  question: z.string(),
  options: z.array(z.string()).max(6).optional(),
});

/** A question to the person. */
export const askUserTool: Tool<z.infer<typeof Args>> = {
  name: 'ask_user',
  description: 'Ask the person one question when the task cannot go on without the answer.',
  args: Args,
  effect: 'none',
  title: ({ question }) => question,
  async run({ question, options = [] }, { askPerson, signal }) {
    const answer = await askPerson(question, options, signal);
    if (answer === null) {
      return { ok: false, text: 'Nobody answered. Choose what is safest and say so.', summary: t('no answer') };
    }
    return { ok: true, text: answer, summary: answer.slice(0, 60) };
  },
};

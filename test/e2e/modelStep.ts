import type { ScriptedReply } from '../servers/scriptedServer.ts';

/** One step of the scripted model: its words, then its calls. */
export const step = (
  text: string,
  ...calls: [name: string, args: string | Record<string, unknown>][]
): ScriptedReply => ({
  stream: [
    text,
    ...calls.map(([name, args], index) => ({
      call: { name, index, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
    })),
  ],
});

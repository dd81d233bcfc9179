import { randomUUID } from 'node:crypto';
import { createChatSessions } from '../agent/chatSessions.ts';
import { createDocuments } from '../workspace/documents.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { createProgressLine } from './progressLine.ts';

/** `devstral ask PROMPT`: one turn; with `--json` an event a line, then the result. Answers the exit code. */
export async function runAsk(prompt: string, options: CommonOptions, signal: AbortSignal): Promise<number> {
  if (prompt.trim() === '') throw new CommandFailed('ask needs a prompt');
  const context = commandContext(options);
  const chats = createChatSessions({
    documents: createDocuments(context.host),
    models: () => context.models,
    roots: () => [context.cwd],
  });
  const line = createProgressLine(process.stderr);
  const turn = { sessionId: randomUUID(), turnId: randomUUID(), prompt, context: [], earlier: [] };
  const result = await chats.send(turn, signal, (event) => {
    if (event.type === 'progress') line.report(event.progress);
    else line.clear();
    if (options.json) printResult(event);
    else if (event.type === 'text') process.stdout.write(event.text);
  });
  line.clear();
  await context.models.dispose();
  if (options.json) printResult(result);
  else process.stdout.write('\n');
  if (result.kind === 'failed') throw new CommandFailed(problemLine(result.problem));
  return result.kind === 'answered' ? 0 : 1;
}

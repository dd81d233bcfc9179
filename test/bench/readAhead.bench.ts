import { agentSystemPrompt } from '../../sidecar/agent/prompts/agent.ts';
import { readAhead } from '../../sidecar/agent/readAhead.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import type { Backend } from '../../sidecar/models/backend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';

export interface ReadAhead {
  /** Tokens of the context that was added. */
  contextTokens: number;
  /** Milliseconds from Send to the first token, the context unread and read. The median of the rounds. */
  withoutMs: number;
  withMs: number;
  ratio: number;
}

const rounds = 3;
const never = new AbortController().signal;
const surroundings = {
  platform: 'linux' as const,
  shell: 'bash',
  roots: ['/work'],
  date: new Date(0),
  rules: [],
  answerLanguage: 'auto',
};

/** A file that no other round has, so that only reading ahead can have read it. */
const file = (name: string) =>
  `${name}.py:\n\n\`\`\`py\n${Array.from({ length: 25 }, (_, i) => `def ${name}_${i}(a, b):\n    return a + b * ${i}\n`).join('\n')}\`\`\``;

/** The first token of a session's second turn with a file added, in turns with and without reading it while somebody writes. */
export async function runReadAheadBench(backend: Backend): Promise<ReadAhead> {
  for await (const event of backend.prepare(never)) if (event.type === 'error') throw new Error(event.problem.sentence);
  const events: AgentEvent[] = [
    { type: 'user', id: '1', text: 'Hello', context: 'System: Linux.' },
    { type: 'answer', text: 'Hello. What shall I do?', reasoning: '', calls: [] },
    { type: 'end', reason: 'done' },
  ];
  const request = { backend, systemPrompt: agentSystemPrompt, tools: [], events, surroundings };
  const firstToken = async (context: string): Promise<number> => {
    const user: AgentEvent = { type: 'user', id: '2', text: 'What does the last function return?', context };
    const messages = messagesOf(agentSystemPrompt, [...events, user]);
    const startedAt = performance.now();
    for await (const event of backend.stream(
      { messages, tools: [], sampling: { temperature: 0, maxTokens: 2 } },
      never,
    )) {
      if (event.type === 'text') return performance.now() - startedAt;
    }
    throw new Error('nothing was answered');
  };

  await readAhead({ ...request, context: '' }, never);
  const without: number[] = [];
  const with_: number[] = [];
  for (let round = 0; round < rounds; round++) {
    without.push(await firstToken(file(`plain${round}`)));
    const context = file(`ahead${round}`);
    if (!(await readAhead({ ...request, context }, never))) throw new Error('it was not read to its end');
    with_.push(await firstToken(context));
  }
  const contextTokens = await backend.countTokens([{ role: 'user', content: file('plain0') }], [], never);
  await backend.dispose();
  const [withoutMs, withMs] = [median(without), median(with_)];
  return { contextTokens, withoutMs, withMs, ratio: Number((withMs / withoutMs).toFixed(3)) };
}

const median = (values: readonly number[]) => Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? 0);

import type { Message } from '../models/backend.ts';
import { wireMessages, wireTools } from '../models/backends/remote/conversation.ts';
import { agentSystemPrompt, agentTools } from './agentPrompt.ts';
import { recordStep } from './agentResults.ts';
import { createRandom, type Random } from './random.ts';
import type { BenchRequest, Session, Workload } from './workload.ts';

/** Requests of a session, unless more sessions are needed to keep all places busy. */
const turnsASession = 12;

/**
 * Coding agents at work: each session is one growing conversation, of which every request repeats all that came before
 * and adds a tool call with its result, so that a prefix cache shows. What a model answers is measured and thrown away;
 * the conversation goes on as it was recorded, so that servers are asked the same. Sessions share the system prompt and
 * the tools, and nothing else.
 */
export function agentWorkload(seed: number, outputTokens: number): Workload {
  const random = createRandom(seed);
  return {
    name: 'agent',
    description: `sessions of a coding agent with tools, answers of ${outputTokens} tokens at most`,
    take(requests, concurrency) {
      const count = Math.min(requests, Math.max(concurrency, Math.ceil(requests / turnsASession)));
      return Array.from({ length: count }, (_, index) => {
        const turns = Math.floor(requests / count) + (index < requests % count ? 1 : 0);
        return recordSession(random, turns, outputTokens);
      });
    },
  };
}

function recordSession(random: Random, turns: number, maxTokens: number): Session {
  const conversation: Message[] = [
    { role: 'system', content: agentSystemPrompt },
    { role: 'user', content: task(random) },
  ];
  const wired = wireTools([...agentTools]).tools;
  const tools = Array.isArray(wired) ? wired : [];
  const session: BenchRequest[] = [];
  for (let turn = 0; turn < turns; turn++) {
    if (turn > 0) conversation.push(...(random.fraction() < 0.12 ? nextTask(random) : step(random)));
    session.push({ messages: wireMessages(conversation), tools, maxTokens, allTokens: false });
  }
  return session;
}

const task = (random: Random) =>
  `In workspace ${random.between(1, 1e9)}: ${recordStep(random).says || 'Find the cause and mend it.'}\n\n${recordStep(random).result.slice(0, 1200)}`;

function step(random: Random): Message[] {
  const recorded = recordStep(random);
  const id = callId(random);
  const call = { id, name: recorded.tool, arguments: JSON.stringify(recorded.arguments) };
  return [
    { role: 'assistant', content: recorded.says, toolCalls: [call] },
    { role: 'tool', toolCallId: id, content: recorded.result },
  ];
}

/** The agent says that it is done, and the person asks for more. */
const nextTask = (random: Random): Message[] => [
  { role: 'assistant', content: `Done. ${recordStep(random).says}`.trim() },
  { role: 'user', content: task(random) },
];

/** Nine letters and digits, as Mistral's templates take them. */
const callId = (random: Random) => Array.from({ length: 9 }, () => random.between(0, 35).toString(36)).join('');

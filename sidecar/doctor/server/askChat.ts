import { readText } from '../../models/backends/remote/connection.ts';
import { type ChunkPart, createChunkDecoder } from '../../models/backends/remote/decodeChunk.ts';
import { type ErrorReply, errorCode, isHtml } from '../../models/backends/remote/errors.ts';
import { readChunks } from '../../models/backends/remote/readStream.ts';
import type { ServerFacts } from '../../models/backends/remote/serverFacts.ts';
import { type Visit, within } from './visit.ts';

/** A question of the doctor's, with the messages exactly as they are sent: nothing is mended. */
export interface Question {
  messages: readonly { role: 'system' | 'user' | 'assistant'; content: string }[];
  tools?: readonly unknown[];
  maxTokens: number;
}

/** What came back, with the times at which it came (ms since the question was sent). */
export interface Answer {
  kind: 'answer';
  streamed: boolean;
  text: string;
  /** Names of the tools that were called as calls. */
  calls: string[];
  /** When each piece of text, thought or arguments arrived. */
  arrivals: number[];
  /** An error inside the stream. */
  error: string | null;
}

export type Asked =
  | Answer
  | { kind: 'refused'; reply: ErrorReply }
  | { kind: 'redirected'; to: string }
  /** No whole answer. `pieces`: how many had arrived. */
  | { kind: 'broken'; error: unknown; code: string; timedOut: boolean; pieces: number };

/** Asks for one streamed completion and measures how it arrives. */
export async function askChat(visit: Visit, question: Question): Promise<Asked> {
  const { connection, server } = visit;
  const signal = within(visit, visit.times.answerMs);
  const startedAt = performance.now();
  const answer: Answer = {
    kind: 'answer',
    streamed: true,
    text: '',
    calls: [],
    arrivals: [],
    error: null,
  };
  try {
    const sent = await connection.send('POST', `${server.api}/chat/completions`, bodyOf(question, visit.facts), signal);
    if (sent.kind === 'redirected') return sent;
    if (sent.kind === 'failed') throw sent.error;
    const { status, headers } = sent.reply;
    const page = isHtml({ headers, body: '' });
    if (status !== 200 || page) {
      return {
        kind: 'refused',
        reply: { status, headers, body: connection.scrub(await readText(sent.reply, 64_000)) },
      };
    }
    answer.streamed = String(headers['content-type'] ?? '').includes('text/event-stream');
    for await (const items of readChunks(sent.reply.body, 'events', createChunkDecoder())) {
      for (const item of items) {
        if (item.type === 'notAStream')
          return { kind: 'refused', reply: { status, headers, body: connection.scrub(item.body) } };
        take(item, answer, performance.now() - startedAt);
      }
    }
    return { ...answer, text: connection.scrub(answer.text) };
  } catch (error) {
    const timedOut = signal.aborted && !visit.signal.aborted;
    return { kind: 'broken', error, code: errorCode(error), timedOut, pieces: answer.arrivals.length };
  }
}

function take(part: ChunkPart, answer: Answer, now: number): void {
  switch (part.type) {
    case 'text':
      answer.text += part.text;
      answer.arrivals.push(now);
      break;
    case 'reasoning':
    case 'callArguments':
      answer.arrivals.push(now);
      break;
    case 'callBegin':
      answer.calls.push(part.name);
      answer.arrivals.push(now);
      break;
    case 'error':
      answer.error = JSON.stringify(part.body);
      break;
    default:
      break;
  }
}

/** Only fields that every server takes. */
function bodyOf({ messages, tools, maxTokens }: Question, facts: ServerFacts): Record<string, unknown> {
  return {
    ...(facts.model === '' ? {} : { model: facts.model }),
    messages,
    ...(tools === undefined ? {} : { tools, tool_choice: 'auto' }),
    stream: true,
    temperature: 0,
    max_tokens: maxTokens,
  };
}

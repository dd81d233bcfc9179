import { problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';
import type { ModelEvent } from '../../backend.ts';
import type { AnswerEvents } from './answerEvents.ts';
import type { ChatCall } from './chatStream.ts';
import type { Reply } from './connection.ts';
import type { ChunkPart } from './decodeChunk.ts';
import { isHtml, judgeReply, type Verdict } from './errors.ts';
import { createChunkReader, type StreamItem } from './readStream.ts';
import type { Silence } from './silence.ts';

/** What of an answer has come so far. */
export interface AnswerState {
  sentAt: number;
  firstAt: number;
  lastAt: number;
  /** Pieces of text, thought or arguments: about one a token. */
  pieces: number;
  /** Something came that was a chunk of an answer. */
  seen: boolean;
  end: 'stop' | 'length' | 'toolCalls' | 'aborted' | null;
  usage: Extract<ChunkPart, { type: 'usage' }> | null;
  error: Verdict | null;
}

export const createAnswerState = (): AnswerState => ({
  sentAt: Date.now(),
  firstAt: 0,
  lastAt: 0,
  pieces: 0,
  seen: false,
  end: null,
  usage: null,
  error: null,
});

/**
 * Reads a stream into events and `state`, and tells an event as soon as its bytes are there: plain calls, because what a
 * chunk costs is felt with many streams at once. `leave` hangs up. Ends when the stream does, or at an error inside it.
 */
export async function readAnswer(
  reply: Reply,
  call: ChatCall,
  answer: AnswerEvents,
  state: AnswerState,
  silence: Silence,
  leave: () => void,
  tell: (event: ModelEvent) => void,
): Promise<void> {
  const reader = createChunkReader(call.wire.framing, call.wire.createDecoder());
  const unrepeated = withoutPrefix(call.wire.repeats);
  let grace: NodeJS.Timeout | undefined;
  const take = (chunks: readonly StreamItem[][]) => {
    for (const items of chunks) {
      if (items.length > 0) silence.broken();
      for (const item of items) {
        if (item.type === 'text') item.text = unrepeated(item.text);
        for (const event of eventsOf(item, reply, call, answer, state)) tell(event);
        if (state.error) return;
      }
    }
    if (state.end !== null) grace ??= setTimeout(leave, call.times.graceMs);
  };
  try {
    for await (const bytes of reply.body) {
      take(reader.push(bytes));
      if (state.error) return;
    }
    take(reader.end());
  } finally {
    clearTimeout(grace);
  }
}

function eventsOf(
  item: StreamItem,
  reply: Reply,
  call: ChatCall,
  answer: AnswerEvents,
  state: AnswerState,
): ModelEvent[] {
  state.seen = true;
  switch (item.type) {
    case 'last':
      state.end ??= 'stop';
      return [];
    case 'end':
      state.end = item.reason;
      return [];
    case 'usage':
      state.usage = item;
      return [];
    case 'progress':
      return [prefillEvent(item)];
    case 'loading':
      return [{ type: 'loading', name: call.name, fraction: item.fraction }];
    case 'share':
      return [{ type: 'prefillShare', fraction: item.fraction }];
    case 'error': {
      const body = call.connection.scrub(JSON.stringify(item.body));
      state.error = judgeReply({ status: item.status, headers: {}, body }, call.context, 1, Date.now());
      return [];
    }
    case 'notAStream': {
      const { url } = call.context;
      const html = isHtml({ headers: reply.headers, body: item.body });
      const report = html
        ? problem('serverNotModel', { url })
        : problem('serverGarbled', { url, what: t('neither an answer nor an error') });
      state.error = { problem: report, retry: null };
      return [];
    }
    default:
      if (item.type === 'text' && item.text === '') return [];
      if (item.type !== 'callEnd') {
        state.lastAt = Date.now();
        state.firstAt ||= state.lastAt;
        state.pieces++;
      }
      return answer.push(item);
  }
}

/** Takes off the beginning that some servers repeat of an answer that they continue. */
function withoutPrefix(prefix: string): (text: string) => string {
  let left = prefix;
  return (text) => {
    if (left === '') return text;
    const same = left.startsWith(text) || text.startsWith(left);
    const taken = same ? Math.min(left.length, text.length) : 0;
    left = same ? left.slice(taken) : '';
    return text.slice(taken);
  };
}

function prefillEvent(part: Extract<ChunkPart, { type: 'progress' }>): ModelEvent {
  const read = part.done - part.reused;
  const msLeft = read > 0 && part.ms > 0 ? Math.round(((part.total - part.done) * part.ms) / read) : undefined;
  return {
    type: 'prefill',
    done: part.done,
    total: part.total,
    reused: part.reused,
    ...(msLeft === undefined ? {} : { msLeft }),
  };
}

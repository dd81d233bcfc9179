import type { ModelEvent } from '../../backend.ts';
import { isObject, parseModelJson } from '../../formats/jsonScan.ts';
import { createLeakFilter, type LeakPart } from '../../formats/leakedCalls.ts';
import type { ChunkPart } from './decodeChunk.ts';

type Finish = Extract<ModelEvent, { type: 'finish' }>['reason'];

/** Builds the events of one answer: numbers the calls, recovers leaked ones, cleans the text. Pure. */
export interface AnswerEvents {
  push(part: ChunkPart): ModelEvent[];
  /** Ends the answer: what was held back, the ends of the calls, and the reason that holds for what arrived. */
  end(reason: 'stop' | 'length' | 'toolCalls'): ModelEvent[];
  /** As `end`, for an answer that broke off: without the finish. */
  flush(): ModelEvent[];
}

/** `newId` makes ids for calls that came without one; `toolNames` are the tools that were sent. */
export function createAnswerEvents(toolNames: readonly string[], newId: () => string): AnswerEvents {
  let filter = createLeakFilter(toolNames);
  const indexes = new Map<number, number>();
  const open = new Set<number>();
  const begun = new Set<number>();
  /** Arguments that began as a string, which may be JSON in JSON: known once they are whole. */
  const quoted = new Map<number, string>();
  let count = 0;

  function endCall(index: number): ModelEvent[] {
    if (!open.delete(index)) return [];
    const held = quoted.get(index);
    const args: ModelEvent[] = held === undefined ? [] : [{ type: 'toolCallArguments', index, text: unquoted(held) }];
    return [...args, { type: 'toolCallEnd', index }];
  }

  function beginCall(id: string | null, name: string): { index: number; event: ModelEvent } {
    const index = count++;
    open.add(index);
    return { index, event: { type: 'toolCallBegin', index, id: id ?? newId(), name } };
  }

  function leaked(parts: readonly LeakPart[]): ModelEvent[] {
    return parts.flatMap((part): ModelEvent[] => {
      if (part.type !== 'call') return [part];
      const { index, event } = beginCall(null, part.name);
      return [event, { type: 'toolCallArguments', index, text: part.arguments }, ...endCall(index)];
    });
  }

  function flush(): ModelEvent[] {
    return [...leaked(filter.end()), ...[...open].flatMap(endCall)];
  }

  return {
    flush,
    push(part) {
      switch (part.type) {
        case 'text':
          return leaked(filter.push(part.text));
        case 'reasoning':
          return [{ type: 'reasoning', text: part.text }];
        case 'callBegin': {
          // Text that is still held back came before this call.
          const held = leaked(filter.end());
          filter = createLeakFilter(toolNames);
          const { index, event } = beginCall(part.id, part.name);
          indexes.set(part.call, index);
          return [...held, event];
        }
        case 'callArguments': {
          const index = indexes.get(part.call) ?? 0;
          const held = quoted.get(index);
          if (held !== undefined || (!begun.has(index) && part.text.trimStart().startsWith('"'))) {
            quoted.set(index, (held ?? '') + part.text);
            return [];
          }
          begun.add(index);
          return [{ type: 'toolCallArguments', index, text: part.text }];
        }
        case 'callEnd':
          return endCall(indexes.get(part.call) ?? 0);
        default:
          return [];
      }
    },
    end(reason) {
      const events = flush();
      return [...events, { type: 'finish', reason: finishReason(reason, count) }];
    },
  };
}

/** Events of an answer that is text and nothing else: code may well contain what reads like a marker. */
export function createPlainEvents(): AnswerEvents {
  return {
    push: (part) => (part.type === 'text' ? [{ type: 'text', text: part.text }] : []),
    end: (reason) => [{ type: 'finish', reason: reason === 'length' ? 'length' : 'stop' }],
    flush: () => [],
  };
}

/** The object in a string that holds one; else the text as it is. */
function unquoted(text: string): string {
  const outer = parseModelJson(text);
  if (!outer.ok || typeof outer.value !== 'string') return text;
  const inner = parseModelJson(outer.value);
  return inner.ok && isObject(inner.value) ? outer.value : text;
}

/** Servers say `stop` after a forced call and `tool_calls` without one. */
function finishReason(reason: 'stop' | 'length' | 'toolCalls', calls: number): Finish {
  if (reason === 'length') return 'length';
  return calls > 0 ? 'toolCalls' : 'stop';
}

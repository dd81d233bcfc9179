import { randomUUID } from 'node:crypto';
import type { ModelEvent } from '../backend.ts';
import type { AnswerParser } from './chatFormat.ts';
import { createLeakFilter, type LeakFilter, type LeakPart } from './leakedCalls.ts';

const endMarkers = ['<|im_end|>', '<|endoftext|>'];
/** Control tokens that stand for nothing in an answer; others are spelt out. */
const silent = new Set(['<|im_start|>', ...endMarkers]);

/**
 * Reads one ChatML answer while it arrives. With tools, `<tool_call>{json}</tool_call>` becomes a call, and so does a
 * call in a fence or as the whole answer (small models write these). An end marker that the model spelt out in plain
 * text is dropped at the end of the answer only: elsewhere it may be part of a file.
 */
export function createChatmlParser(toolNames: readonly string[]): AnswerParser {
  const filter = toolNames.length > 0 ? createLeakFilter(toolNames) : plainText();
  let held = '';
  let calls = 0;

  function toEvents(parts: readonly LeakPart[]): ModelEvent[] {
    return parts.flatMap((part): ModelEvent[] => {
      if (part.type !== 'call') return [part];
      const index = calls++;
      return [
        { type: 'toolCallBegin', index, id: newCallId(), name: part.name },
        { type: 'toolCallArguments', index, text: part.arguments },
        { type: 'toolCallEnd', index },
      ];
    });
  }

  return {
    push(piece) {
      if ('control' in piece && silent.has(piece.control)) return [];
      const text = held + ('control' in piece ? piece.control : piece.text);
      const keep = text.length - heldLength(text);
      held = text.slice(keep);
      return keep === 0 ? [] : toEvents(filter.push(text.slice(0, keep)));
    },
    end() {
      const rest = endsHere(held) ? '' : held;
      held = '';
      const events = toEvents([...(rest === '' ? [] : filter.push(rest)), ...filter.end()]);
      return { events, toolCalls: calls > 0 };
    },
  };
}

/** Nine letters and digits: what the strictest servers take, so that a session can move to one. */
const newCallId = () => randomUUID().replaceAll('-', '').slice(0, 9);

const plainText = (): LeakFilter => ({ push: (text) => [{ type: 'text', text }], end: () => [] });

/** Length of the end of `text` that is, or may become, end markers with nothing but white space between and after. */
function heldLength(text: string): number {
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const rest = afterMarkers(text.slice(at));
    if (rest === '' || endMarkers.some((marker) => marker.startsWith(rest))) return text.length - at;
  }
  return 0;
}

function afterMarkers(text: string): string {
  const marker = endMarkers.find((candidate) => text.startsWith(candidate));
  return marker === undefined ? text : afterMarkers(text.slice(marker.length).trimStart());
}

const endsHere = (text: string) => text !== '' && afterMarkers(text) === '';

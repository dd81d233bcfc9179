import { randomUUID } from 'node:crypto';
import type { ModelEvent } from '../../backend.ts';
import type { AnswerParser, AnswerPiece } from '../chatFormat.ts';
import { createJsonScanner, isObject, type JsonScanner, parseModelJson } from '../jsonScan.ts';
import { createLeakFilter, type LeakFilter, type LeakPart } from '../leakedCalls.ts';

/** Where the parser is: in text, or behind `[TOOL_CALLS]`. */
type Place =
  | { in: 'text' }
  | { in: 'thinking' }
  /** The name, or the start of a JSON list (v3, v7). */
  | { in: 'name'; name: string }
  | { in: 'callId'; name: string; id: string }
  | { in: 'arguments'; index: number; scanner: JsonScanner; ended: boolean }
  | { in: 'list'; json: string; scanner: JsonScanner };

/** Control tokens that stand for nothing in an answer. A model that writes one is confused; a person need not see it. */
const silent = /^(?:<s>|<\/s>|<unk>|<pad>|<SPECIAL_\d+>|\[.*\])$/;

/**
 * Reads one answer in any of Mistral's formats while it arrives: `[TOOL_CALLS]name[ARGS]{…}` (v13), with `[CALL_ID]id`
 * (v11), `[TOOL_CALLS][{"name", "arguments", "id"}]` (v3, v7), and what models make of them: no `[ARGS]`, text behind the
 * arguments, a call printed as plain text. Arguments stream as they are written, raw newlines in strings included.
 */
export function createMistralParser(toolNames: readonly string[]): AnswerParser {
  // Without tools only markers are taken out of text.
  const filter: LeakFilter = createLeakFilter(toolNames);
  let place: Place = { in: 'text' };
  let calls = 0;
  /** An `[ARGS]` came without the marker in front, and was given to the filter as text. */
  let strayArguments = false;

  function begin(name: string, id: string): ModelEvent[] {
    const index = calls++;
    place = { in: 'arguments', index, scanner: createJsonScanner(), ended: false };
    return [{ type: 'toolCallBegin', index, id: id.trim() || newCallId(), name: name.trim() || 'unknown' }];
  }

  function whole({ name, arguments: given }: { name: string; arguments: string }, id = ''): ModelEvent[] {
    const index = calls++;
    return [
      { type: 'toolCallBegin', index, id: id || newCallId(), name },
      { type: 'toolCallArguments', index, text: given },
      { type: 'toolCallEnd', index },
    ];
  }

  const fromParts = (parts: readonly LeakPart[]): ModelEvent[] =>
    parts.flatMap((part): ModelEvent[] => {
      if (part.type === 'call') return whole(part);
      const shown = strayArguments ? part.text.replaceAll('[ARGS]', '') : part.text;
      return shown === '' ? [] : [{ ...part, text: shown }];
    });

  /** What a place still owes when something else begins. */
  function leave(): ModelEvent[] {
    const left = place;
    place = { in: 'text' };
    switch (left.in) {
      case 'arguments':
        return left.ended ? [] : [{ type: 'toolCallEnd', index: left.index }];
      case 'list':
        return listCalls(left.json);
      case 'name':
        // A name with nothing behind it: a call without arguments if it is a tool's, else words.
        return toolNames.includes(left.name.trim())
          ? whole({ name: left.name.trim(), arguments: '{}' })
          : fromParts(filter.push(left.name));
      case 'callId':
        return left.name.trim() === '' ? [] : whole({ name: left.name.trim(), arguments: '{}' }, left.id.trim());
      default:
        return [];
    }
  }

  function listCalls(json: string): ModelEvent[] {
    const parsed = parseModelJson(json);
    const entries = parsed.ok && Array.isArray(parsed.value) ? parsed.value : parsed.ok ? [parsed.value] : [];
    const events = entries.flatMap((entry): ModelEvent[] => {
      if (!isObject(entry) || typeof entry.name !== 'string') return [];
      const given = entry.arguments ?? entry.parameters ?? {};
      const text = typeof given === 'string' ? given : JSON.stringify(given);
      return whole({ name: entry.name, arguments: text }, typeof entry.id === 'string' ? entry.id : '');
    });
    return events.length > 0 ? events : fromParts(filter.push(json));
  }

  function control(name: string): ModelEvent[] {
    switch (name) {
      case '[TOOL_CALLS]': {
        const events = leave();
        place = { in: 'name', name: '' };
        return events;
      }
      case '[CALL_ID]':
        if (place.in === 'name') place = { in: 'callId', name: place.name, id: '' };
        return [];
      case '[ARGS]':
        if (place.in === 'name') return begin(place.name, '');
        if (place.in === 'callId') return begin(place.name, place.id);
        // The model forgot the marker in front: the word before this one is the name.
        strayArguments ||= place.in === 'text';
        return place.in === 'text' ? fromParts(filter.push(name)) : [];
      case '[THINK]': {
        const events = leave();
        place = { in: 'thinking' };
        return events;
      }
      case '[/THINK]':
        if (place.in === 'thinking') place = { in: 'text' };
        return [];
      default:
        return silent.test(name) ? [] : text(name);
    }
  }

  function text(piece: string): ModelEvent[] {
    if (piece === '') return [];
    switch (place.in) {
      case 'text':
        return fromParts(filter.push(piece));
      case 'thinking':
        return [{ type: 'reasoning', text: piece }];
      case 'callId':
        return idOrArguments(place, piece);
      case 'name':
        return nameOrList(place.name + piece);
      case 'arguments':
        return argumentText(place, piece);
      case 'list': {
        const end = place.scanner.feed(piece);
        place.json += end === -1 ? piece : piece.slice(0, end);
        return end === -1 ? [] : [...leave(), ...text(piece.slice(end))];
      }
    }
  }

  function idOrArguments(at: { name: string; id: string }, piece: string): ModelEvent[] {
    const all = at.id + piece;
    const brace = all.indexOf('{');
    if (brace === -1) {
      place = { in: 'callId', name: at.name, id: all };
      return [];
    }
    return [...begin(at.name, all.slice(0, brace)), ...text(all.slice(brace))];
  }

  function nameOrList(all: string): ModelEvent[] {
    const jsonAt = all.search(/[[{]/);
    if (jsonAt === -1) {
      place = { in: 'name', name: all };
      return [];
    }
    const name = all.slice(0, jsonAt);
    if (name.trim() !== '' && all[jsonAt] === '{') return [...begin(name, ''), ...text(all.slice(jsonAt))];
    place = { in: 'list', json: name, scanner: createJsonScanner() };
    return text(all.slice(jsonAt));
  }

  function argumentText(at: { index: number; scanner: JsonScanner; ended: boolean }, piece: string): ModelEvent[] {
    const { index, scanner } = at;
    if (at.ended) return fromParts(filter.push(piece));
    const end = scanner.feed(piece);
    if (end === -1) return [{ type: 'toolCallArguments', index, text: piece }];
    at.ended = true;
    const rest = piece.slice(end);
    const said = rest.trim() === '' ? [] : fromParts(filter.push(rest));
    return [{ type: 'toolCallArguments', index, text: piece.slice(0, end) }, { type: 'toolCallEnd', index }, ...said];
  }

  return {
    push: (piece: AnswerPiece) => ('control' in piece ? control(piece.control) : text(piece.text)),
    end() {
      const events = [...leave(), ...fromParts(filter.end())];
      return { events, toolCalls: calls > 0 };
    },
  };
}

/** Nine letters and digits: what v3, v7 and v11 ask for. */
const newCallId = () => randomUUID().replaceAll('-', '').slice(0, 9);

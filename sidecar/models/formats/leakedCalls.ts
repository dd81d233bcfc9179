import { type Capture, callsOf } from './capturedCall.ts';
import { createFenceTracker } from './fenceTracker.ts';
import { createJsonScanner } from './jsonScan.ts';
import {
  afterMarker,
  afterName,
  bareArguments,
  bareObject,
  fencedObject,
  markedList,
  markers,
  nameChar,
  taggedObject,
  tags,
} from './leakPatterns.ts';
import { partialSuffix, prefixMatch } from './prefixMatch.ts';

export type LeakPart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** `arguments` is JSON text as the model wrote it; it may be cut off at the end of an answer. */
  | { type: 'call'; name: string; arguments: string };

/** Cleans an answer while it arrives: text that may be the start of a marker or a call is held back. */
export interface LeakFilter {
  push(text: string): LeakPart[];
  /** What was held back. */
  end(): LeakPart[];
}

/**
 * Recovers tool calls that a server passed on as text and strips control markers. Calls are looked for only when tools
 * were sent (`toolNames`). Code in fences and inline code stay as they are: a file may well contain a marker's name.
 */
export function createLeakFilter(toolNames: readonly string[]): LeakFilter {
  const known = new Set(toolNames);
  const withTools = known.size > 0;
  const fences = createFenceTracker();
  let buffer = '';
  let mode: 'text' | 'think' | 'marker' | 'json' | 'tail' = 'text';
  let capture: Capture | undefined;
  let ended = false;
  /** Nothing but calls and white space so far. */
  let blank = true;
  let afterCall = false;
  let lastChar = '';
  let out: LeakPart[] = [];

  function emit(type: 'text' | 'reasoning', text: string): void {
    let rest = text;
    if (type === 'text') {
      if (afterCall) rest = rest.trimStart();
      if (rest === '') return;
      if (rest.trim() !== '') {
        blank = false;
        afterCall = false;
      }
      fences.feed(rest);
      lastChar = rest.at(-1) ?? '';
    }
    if (rest === '') return;
    const last = out.at(-1);
    if (last?.type === type) last.text += rest;
    else out.push({ type, text: rest });
  }

  /** Takes the first `length` characters off the buffer. */
  function take(length: number): string {
    const taken = buffer.slice(0, length);
    buffer = buffer.slice(length);
    return taken;
  }

  /** Emits what is in front of `from` and collects JSON from `jsonAt` on. */
  function begin(from: number, jsonAt: number, about: { name?: string; certain: boolean; tail?: string }): true {
    emit('text', take(from));
    capture = { ...about, head: take(jsonAt - from), closed: '', scanner: createJsonScanner(), json: '' };
    mode = 'json';
    return true;
  }

  /** Holds the buffer from `at` on; at the end there is nothing to wait for. */
  function hold(at: number): boolean {
    if (ended) return false;
    emit('text', take(at));
    return true;
  }

  function finishCapture(found: Capture, whole: boolean): void {
    capture = undefined;
    mode = 'text';
    const calls = callsOf(found, known, whole);
    if (calls.length > 0) {
      out.push(...calls);
      afterCall = true;
      lastChar = '';
      fences.reset();
      return;
    }
    emit(
      'text',
      found.certain
        ? without([...tags, ...markers], found.json)
        : found.head + without(tags, found.json) + found.closed,
    );
  }

  /** One step; false if more text is needed. */
  function step(): boolean {
    if (mode === 'think') return thinkStep();
    if (mode === 'marker') return markerStep();
    if (mode === 'json' && capture) {
      const end = capture.scanner.feed(buffer);
      capture.json += take(end === -1 ? buffer.length : end);
      if (end === -1) return false;
      if (capture.tail === undefined) finishCapture(capture, true);
      else mode = 'tail';
      return true;
    }
    if (mode === 'tail' && capture) return tailStep(capture, capture.tail ?? '');
    return fences.inside() ? fenceStep() : textStep();
  }

  function thinkStep(): boolean {
    const close = '[/THINK]';
    const at = buffer.indexOf(close);
    if (at >= 0) {
      emit('reasoning', take(at));
      take(close.length);
      mode = 'text';
      return true;
    }
    emit('reasoning', take(buffer.length - (ended ? 0 : partialSuffix(buffer, close))));
    return false;
  }

  function markerStep(): boolean {
    const list = prefixMatch(buffer, 0, markedList);
    if (typeof list === 'number') return begin(0, buffer.search(/[[{]/), { certain: true });
    const results = afterMarker.map((tokens) => prefixMatch(buffer, 0, tokens));
    const found = results.find((result) => typeof result === 'number');
    if (typeof found === 'number') {
      const name = /[\w.-]+/.exec(buffer)?.[0] ?? '';
      return begin(0, found - 1, { name, certain: true });
    }
    if (!ended && [list, ...results].includes('more')) return false;
    mode = 'text';
    return true;
  }

  function tailStep(current: Capture, tail: string): boolean {
    const result = prefixMatch(buffer, 0, [/\s/, tail]);
    if (result === 'more' && !ended) return false;
    if (typeof result === 'number') current.closed = take(result);
    // More text inside the fence: this is not a call alone.
    finishCapture(current, typeof result === 'number' || ended || current.certain);
    return true;
  }

  function fenceStep(): boolean {
    const newline = buffer.indexOf('\n');
    emit('text', take(newline === -1 ? buffer.length : newline + 1));
    return newline !== -1;
  }

  function textStep(): boolean {
    for (let i = 0; i < buffer.length; i++) {
      const c = buffer[i] ?? '';
      const before = i === 0 ? lastChar : (buffer[i - 1] ?? '');
      if (c === '\n') {
        emit('text', take(i + 1));
        return true;
      }
      if (c === '[' && before !== '`') {
        const marker = markers.find((candidate) => buffer.startsWith(candidate, i));
        if (marker) return takeMarker(i, marker);
        if (markers.some((candidate) => candidate.startsWith(buffer.slice(i))) && hold(i)) return false;
      }
      if (!withTools) continue;
      const result = nameChar.test(c) && !nameChar.test(before) ? nameAt(i, before) : otherAt(i, c, before);
      if (result === 'begun') return true;
      if (result === 'more') {
        if (hold(i)) return false;
        continue;
      }
      i = result;
    }
    emit('text', take(buffer.length));
    return false;
  }

  function takeMarker(at: number, marker: string): true {
    emit('text', take(at));
    take(marker.length);
    if (marker === '[THINK]') mode = 'think';
    if (marker === '[TOOL_CALLS]' && withTools) mode = 'marker';
    return true;
  }

  /** A word, which may be a call's name: `begun`, `more`, or the index to go on after. */
  function nameAt(at: number, before: string): 'begun' | 'more' | number {
    let end = at;
    while (end < buffer.length && nameChar.test(buffer[end] ?? '')) end++;
    const word = buffer.slice(at, end);
    if (end === buffer.length) return word.length <= 64 ? 'more' : end - 1;
    const results = afterName.map((tokens) => prefixMatch(buffer, end, tokens));
    const found = results.find((result) => typeof result === 'number');
    if (typeof found === 'number' && before !== '`') {
      // The text before a call can be glued to its name.
      const name = known.has(word) ? word : (toolNames.find((tool) => word.endsWith(tool)) ?? word);
      return begin(end - name.length, found - 1, { name, certain: true }) && 'begun';
    }
    if (results.includes('more') && before !== '`') return 'more';
    if (known.has(word) && before !== '`') {
      const result = prefixMatch(buffer, end, bareArguments);
      if (typeof result === 'number') return begin(at, end, { name: word, certain: blankUpTo(at) }) && 'begun';
      if (result === 'more') return 'more';
    }
    return end - 1;
  }

  function otherAt(at: number, c: string, before: string): 'begun' | 'more' | number {
    if (c === '<' && before !== '`') {
      const open = prefixMatch(buffer, at, taggedObject);
      if (typeof open === 'number') return begin(at, open - 1, { certain: true, tail: '</tool_call>' }) && 'begun';
      if (open === 'more' && !ended) return 'more';
      // One that begins or ends no call is a marker like the others.
      const stray = tags.find((tag) => buffer.startsWith(tag, at));
      if (stray) return takeMarker(at, stray) && 'begun';
      if (tags.some((tag) => tag.startsWith(buffer.slice(at)))) return 'more';
    }
    if (c === '`' && fences.lineStart(buffer.slice(0, at))) {
      const open = prefixMatch(buffer, at, fencedObject);
      if (open === 'more') return 'more';
      if (typeof open === 'number') {
        const fence = /^`+/.exec(buffer.slice(at))?.[0] ?? '```';
        const jsonAt = at + buffer.slice(at).search(/[[{]/);
        return begin(at, jsonAt, { certain: false, tail: fence }) && 'begun';
      }
    }
    if ((c === '{' || c === '[') && blankUpTo(at)) {
      const open = prefixMatch(buffer, at, bareObject);
      if (open === 'more') return 'more';
      if (typeof open === 'number') return begin(at, at, { certain: false }) && 'begun';
    }
    return at;
  }

  const blankUpTo = (at: number) => blank && buffer.slice(0, at).trim() === '';

  function drain(): LeakPart[] {
    out = [];
    while (buffer !== '' && step());
    return out;
  }

  return {
    push(text) {
      buffer += text;
      return drain();
    },
    end() {
      ended = true;
      out = drain();
      if (capture) finishCapture(capture, mode === 'tail');
      return out;
    },
  };
}

/** What looked like a call may hold the markers of the next. */
const without = (words: readonly string[], text: string) =>
  words.reduce((rest, word) => rest.replaceAll(word, ''), text);

import type { ModelEvent } from '../models/backend.ts';

/**
 * What an answer has told so far, kept while it may have to be sampled again: the second time passes over what is known.
 * Only text and calls are told once; progress is told anew.
 */
export interface Told {
  /** A new try begins. */
  again(): void;
  /** The part of an event that is new, or null. */
  unseen(event: ModelEvent): ModelEvent | null;
}

export function createTold(): Told {
  /** Characters told of text, reasoning and each call's arguments; calls begun and ended count 1. */
  const told = new Map<string, number>();
  let seen = new Map<string, number>();

  function rest<T extends { text: string }>(key: string, event: T): T | null {
    const from = seen.get(key) ?? 0;
    const before = told.get(key) ?? 0;
    seen.set(key, from + event.text.length);
    const text = event.text.slice(Math.max(0, before - from));
    if (text === '') return null;
    told.set(key, from + event.text.length);
    return { ...event, text };
  }

  function once(key: string, event: ModelEvent): ModelEvent | null {
    if (told.has(key)) return null;
    told.set(key, 1);
    return event;
  }

  return {
    again() {
      seen = new Map();
    },
    unseen(event) {
      switch (event.type) {
        case 'text':
        case 'reasoning':
          return rest(event.type, event);
        case 'toolCallArguments':
          return rest(`arguments ${event.index}`, event);
        case 'toolCallBegin':
        case 'toolCallEnd':
          return once(`${event.type} ${event.index}`, event);
        default:
          return event;
      }
    },
  };
}

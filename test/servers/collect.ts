import type { ModelEvent } from '../../sidecar/models/backend.ts';

/** A stream's events put together, for assertions. */
export interface Collected {
  events: ModelEvent[];
  text: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: string }[];
  /** `finish` reasons and problem codes, in order: exactly one is right, and it is the last event. */
  ends: string[];
}

/** Reads a stream to its end. */
export async function collect(stream: AsyncIterable<ModelEvent>): Promise<Collected> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  return summarise(events);
}

/** Joins the pieces of text, thought and calls. */
export function summarise(events: ModelEvent[]): Collected {
  const joined = (type: 'text' | 'reasoning') =>
    events.map((event) => (event.type === type ? event.text : '')).join('');
  const begins = events.filter((event) => event.type === 'toolCallBegin');
  return {
    events,
    text: joined('text'),
    reasoning: joined('reasoning'),
    calls: begins.map(({ id, name, index }) => ({
      id,
      name,
      arguments: events
        .map((event) => (event.type === 'toolCallArguments' && event.index === index ? event.text : ''))
        .join(''),
    })),
    ends: events.flatMap((event) =>
      event.type === 'finish' ? [event.reason] : event.type === 'error' ? [event.problem.code] : [],
    ),
  };
}

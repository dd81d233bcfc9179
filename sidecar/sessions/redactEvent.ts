import type { AgentCall, AgentEvent } from '../protocol/agentEvents.ts';
import { redactText } from './redact.ts';

/** Whether `.devstralignore` names a path (as a model or a person writes it). */
export type IsIgnored = (path: string) => boolean;

export const nothingIgnored: IsIgnored = () => false;

/**
 * What of an event may stand in a log or an export: without secrets, and without the contents of ignored files. One for
 * each log, in the order of its events: a result is tied to its call by that. Contents of files that go along with a
 * message are one text, so whoever puts them together leaves ignored files out.
 */
export function createRedaction(isIgnored: IsIgnored = nothingIgnored): (event: AgentEvent) => AgentEvent {
  /** Ids of calls of the last answer that name an ignored file, with that file. */
  let hidden = new Map<string, string>();
  return (event) => {
    if (event.type === 'answer') {
      hidden = new Map(
        event.calls.flatMap((call) => ignoredFile(call, isIgnored).map((path) => [call.id, path] as const)),
      );
      const calls = event.calls.map((call) => redactCall(call, hidden.get(call.id)));
      return { ...redactFields(event), calls };
    }
    const path = event.type === 'callEnd' ? hidden.get(event.callId) : undefined;
    if (event.type === 'callEnd' && path !== undefined) return { ...event, text: notKept(path) };
    if (event.type === 'reviewed') {
      const ignored = event.files.find((file) => isIgnored(file.path));
      if (ignored) return { ...event, told: `The person reviewed your edits. ${notKept(ignored.path)}` };
    }
    return redactFields(event);
  };
}

const notKept = (path: string) => `(Not kept: ${path} is in .devstralignore.)`;

/** Every text of an event; ids and kinds match no form of a secret. */
function redactFields<T>(value: T): T {
  if (typeof value === 'string') return redactText(value) as T;
  if (Array.isArray(value)) return value.map(redactFields) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactFields(field)])) as T;
}

function redactCall(call: AgentCall, hidden: string | undefined): AgentCall {
  const args = parsed(call.arguments);
  if (args === undefined) {
    return { ...call, arguments: hidden === undefined ? redactText(call.arguments) : '{}' };
  }
  const redacted = redactValue(args, '', (text) => (hidden === undefined || text === hidden ? text : notKept(hidden)));
  const unchanged = JSON.stringify(redacted) === JSON.stringify(args);
  // As the model wrote it where nothing is taken out: the prompt goes on token by token.
  return unchanged ? call : { ...call, arguments: JSON.stringify(redacted) };
}

/** Texts within arguments, each with the name that it has there: that alone can make it a secret. */
function redactValue(value: unknown, name: string, change: (text: string) => string): unknown {
  if (typeof value === 'string') {
    const text = redactText(change(value));
    if (name === '' || /\s/.test(text)) return text;
    const start = `"${name}": "`;
    const named = redactText(`${start}${text}"`);
    return named.startsWith(start) ? named.slice(start.length, -1) : text;
  }
  if (Array.isArray(value)) return value.map((item) => redactValue(item, name, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactValue(field, key, change)]));
}

/** The first ignored file that a call names: as one of its values, or as a word of its command. */
function ignoredFile(call: AgentCall, isIgnored: IsIgnored): string[] {
  const texts = textsOf(parsed(call.arguments));
  const words = texts.flatMap((text) => (text.includes('\n') ? [] : text.split(/[\s"'`=<>|;&()]+/)));
  const found = [...texts.filter((text) => text.length < 1000 && !text.includes('\n')), ...words].find(
    (word) => word !== '' && isIgnored(word),
  );
  return found === undefined ? [] : [found];
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

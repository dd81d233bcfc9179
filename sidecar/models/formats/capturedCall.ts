import { isObject, type JsonScanner, parseModelJson } from './jsonScan.ts';
import type { LeakPart } from './leakedCalls.ts';

/** JSON that is being collected because it is, or may be, a call. */
export interface Capture {
  /** Raw text in front of the JSON, given back if it turns out not to be a call. */
  head: string;
  /** The JSON is this tool's arguments; without it the JSON names its tool. */
  name?: string;
  /** A marker said so: it is a call whatever the JSON looks like. */
  certain: boolean;
  /** What closes it after the JSON. */
  tail?: string;
  /** The tail as it stood there. */
  closed: string;
  scanner: JsonScanner;
  json: string;
}

/** The calls that collected JSON stands for; none if it is no call. */
export function callsOf(found: Capture, known: ReadonlySet<string>, whole: boolean): LeakPart[] {
  const parsed = parseModelJson(found.json);
  if (found.name !== undefined) {
    const usable = found.certain || (whole && parsed.ok && isObject(parsed.value));
    return usable ? [{ type: 'call', name: found.name, arguments: found.json }] : [];
  }
  if (!parsed.ok || !whole) return [];
  const calls: LeakPart[] = [];
  for (const entry of Array.isArray(parsed.value) ? parsed.value : [parsed.value]) {
    if (!isObject(entry) || typeof entry.name !== 'string') return [];
    if (!found.certain && !known.has(entry.name)) return [];
    const given = entry.arguments ?? entry.parameters;
    if (!found.certain && !isObject(given)) return [];
    calls.push({
      type: 'call',
      name: entry.name,
      arguments: typeof given === 'string' ? given : JSON.stringify(given ?? {}),
    });
  }
  return calls;
}

import { isObject } from '../../formats/jsonScan.ts';
import { type Connection, readText } from './connection.ts';
import type { ErrorReply } from './errors.ts';

/** Longest small answer that is read (characters). */
const longest = 8_000_000;

/** Asks for a small answer: a GET, or a POST if there is a body. Null if none came. */
export async function askSmall(
  connection: Connection,
  url: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<ErrorReply | null> {
  const sent = await connection.send(body === undefined ? 'GET' : 'POST', url, body, signal);
  if (sent.kind !== 'reply') return null;
  try {
    const { status, headers } = sent.reply;
    return { status, headers, body: connection.scrub(await readText(sent.reply, longest)) };
  } catch {
    return null;
  }
}

/** The object in an answer with status 200; null for anything else. */
export function jsonOf(reply: ErrorReply | null): Record<string, unknown> | null {
  if (reply?.status !== 200) return null;
  try {
    const value: unknown = JSON.parse(reply.body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** A GET or a small POST whose answer is JSON. Null for anything else. */
export async function getJson(
  connection: Connection,
  url: string,
  signal: AbortSignal,
  body?: unknown,
): Promise<Record<string, unknown> | null> {
  return jsonOf(await askSmall(connection, url, signal, body));
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ReplayServer, startReplayServer } from './replayServer.ts';

/** One recorded exchange with a real server. */
export interface Capture {
  case: string;
  method: string;
  path: string;
  body: unknown;
  utf8?: string;
  base64?: string;
}

/** Servers that were recorded. */
export const capturedServers = readdirSync(join('test', 'fixtures', 'captures')).map((file) =>
  file.replace('.jsonl.gz', ''),
);

/** The exchanges recorded with one server, in order. */
export function loadCaptures(server: string): Capture[] {
  const text = gunzipSync(readFileSync(join('test', 'fixtures', 'captures', `${server}.jsonl.gz`))).toString('utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Capture);
}

/** Status line, headers and body as they came. */
export const bytesOf = (capture: Capture): Buffer =>
  capture.base64 === undefined ? Buffer.from(capture.utf8 ?? '') : Buffer.from(capture.base64, 'base64');

/** The body of an answer that is a stream, and how it is framed; null for any other. */
export function streamOf(capture: Capture): { body: Buffer; framing: 'events' | 'lines' } | null {
  const bytes = bytesOf(capture);
  const end = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, end).toString('latin1');
  const kind = /^content-type: (text\/event-stream|application\/x-ndjson)/im.exec(head)?.[1];
  if (kind === undefined) return null;
  return { body: bytes.subarray(end + 4), framing: kind === 'text/event-stream' ? 'events' : 'lines' };
}

export const jsonReply = (body: unknown, status = 200): Buffer =>
  Buffer.from(`HTTP/1.1 ${status} Scripted\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(body)}`);

/**
 * A recorded server: its GETs by path, its `/api/show`, and `chat` for completions. `more` has what the recordings lack;
 * `without` drops cases, so that the next recorded answer of that path (the one without a key) takes its place.
 */
export function replayCaptured(
  server: string,
  options: {
    chat?(body: string): Buffer | null;
    more?: Record<string, Buffer>;
    without?: readonly string[];
  } = {},
): Promise<ReplayServer> {
  const all = loadCaptures(server).filter((capture) => !options.without?.includes(capture.case));
  return startReplayServer({
    reply({ method, path, body }) {
      if ((path === '/v1/chat/completions' || path === '/api/chat') && method === 'POST')
        return options.chat?.(body) ?? null;
      const added = options.more?.[path];
      if (added) return added;
      const found = all.find((capture) => capture.method === method && capture.path === path);
      return found ? bytesOf(found) : null;
    },
  });
}

/** The recorded answer of a case. */
export function captured(server: string, name: string): Buffer {
  const found = loadCaptures(server).find((capture) => capture.case === name);
  if (!found) throw new Error(`${server} has no case ${name}`);
  return bytesOf(found);
}

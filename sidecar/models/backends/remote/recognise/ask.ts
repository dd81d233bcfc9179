import type { Connection } from '../connection.ts';
import type { ErrorReply } from '../errors.ts';
import type { ServerUrl } from '../serverUrl.ts';
import { askSmall } from '../smallAnswer.ts';

/** Asks a path below the server's root, once: the same path again gives the same answer. Null if none came. */
export type Ask = (path: string, body?: unknown) => Promise<ErrorReply | null>;

/** A path that a server does not know is answered at once; one that hangs must not hold up the others (ms). */
const mostMs = 3000;

/** Small questions to one server, each answered within three seconds or not at all. */
export function createAsk(connection: Connection, server: ServerUrl, signal: AbortSignal): Ask {
  const asked = new Map<string, Promise<ErrorReply | null>>();
  return (path, body) => {
    const key = `${path} ${JSON.stringify(body)}`;
    let answer = asked.get(key);
    if (!answer) {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(mostMs)]);
      answer = askSmall(connection, `${server.root}${path}`, limited, body);
      asked.set(key, answer);
    }
    return answer;
  };
}

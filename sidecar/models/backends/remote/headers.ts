import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { t } from '../../../protocol/translate.ts';

/** Headers that carry keys: those belong in secret storage, by origin. */
const keyHeader = /^(authorization|proxy-authorization|cookie|(x-)?api-key|x-.*(key|token|secret))$/;
/** Headers that belong to the connection. */
const ownHeader =
  /^(host|accept|accept-encoding|content-type|content-length|connection|transfer-encoding|expect|te|upgrade)$/;

/** Why the headers of a server's entry are not sent; null if they are. A value is never quoted. */
export function headerProblem(server: string, headers: Readonly<Record<string, string>>): ProblemReport | null {
  for (const [name, value] of Object.entries(headers)) {
    const refused = (reason: string) =>
      problem('serverHeaderRefused', { server, header: name.slice(0, 40).replace(/[^\x20-\x7e]/g, '?'), reason });
    const lower = name.toLowerCase();
    if (keyHeader.test(lower)) {
      return refused(t('would hold a key; remove it and use Set Server Key, or DEVSTRAL_API_KEY in a terminal'));
    }
    if (ownHeader.test(lower)) return refused(t('is set by Devstral itself; remove it'));
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      return refused(t('has a character that a header cannot have; correct it'));
    }
  }
  return null;
}

import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { listed, t } from '../../protocol/translate.ts';

const tlsCodes = /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS|ERR_SSL|HOSTNAME_MISMATCH|INVALID_CA)/;

/** What kept a request from the hub, where trying again is of no use; null for a lost connection. */
export function certificateProblem(error: unknown, host: string): ProblemReport | null {
  const code = errorCode(error);
  return tlsCodes.test(code) ? problem('tls', { host, reason: code }, String(error)) : null;
}

/** Why the hub does not send something of a repository, if its answer says so. */
export function refusalProblem(status: number, errorCodeHeader: unknown, repo: string): ProblemReport | null {
  const said = String(errorCodeHeader ?? '');
  const details = listed([t('status {status}', { status }), said]);
  // The hub answers 401 for a repository that does not exist too.
  if (said === 'RepoNotFound') return problem('hubNotFound', { what: repo }, details);
  if (status === 401 || status === 403) return problem('hubRefused', { repo }, details);
  return null;
}

/** The code of an error or of what caused it; empty if none has one. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const code = 'code' in error ? String(error.code) : '';
  return code || errorCode(error.cause);
}

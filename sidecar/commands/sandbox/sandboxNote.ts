import type { Sandbox } from './sandbox.ts';

const noNetwork =
  /Could not resolve host|Temporary failure in name resolution|Name or service not known|EAI_AGAIN|ENOTFOUND|ENETUNREACH|Network is unreachable|dial tcp: lookup|No address associated|getaddrinfo|Failed to establish a new connection|Connection refused.*:53/i;
const noWrite = /Read-only file system|EROFS|Operation not permitted|Permission denied|Device or resource busy/;

/** For the model, when a command in the sandbox ended badly because of it; null otherwise. Pure. */
export function sandboxNote(
  sandbox: Sandbox,
  { output, code, network }: { output: string; code: number; network: boolean },
): string | null {
  if (sandbox.kind === 'none' || code === 0) return null;
  const why =
    !network && noNetwork.test(output)
      ? 'there is no network'
      : noWrite.test(output)
        ? 'only the workspace and /tmp can be written'
        : null;
  if (why === null) return null;
  return `This ran in the sandbox, where ${why}. If the command needs more, send it again with outside_sandbox true; the person may be asked.`;
}

/** Downloads that survive a flaky mirror. */
export type Fetcher = (url: string) => Promise<Uint8Array>;

export type DownloadResult =
  | { kind: 'done'; url: string; bytes: Uint8Array }
  | { kind: 'failed'; reasons: string[] };

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ask one mirror up to `attempts` times. Resolves to undefined, with the reasons noted, if it never answers. */
async function fromMirror(
  fetcher: Fetcher,
  url: string,
  attempts: number,
  reasons: string[],
): Promise<Uint8Array | undefined> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      return fetcher(url);
    } catch (error) {
      reasons.push(`${url} (attempt ${attempt}): ${reasonOf(error)}`);
    }
  }
  return undefined;
}

/** The first of the mirrors that delivers wins. Never rejects: a failure is a result with its reasons. */
export async function download(fetcher: Fetcher, mirrors: readonly string[], attempts = 2): Promise<DownloadResult> {
  const reasons: string[] = [];
  for (const url of mirrors) {
    const bytes = await fromMirror(fetcher, url, attempts, reasons);
    if (bytes !== undefined) return { kind: 'done', url, bytes };
  }
  return { kind: 'failed', reasons };
}

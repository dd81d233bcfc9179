import { problem } from '../../protocol/problems.ts';
import type { Answer } from './directRequest.ts';
import { type DownloadOptions, type DownloadResult, downloadFile } from './downloadFile.ts';
import type { Ask } from './followRedirects.ts';
import { hubFileUrl, requestHub } from './hubRequest.ts';
import { refusalProblem } from './networkProblem.ts';

/** One file that the hub publishes; a `CatalogEntry` is one too. */
export interface PublishedFile {
  /** Short name of its model, for progress. */
  name: string;
  repo: string;
  /** Path in the repository, with `/`. */
  file: string;
  /** Commit; without it the newest. */
  revision?: string;
  /** Bytes. */
  size: number;
  sha256: string;
}

/** Fetches a file of the hub into `part`, as `downloadFile` does. The caller checks the hash. */
export function downloadFromHub(
  file: PublishedFile,
  part: string,
  options: DownloadOptions & { ask: Ask<Answer> },
): Promise<DownloadResult> {
  const url = hubFileUrl(file.repo, file.revision ?? 'main', file.file);
  return downloadFile(
    {
      url,
      size: file.size,
      what: `${file.repo}/${file.file}`,
      async request(headers) {
        const { answer, fromHub, linkedSha256 } = await requestHub(url, headers, options.ask);
        const isOther = linkedSha256 !== null && linkedSha256 !== file.sha256;
        const changed = () => problem('hubFileChanged', { file: file.file }, `sha256 ${linkedSha256}`);
        return { answer, fromOrigin: fromHub, ...(isOther ? { problem: changed() } : {}) };
      },
      refusal: ({ statusCode, headers }) => refusalProblem(statusCode, headers['x-error-code'], file.repo),
    },
    part,
    options,
  );
}

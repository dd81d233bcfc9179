import { basename } from 'node:path';
import { URI } from 'vscode-uri';

/** File name of a uri, for texts that people read. */
export function shortName(uri: string): string {
  return basename(URI.parse(uri).path) || uri;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fixStart } from '../../sidecar/protocol/fix.ts';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';
import { startSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';

export interface FirstToken {
  /** Milliseconds from the request to the first token that was written. */
  coldMs: number;
  warmMs: number;
}

/** Time from command to first token through the real sidecar: process and model not loaded, then both warm and the same file. */
export async function runFirstTokenBench(): Promise<FirstToken> {
  const folder = temporaryFolder('bench');
  const file = join(folder, 'stats.py');
  writeFileSync(file, readFileSync('test/fixtures/sample/stats.py', 'utf8'));
  const startedAt = performance.now();
  const sidecar = await startSidecar({ folder, settings: { modelsFolder: dataFolders().models } });
  const firstToken = async (from: number): Promise<number> => {
    const abort = new AbortController();
    let at = 0;
    const watch = setInterval(() => {
      if (sidecar.progress.some(({ progress }) => progress.phase === 'writing')) {
        at = performance.now() - from;
        abort.abort();
      }
    }, 5);
    sidecar.progress.length = 0;
    await sidecar.request(fixStart, { uri: pathToFileURL(file).href, diagnostics: [] }, abort.signal);
    clearInterval(watch);
    return Math.round(at);
  };
  const coldMs = await firstToken(startedAt);
  const warmMs = await firstToken(performance.now());
  await sidecar.stop();
  return { coldMs, warmMs };
}

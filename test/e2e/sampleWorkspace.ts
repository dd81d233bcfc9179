import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A copy of the sample workspace, so that a test may change it. */
export function sampleWorkspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-e2e-'));
  cpSync('test/fixtures/sample', folder, { recursive: true });
  return folder;
}

/** A private home for the sidecar that shares the models of this person. */
export function privateHome(): string {
  return mkdtempSync(join(tmpdir(), 'devstral-home-'));
}

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
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

/** Waits until a file on disk has this text. */
export async function becomes(file: string, text: string, timeoutMs = 15_000): Promise<void> {
  const until = Date.now() + timeoutMs;
  while (readFileSync(file, 'utf8') !== text && Date.now() < until) await new Promise((done) => setTimeout(done, 100));
  assert.equal(readFileSync(file, 'utf8'), text);
}

import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { showProblem } from '../../extension/problemMessage.ts';
import { problem } from '../../sidecar/protocol/problems.ts';
import { createModelHost, type ModelHost } from './modelHost.ts';
import { waitFor } from './waitFor.ts';

const repo = 'tests/Devstral-Tiny-GGUF';
const file = 'devstral-tiny-Q4_K_M.gguf';

describe('model files', () => {
  let host: ModelHost;
  before(async () => {
    host = await createModelHost(repo, file);
    await host.start();
  });
  afterEach(() => host.reset());
  after(() => host.stop());

  const told = (pattern: RegExp) =>
    waitFor(`"${pattern}" in ${host.messages.texts}`, () => host.messages.texts.some((text) => pattern.test(text)));

  it('Manage Models lists them with their sizes, and removes one after a question', async () => {
    const path = host.putTiny('by-hand.Q4_K_M.gguf');
    const { list, done } = await host.openList('devstral.manageModels');
    assert.equal(list.title(), 'Manage Models: 3 MB on this computer');
    assert.deepEqual(
      list.items().map(({ label, description }) => [label, description]),
      [[`$(chip) ${basename(path)}`, 'Q4_K_M, 3.4 MB']],
    );
    list.press(/by-hand/, 'Remove from This Computer');
    await told(/^Remove by-hand\.Q4_K_M\.gguf from this computer\?$/);
    assert.ok(existsSync(path));

    host.messages.answer(/^Remove/, 'Remove');
    list.press(/by-hand/, 'Remove from This Computer');
    await waitFor('the new list', () => list.items().length === 0);
    assert.equal(list.title(), 'Manage Models: 0 MB on this computer');
    assert.ok(!existsSync(path));
    list.hide();
    await done;
  });

  it('Verify File reads it with numbers; a damaged one is fetched again', async () => {
    await host.set({ 'devstral.model': `${repo}:Q4_K_M` });
    const { list, done } = await host.openList();
    list.accept(/Q4_K_M/);
    await done;
    await host.shows(/^\$\(chip\) \S+$/);
    const path = join(host.models, 'tests--Devstral-Tiny-GGUF', file);

    host.messages.answer(/^The output makes no sense\./, 'Verify File');
    await showProblem(problem('outputIsNoise', { n: 128 }));
    await told(/^devstral-tiny-Q4_K_M\.gguf is as published\.$/);
    assert.ok(host.messages.texts.includes('Devstral: Verify model file'));
    assert.ok(
      host.messages.reports.some((text) => /^Checking .+, \d+%$/.test(text)),
      host.messages.reports.join(),
    );

    const bytes = readFileSync(path);
    bytes.writeUInt32LE(~bytes.readUInt32LE(bytes.length - 64) >>> 0, bytes.length - 64);
    writeFileSync(path, bytes);
    host.messages.texts.length = 0;
    await host.run('devstral.verifyModel');
    await told(/^Model file is damaged\. /);
    host.hub.storageRequests.length = 0;
    host.messages.answer(/^Model file is damaged\. /, 'Download Again');
    await host.run('devstral.verifyModel');
    await waitFor('the download', () => host.hub.storageRequests.length === 1);
    assert.deepEqual(readFileSync(path), host.tiny);
  });

  it('says where nothing published is known', async () => {
    host.putTiny('other.gguf');
    const { list, done } = await host.openList();
    list.accept(/other\.gguf/);
    await done;
    await host.run('devstral.verifyModel');
    await told(/^No checksum to compare with\. other\.gguf is all there, but/);
  });
});

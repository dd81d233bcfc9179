import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { holdStorage, rangeOf } from '../servers/hubServer.ts';
import { createModelHost, type ModelHost } from './modelHost.ts';
import { waitFor } from './waitFor.ts';

const repo = 'bartowski/Codestral-22B-v0.1-GGUF';
const file = 'Codestral-22B-v0.1-Q4_K_M.gguf';

describe('a download in the window', () => {
  let host: ModelHost;
  const path = () => join(host.models, repo.replace('/', '--'), file);
  before(async () => {
    host = await createModelHost(repo, file);
    await host.start();
    await host.set({ 'devstral.model': host.putTiny('tiny.gguf') });
  });
  after(() => host.stop());

  const told = (pattern: RegExp) =>
    waitFor(`"${pattern}" in ${host.messages.texts}`, () => host.messages.texts.some((text) => pattern.test(text)));

  it('asks about a limited licence before anything is asked for', async () => {
    const { list, done } = await host.openList();
    list.accept(/Codestral/);
    await done;
    await told(/^Codestral 22B, for completion comes under the Mistral AI Non-Production Licence$/);
    assert.deepEqual([host.hub.requests.length, host.hub.storageRequests.length], [0, 0]);
    assert.ok(!existsSync(path()));
  });

  it('shows in the status bar, is cancelled, offered and resumed', async () => {
    const half = Math.floor(host.tiny.length / 2);
    const held = holdStorage(host.hub, file, half);
    host.messages.answer(/comes under the/, 'Accept');
    const { list, done } = await host.openList();
    list.accept(/Codestral/);
    await host.shows(/^\$\(cloud-download\) Codestral 50%$/);
    assert.match(host.statusBar().tooltip, /downloading, 2 MB of 3 MB.* \[Pause\]\(command:devstral\.pauseDownload/);
    await waitFor('numbers', () =>
      host.messages.reports.some((text) => /^Downloading Codestral, \d MB of 3 MB/.test(text)),
    );
    assert.ok(host.messages.cancel(/Codestral 22B/));
    await done;
    await host.shows(/^\$\(debug-pause\) Codestral 50%$/);
    assert.match(host.statusBar().tooltip, /2 MB of 3 MB are here \[Resume\]\(command:devstral\.resumeDownload/);

    // A new process finds it as a restarted editor does.
    await host.run('devstral.restartSidecar');
    await host.shows(/^\$\(debug-pause\) Codestral 50%$/);
    const managed = await host.openList('devstral.manageModels');
    const [begun] = managed.list.items().filter(({ label }) => /Codestral/.test(label));
    assert.match(begun?.label ?? '', /^\$\(debug-pause\) /);
    assert.deepEqual(
      begun?.buttons?.map(({ tooltip }) => tooltip),
      ['Resume Download', 'Remove from This Computer'],
    );
    managed.list.accept(/Codestral/);
    await managed.done;
    await host.shows(/^\$\(cloud-download\) Codestral/);
    const again = await host.openList();
    again.list.press(/Codestral/, 'Pause Download');
    await host.shows(/^\$\(debug-pause\)/);

    held.release();
    await waitFor('the paused item', () =>
      again.list.items().some(({ buttons }) => buttons?.some(({ tooltip }) => tooltip === 'Resume Download')),
    );
    again.list.press(/Codestral/, 'Resume Download');
    await told(/^Codestral 22B, for completion is on this computer now\.$/);
    await again.done;
    assert.ok(existsSync(path()));
    assert.deepEqual([...new Set(host.hub.storageRequests.map(rangeOf))], [0, half]);
    await host.shows(/^\$\(chip\) tiny/);
  });
});

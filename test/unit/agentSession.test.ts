import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import { scriptedBackend } from './scriptedAgent.ts';
import { openTestSession, personWho } from './testSession.ts';

describe('a message while the model loads', () => {
  let top = '';
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-session-')));
    mkdirSync(join(top, 'app'));
  });
  afterEach(() => rmSync(top, { recursive: true }));

  it('is on disk and told before the model is ready, and a stop ends its turn', async () => {
    const { backend, asked } = scriptedBackend([{ text: 'Hello.', calls: [] }]);
    const { person } = personWho(() => ({ answer: 'reject_once' }));
    const stop = new AbortController();
    const { session, log } = await openTestSession({
      ...{ root: join(top, 'app'), data: join(top, 'data'), mode: 'ask', backend, person, tools: [] },
      async prepare(onProgress, signal) {
        onProgress({ phase: 'loading', name: 'Starter', fraction: 0.5 });
        await new Promise((aborted) => signal.addEventListener('abort', aborted));
        return { kind: 'cancelled' };
      },
    });
    const kinds: LoopEvent['type'][] = [];
    for await (const event of session.send(
      { text: 'Hi', context: '', attached: [], images: [], sources: [] },
      stop.signal,
    )) {
      kinds.push(event.type);
      if (event.type === 'user') assert.equal(log.events.at(-1)?.event, event);
      if (event.type === 'progress') stop.abort();
    }
    assert.deepEqual(kinds, ['user', 'progress', 'end']);
    const last = log.events.at(-1)?.event;
    assert.ok(last?.type === 'end' && last.reason === 'stopped');
    assert.equal(asked.length, 0);
    await log.close();
  });
});

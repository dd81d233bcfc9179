import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Backend, Message, ModelEvent } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { modelPrepare } from '../../sidecar/protocol/models.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import {
  sessionCreate,
  sessionEvents,
  sessionReadAhead,
  sessionSend,
  sessionStop,
} from '../../sidecar/protocol/sessions.ts';
import { startScriptedServer } from '../servers/scriptedServer.ts';
import { startSidecar } from '../sidecar/startSidecar.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

const never = new AbortController().signal;
const greedy = { temperature: 0, maxTokens: 4 };
const long = `${'def f(a, b):\n    return a + b\n\n'.repeat(40)}`;
const user = (content: string): Message => ({ role: 'user', content });

async function all(stream: AsyncIterable<ModelEvent>, see = (_: ModelEvent) => {}): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    see(event);
  }
  return events;
}
const usageOf = (events: readonly ModelEvent[]) =>
  events.find((event) => event.type === 'usage') ?? assert.fail(`no usage: ${JSON.stringify(events.at(-1))}`);

describe('reading ahead', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-ahead-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  describe('in the engine', () => {
    let backend: Backend;
    before(async () => {
      backend = createLocalBackend({
        ...{ modelPath: smolModel(), name: 'Test', contextSize: 0, threads: 0, gpu: 'off', dataFolder: folder },
        log: { info: () => undefined, warn: () => undefined },
      });
    });
    after(() => backend.dispose());
    const read = (content: string, see?: (event: ModelEvent) => void) =>
      all(backend.stream({ messages: [user(content)], tools: [], sampling: greedy, readOnly: true }, never), see);
    const ask = (content: string) =>
      all(backend.stream({ messages: [user(content)], tools: [], sampling: greedy }, never));

    it('does nothing before the model is loaded', async () => {
      assert.deepEqual(await read(long), [{ type: 'finish', reason: 'cancelled' }]);
    });

    it('writes nothing, and the next prompt is read from there', async () => {
      await ask('Hello');
      const events = await read(`${long}\n\n`);
      const told = events.filter(({ type }) => type !== 'loadNotice');
      assert.deepEqual(new Set(told.map(({ type }) => type)), new Set(['prefill', 'finish']));
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' });
      const certain = await backend.countTokens([user(long)], [], never);
      const usage = usageOf(await ask(`${long}\n\nWhat does this do?`));
      // The tokens that end a message, and the blank line that meets the words.
      assert.ok(usage.reusedTokens >= certain - 12, `${usage.reusedTokens} of ${certain}`);
    });

    it('gives way to an answer within a chunk, and never stands in a queue', async () => {
      let answer: Promise<ModelEvent[]> | undefined;
      const events = await read(`# another\n${long}`, ({ type }) => {
        if (type === 'prefill') answer ??= ask('Say yes.');
      });
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'cancelled' });
      const last = events.findLast((event) => event.type === 'prefill');
      assert.ok(last && last.done < last.total, 'it was not read to its end');
      assert.ok(usageOf((await answer) ?? []).outputTokens > 0);

      const running = ask(`# a third\n${long}`);
      assert.deepEqual(await read(long), [{ type: 'finish', reason: 'cancelled' }]);
      assert.ok(usageOf(await running).outputTokens > 0);
    });
  });

  it('of what goes along with a message makes its turn read only the words', async () => {
    // Short enough that nothing is condensed in the little context.
    writeFileSync(join(folder, 'code.py'), long.slice(0, 600));
    const context = [{ kind: 'file' as const, uri: pathToFileURL(join(folder, 'code.py')).href, label: 'code.py' }];
    const sidecar = await startSidecar({ folder, settings: { model: tinyModel(folder) } });
    try {
      const events: SessionEvent[] = [];
      sidecar.connection.onNotification(sessionEvents.method, (raw: unknown) => {
        events.push(...sessionEvents.params.parse(raw).events);
      });
      assert.deepEqual(await sidecar.request(sessionReadAhead, { sessionId: '', context }), { done: false });
      await sidecar.request(modelPrepare, {});
      assert.deepEqual(await sidecar.request(sessionReadAhead, { sessionId: '', context }), { done: true });
      assert.ok(!sidecar.statuses.some(({ state }) => state.state === 'reading'), 'nobody waits for it');
      const { sessionId } = await sidecar.request(sessionCreate, { mode: 'plan' });
      await sidecar.request(sessionSend, { sessionId, text: 'Explain this.', context, whenBusy: 'steer' });
      const { total, reused } = await reading(events);
      assert.ok(total - reused < 40 && total > 1500, `${reused} of ${total}`);
      await sidecar.request(sessionStop, { sessionId });
    } finally {
      await sidecar.stop();
    }
  });

  it('asks no server', async () => {
    const server = await startScriptedServer([{ stream: ['Done.'] }]);
    const servers = [{ name: 'test', url: server.url, model: 'scripted' }];
    const sidecar = await startSidecar({ folder, settings: { model: 'test', servers } });
    try {
      await sidecar.request(modelPrepare, {});
      const asked = server.requests.length;
      assert.deepEqual(await sidecar.request(sessionReadAhead, { sessionId: '', context: [] }), { done: false });
      assert.equal(server.requests.length, asked);
    } finally {
      await sidecar.stop();
      await server.close();
    }
  });
});

/** What the turn says first of its prompt. */
async function reading(events: readonly SessionEvent[]) {
  for (let tries = 0; tries < 600; tries++) {
    for (const { event } of events) {
      if (event.type === 'progress' && event.progress.phase === 'reading') return event.progress;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`nothing was read: ${JSON.stringify(events.at(-1))}`);
}

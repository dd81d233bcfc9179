import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../sidecar/log.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import { chatEvent, chatSend } from '../../sidecar/protocol/chat.ts';
import { collect } from '../servers/collect.ts';
import {
  type Piece,
  type RecordedRequest,
  type ScriptedServer,
  startScriptedServer,
} from '../servers/scriptedServer.ts';
import { startSidecar, temporaryFolder } from './startSidecar.ts';

const streams = 64;
const chunks = 40;

/** Every stream is answered with its own name and the numbers from 0 on. */
function script({ body }: RecordedRequest) {
  const name = /stream (\d+)/.exec(JSON.stringify(body))?.[1] ?? '?';
  const pieces = Array.from({ length: chunks }, (_, i): Piece[] => [
    `${name}:${i} `,
    ...(i % 8 === 0 ? [{ delayMs: 2 }] : []),
  ]);
  return { stream: pieces.flat(), usage: { prompt_tokens: 5, completion_tokens: chunks } };
}
const expected = (name: number) => Array.from({ length: chunks }, (_, i) => `${name}:${i} `).join('');

describe('many streams at once', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = await startScriptedServer(script);
  });
  afterEach(() => server.close());

  it('each gets all of its own chunks in order, and nothing stays behind', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning.name);
    process.on('warning', onWarning);
    const backend = createRemoteBackend({
      name: 'Test',
      url: server.url,
      offline: false,
      proxy: { url: '', noProxy: [], strictTls: true },
      getKey: async () => null,
      log: createLog(() => undefined),
    });
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    // One signal for all, as a session has: a listener left on it would show.
    const session = new AbortController();
    const request = (n: number) => ({
      messages: [{ role: 'user' as const, content: `stream ${n}` }],
      tools: [],
      sampling: { temperature: 0, maxTokens: 100 },
    });
    await collect(backend.stream(request(0), session.signal));
    const before = timers();
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(
        Array.from({ length: streams }, (_, n) => collect(backend.stream(request(n), session.signal))),
      );
      for (const [n, { text, ends }] of answers.entries()) {
        assert.equal(text, expected(n));
        assert.deepEqual(ends, ['stop']);
      }
    }
    assert.ok(timers() <= before + 2, `timers: ${before} before, ${timers()} after`);
    await backend.dispose();
    await sleep(20);
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });

  it('stopping half of them hangs up on those alone', async () => {
    await server.close();
    server = await startScriptedServer((request) => ({ stream: [...script(request).stream, { hang: true }] }));
    const folder = temporaryFolder('streams');
    const sidecar = await startSidecar({
      folder,
      settings: { model: 'Many', servers: [{ name: 'Many', url: server.url }] },
    });
    const texts = new Map<string, string>();
    sidecar.connection.onNotification(chatEvent.method, (raw: unknown) => {
      const { turnId, event } = chatEvent.params.parse(raw);
      if (event.type === 'text') texts.set(turnId, (texts.get(turnId) ?? '') + event.text);
    });
    const turns = Array.from({ length: streams }, (_, n) => ({ n, turnId: randomUUID(), stop: new AbortController() }));
    const results = turns.map(({ n, turnId, stop }) =>
      sidecar.request(
        chatSend,
        { sessionId: turnId, turnId, prompt: `stream ${n}`, context: [], earlier: [] },
        stop.signal,
      ),
    );
    const whole = () => turns.every(({ n, turnId }) => texts.get(turnId) === expected(n));
    while (!whole()) await sleep(10);
    for (const { n, stop } of turns) if (n % 2 === 0) stop.abort();
    await Promise.allSettled(results.filter((_, n) => n % 2 === 0));
    const hungUp = () => server.chats().filter(({ hungUpAt }) => hungUpAt !== undefined).length;
    while (hungUp() < streams / 2) await sleep(10);
    await sleep(50);
    assert.equal(hungUp(), streams / 2, 'the others go on');
    for (const { stop } of turns) stop.abort();
    await Promise.allSettled(results);
    while (hungUp() < streams) await sleep(10);
    assert.doesNotMatch(sidecar.output.join(''), /Warning/);
    await sidecar.stop();
  });
});

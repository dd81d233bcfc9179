import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '../../sidecar/log.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import { collect } from '../servers/collect.ts';
import {
  type Piece,
  type RecordedRequest,
  type ScriptedServer,
  startScriptedServer,
} from '../servers/scriptedServer.ts';
import { startSidecar, temporaryFolder } from './startSidecar.ts';
import { talkWith } from './talk.ts';

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
    const { begin, say, stop } = talkWith(sidecar);
    const sessions = await Promise.all(Array.from({ length: streams }, () => begin()));
    const texts = sessions.map(() => '');
    const turns = sessions.map((session, n) =>
      say(session, `stream ${n}`, (event) => {
        if (event.type === 'text') texts[n] += event.text;
      }),
    );
    const whole = () => texts.every((text, n) => text === expected(n));
    while (!whole()) await sleep(10);
    const half = sessions.filter((_, n) => n % 2 === 0);
    await Promise.all(half.map(stop));
    const hungUp = () => server.chats().filter(({ hungUpAt }) => hungUpAt !== undefined).length;
    while (hungUp() < streams / 2) await sleep(10);
    await sleep(50);
    assert.equal(hungUp(), streams / 2, 'the others go on');
    await Promise.all(sessions.map(stop));
    for (const [n, turn] of turns.entries()) {
      const { text, end } = await turn;
      assert.deepEqual([text, end], [expected(n), 'stopped']);
    }
    while (hungUp() < streams) await sleep(10);
    assert.doesNotMatch(sidecar.output.join(''), /Warning/);
    await sidecar.stop();
  });
});

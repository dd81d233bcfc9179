import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Host } from '../../sidecar/host/host.ts';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from '../sidecar/startSidecar.ts';
import { type Talk, type Turn, talkWith } from '../sidecar/talk.ts';
import { tinyModel } from './modelFiles.ts';

const key = 'canary-fallback-2f1b9c';

/** A port that nothing listens on for now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 1;
}

/** Every file below a folder, as text. */
function allText(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
    .join('\n');
}

describe('a fallback order', function () {
  // One of them reads the prompt of a session with a local model.
  this.timeout(180_000);
  const servers: ScriptedServer[] = [];
  let sidecar: TestSidecar | undefined;
  afterEach(async () => {
    await sidecar?.stop();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function start(answer: string, port = 0): Promise<ScriptedServer> {
    const server = await startScriptedServer([{ stream: [answer] }], port);
    servers.push(server);
    return server;
  }

  const notices: string[] = [];
  function listen(started: TestSidecar): Talk {
    notices.length = 0;
    return talkWith(started, (event) => {
      if (event.type === 'progress' && event.progress.phase === 'notice') notices.push(event.progress.text);
    });
  }

  const textOf = (turn: Turn) => (turn.end === 'done' ? turn.text : (turn.problem?.code ?? turn.end));

  it('answers while the chosen server is down, says so, and goes back; keys stay with their origins', async () => {
    const port = await freePort();
    const second = await start('from the second');
    const home = temporaryFolder('home');
    const folder = temporaryFolder('fallback');
    mkdirSync(join(folder, 'a'));
    const firstUrl = `http://127.0.0.1:${port}`;
    const secret: Host['secret'] = async (origin) => (origin === firstUrl ? key : null);
    sidecar = await startSidecar({
      folder,
      home,
      host: { secret },
      settings: {
        model: 'vLLM',
        servers: [
          { name: 'vLLM', url: firstUrl, headers: { 'x-team': `${key}-header` } },
          { name: 'Spare', url: second.url },
        ],
        fallback: ['vLLM', 'Spare', 'Spare'],
      },
    });
    const { begin, say } = listen(sidecar);
    const session = await begin();
    assert.equal(textOf(await say(session, 'One')), 'from the second');
    assert.deepEqual(notices, ['vLLM is down; Spare answers']);
    const shown = sidecar.statuses.at(-1);
    assert.equal(shown?.name, 'Spare');
    assert.equal(shown?.detail?.notice, 'vLLM is down; Spare answers');

    assert.equal(textOf(await say(session, 'Two')), 'from the second');
    assert.equal(notices.length, 1, 'said once');

    const first = await start('from the first', port);
    assert.equal(textOf(await say(session, 'Three')), 'from the first');
    assert.deepEqual(notices.slice(1), ['vLLM answers again']);
    assert.equal(sidecar.statuses.at(-1)?.name, 'vLLM');
    assert.equal(sidecar.statuses.at(-1)?.detail?.notice, undefined);
    const asked = JSON.stringify(first.chats().at(-1)?.body);
    for (const prompt of ['One', 'Two', 'Three']) assert.ok(asked.includes(prompt), 'the conversation went along');

    // Down again in the middle of the session: before the first token the other one answers.
    await first.close();
    assert.equal(textOf(await say(session, 'Four')), 'from the second');
    assert.equal(notices.at(-1), 'vLLM is down; Spare answers');

    assert.ok(first.requests.some(({ headers }) => headers.authorization === `Bearer ${key}`));
    assert.ok(second.requests.length > 0);
    assert.doesNotMatch(JSON.stringify(second.requests), new RegExp(key));
    const kept = [
      sidecar.output.join(''),
      JSON.stringify([sidecar.statuses, sidecar.progress, notices]),
      allText(home),
    ];
    for (const text of kept) assert.doesNotMatch(text, new RegExp(key));
  });

  it('may be a model that runs here; one that would have to be fetched is left out', async () => {
    const folder = temporaryFolder('fallback');
    const path = tinyModel(folder);
    sidecar = await startSidecar({
      folder,
      env: { DEVSTRAL_ENGINE_END_MS: '2000' },
      settings: {
        model: 'vLLM',
        servers: [{ name: 'vLLM', url: `http://127.0.0.1:${await freePort()}` }],
        fallback: ['starter', path],
      },
    });
    const { begin, say } = listen(sidecar);
    const result = await say(await begin(), 'Say hello in five words.');
    assert.notEqual(textOf(result), 'serverUnreachable');
    assert.deepEqual(notices, ['vLLM is down; tiny answers']);
    const shown = sidecar.statuses.at(-1);
    assert.deepEqual([shown?.name, shown?.kind, shown?.detail?.network], ['tiny', 'local', 'off']);
  });

  it('all down: the chosen one says why; a broken answer is never sent to another', async () => {
    const other = await start('never');
    const cut = await startScriptedServer([{ stream: ['One ', 'two'], cutAfterBytes: 160 }]);
    servers.push(cut);
    const folder = temporaryFolder('fallback');
    const down = `http://127.0.0.1:${await freePort()}`;
    const named = [
      { name: 'Cut', url: cut.url },
      { name: 'Other', url: other.url },
      { name: 'Down', url: down },
      { name: 'Down 2', url: down },
    ];
    sidecar = await startSidecar({ folder, settings: { model: 'Cut', servers: named, fallback: ['Other'] } });
    const talk = listen(sidecar);
    const result = await talk.say(await talk.begin(), 'One');
    assert.deepEqual([result.end, result.problem?.code], ['failed', 'streamCut']);
    assert.equal(result.text, 'One ');
    assert.equal(other.chats().length, 0);
    await sidecar.stop();

    sidecar = await startSidecar({ folder, settings: { model: 'Down', servers: named, fallback: ['Down 2'] } });
    const { begin, say } = listen(sidecar);
    const failed = await say(await begin(), 'One');
    assert.deepEqual([failed.end, failed.problem?.code], ['failed', 'serverUnreachable']);
    assert.deepEqual(notices, []);
  });
});

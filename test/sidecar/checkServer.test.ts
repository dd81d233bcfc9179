import assert from 'node:assert/strict';
import { serverCheck, serverFind } from '../../sidecar/protocol/servers.ts';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startOnUsualPort } from '../servers/usualPort.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from './startSidecar.ts';

const models = { data: [{ id: 'devstral', object: 'model', owned_by: 'vllm', max_model_len: 65536 }] };
const key = 'canary-88e1c0';

describe('servers over ipc', function () {
  this.timeout(60_000);
  let sidecar: TestSidecar;
  let server: ScriptedServer | undefined;
  const keysAskedFor: string[] = [];
  before(async () => {
    const secret = async (origin: string) => {
      keysAskedFor.push(origin);
      return key;
    };
    sidecar = await startSidecar({ folder: temporaryFolder('check'), host: { secret } });
  });
  after(() => sidecar.stop());
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('a check comes back as text, with progress on the way and the key of its origin', async () => {
    server = await startScriptedServer({ models, replies: [{ stream: ['1, ', '2'] }] });
    const { text, failed } = await sidecar.request(serverCheck, { url: server.url });
    assert.equal(failed, 0);
    assert.match(text, /^✓ http:\/\/127\.0\.0\.1:\d+ answers: vLLM\n✓ Model: devstral\n/);
    const titles = sidecar.progress.map(({ progress }) => (progress.phase === 'server' ? progress.title : ''));
    assert.deepEqual([titles[0], titles.length], ['Reaching the server', 7]);
    assert.ok(server.requests.every(({ headers }) => headers.authorization === `Bearer ${key}`));
    assert.deepEqual([...new Set(keysAskedFor)], [server.url]);
    assert.doesNotMatch(text + sidecar.output.join(''), new RegExp(key));
  });

  it('a cancelled check ends its request and says nothing', async () => {
    const hanging = await startScriptedServer({ models, replies: [{ hang: true }] });
    server = hanging;
    const abort = new AbortController();
    const check = sidecar.request(serverCheck, { url: server.url }, abort.signal);
    while (hanging.chats().length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    abort.abort();
    assert.deepEqual(await check, { text: '', failed: 0 });
    while (hanging.chats()[0]?.hungUpAt === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('finds a server on this computer', async () => {
    const found = await startOnUsualPort({ models, replies: [] });
    server = found;
    const { servers } = await sidecar.request(serverFind, {});
    const url = `http://localhost:${found.port}`;
    assert.deepEqual(
      servers.find((each) => each.url === url),
      { url, name: 'vLLM', model: 'devstral', models: ['devstral'], contextSize: 65536, needsKey: false },
    );
  });
});

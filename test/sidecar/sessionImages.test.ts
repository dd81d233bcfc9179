import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultAgentSettings } from '../../sidecar/agent/agentDefaults.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import {
  sessionBudget,
  sessionContinue,
  sessionCreate,
  sessionEvents,
  sessionExport,
  sessionFork,
  sessionOpen,
  sessionRemove,
  sessionSend,
} from '../../sidecar/protocol/sessions.ts';
import { png } from '../pictures.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from './startSidecar.ts';

const seeing = 'mistralai/Devstral-Small-2-24B-Instruct-2512';
const done: ScriptedReply = { stream: ['Done.'] };
const picture = png(280, 140);
const data = picture.toString('base64');
const image: SessionContext = { kind: 'image', label: 'error.png', width: 280, height: 140, data };

interface Part {
  type: string;
  text?: string;
  image_url?: { url: string };
}

describe('images of a session', () => {
  let server: ScriptedServer;
  let sidecar: TestSidecar;
  let events: SessionEvent[];
  const folder = mkdtempSync(join(tmpdir(), 'devstral-images-'));
  const home = temporaryFolder('home');

  async function start(model: string, ...replies: ScriptedReply[]): Promise<string> {
    const models = { data: [{ id: model, object: 'model', owned_by: 'vllm', max_model_len: 32768 }] };
    server = await startScriptedServer({ replies, models });
    await open(model);
    return (await sidecar.request(sessionCreate, { mode: 'ask' })).sessionId;
  }

  async function open(model: string): Promise<void> {
    sidecar = await startSidecar({
      folder,
      home,
      settings: {
        model: 'test',
        servers: [{ name: 'test', url: server.url, model }],
        agent: { ...defaultAgentSettings, sandbox: 'off' },
      },
    });
    events = [];
    sidecar.connection.onNotification(sessionEvents.method, (raw: unknown) => {
      events.push(...sessionEvents.params.parse(raw).events);
    });
  }

  const send = (sessionId: string, text: string, ...context: SessionContext[]) =>
    sidecar.request(sessionSend, { sessionId, text, context, whenBusy: 'steer' });
  const kept = (): AgentEvent[] => events.flatMap((one) => ('index' in one ? [one.event] : []));
  async function ended(times = 1): Promise<void> {
    for (let tries = 0; kept().filter(({ type }) => type === 'end').length < times; tries++) {
      assert.ok(tries < 600, 'the turn did not end');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  function messages(): { role: string; content: string | Part[] }[] {
    const body = server.chats().at(-1)?.body as { messages: { role: string; content: string | Part[] }[] } | undefined;
    return body?.messages ?? assert.fail('nothing was asked');
  }
  /** The messages of the person in the newest request. */
  const asked = () => messages().filter(({ role }) => role === 'user');
  const urls = () =>
    asked().flatMap(({ content }) =>
      typeof content === 'string' ? [] : content.flatMap((one) => one.image_url ?? []),
    );
  function filesOf(sessionId: string): string[] {
    const [workspace = ''] = readdirSync(join(home, 'data', 'sessions'));
    return readdirSync(join(home, 'data', 'sessions', workspace, sessionId, 'images'));
  }
  const sent = [{ url: `data:image/png;base64,${data}` }];

  afterEach(async () => {
    await sidecar.stop();
    await server.close();
  });
  after(() => {
    for (const one of [folder, home]) rmSync(one, { recursive: true, force: true });
  });

  it('lie beside the log once, go to the server with each prompt, and survive a kill and a fork', async () => {
    const sessionId = await start(seeing, { stream: [{ hang: true }] }, done);
    await send(sessionId, 'What is wrong here?', image, image);
    for (let tries = 0; server.chats().length === 0; tries++) {
      assert.ok(tries < 600, 'nothing was asked');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(urls(), [...sent, ...sent]);
    assert.equal(filesOf(sessionId).length, 1);
    sidecar.child.kill('SIGKILL');

    await open(seeing);
    const opened = await sidecar.request(sessionOpen, { sessionId });
    if (opened.kind !== 'open') return assert.fail('not opened');
    const [user] = opened.events.map(({ event }) => event);
    assert.ok(user?.type === 'user' && user.images?.length === 2);
    assert.deepEqual(user.attached, ['error.png, 280 × 140', 'error.png, 280 × 140']);
    assert.ok(!JSON.stringify(opened).includes(data.slice(0, 60)), 'no event has the bytes');
    await sidecar.request(sessionContinue, { sessionId });
    await ended();
    assert.deepEqual(urls(), [...sent, ...sent]);

    const forked = await sidecar.request(sessionFork, { sessionId, events: 20 });
    if (forked.kind !== 'done') return assert.fail('not forked');
    const edited = await sidecar.request(sessionFork, { sessionId, events: 0, edited: true });
    assert.deepEqual(edited.kind === 'done' && edited.context, [image, image], 'with their bytes');
    await sidecar.request(sessionRemove, { sessionId });
    await send(forked.sessionId, 'And now?');
    await ended(2);
    assert.deepEqual(urls(), [...sent, ...sent]);

    const exported = await sidecar.request(sessionExport, { sessionId: forked.sessionId, format: 'json' });
    assert.ok(exported.kind === 'done' && exported.text.includes('error.png'));
    assert.ok(!exported.text.includes(data.slice(0, 60)));
  });

  it('are counted by the rule of the model, and not at all where it does not see', async () => {
    const sessionId = await start(seeing, done);
    await send(sessionId, 'Hello');
    await ended();
    const counted = { ...image, data: '' };
    const { budget } = await sidecar.request(sessionBudget, { sessionId, text: '', context: [counted] });
    // 10 patches wide with the end of the row, 5 high.
    assert.deepEqual(budget?.context, [55]);
    assert.deepEqual(sidecar.statuses.at(-1)?.detail?.images, { patch: 28, side: 1540, exact: true });
  });

  it('are words for a model that does not see', async () => {
    const sessionId = await start('mistralai/Devstral-Small-2507', done);
    await send(sessionId, 'What is wrong here?', image);
    await ended();
    assert.deepEqual(urls(), []);
    assert.match(String(asked().at(-1)?.content), /\(error\.png is an image, which you cannot see\.\).*What is wrong/s);
    assert.equal(sidecar.statuses.at(-1)?.detail?.images, null);
  });

  it('that are none, are too large or are lost are said, and the turn goes on', async () => {
    const sessionId = await start(seeing, done);
    const bad = { ...image, data: Buffer.from('GIF89a').toString('base64') };
    const large = {
      ...image,
      label: 'large.png',
      data: Buffer.concat([picture, Buffer.alloc(11e6)]).toString('base64'),
    };
    await send(sessionId, 'Look', bad, large, image);
    await ended();
    const [first] = kept();
    assert.ok(first?.type === 'user');
    assert.deepEqual(first.attached, [
      'error.png (is neither PNG nor JPEG)',
      'large.png (is larger than 10 MB)',
      'error.png, 280 × 140',
    ]);
    assert.deepEqual(urls(), sent);
    const [workspace = ''] = readdirSync(join(home, 'data', 'sessions'));
    const path = join(home, 'data', 'sessions', workspace, sessionId, 'images', filesOf(sessionId)[0] ?? '');
    writeFileSync(path, 'something else');
    await send(sessionId, 'Again');
    await ended(2);
    assert.deepEqual(urls(), []);
    assert.match(JSON.stringify(asked()), /error\.png is no longer there/);
  });

  it('of the workspace are shown to the model that reads them', async () => {
    writeFileSync(join(folder, 'logo.png'), picture);
    const call = (path: string): ScriptedReply => ({
      stream: [{ call: { name: 'read', arguments: JSON.stringify({ file_path: path }) } }],
      finish: 'tool_calls',
    });
    const sessionId = await start(seeing, call('logo.png'), done);
    await send(sessionId, 'Describe the logo');
    await ended();
    assert.deepEqual(urls(), sent);
    assert.deepEqual(
      messages()
        .map(({ role }) => role)
        .slice(-4),
      ['assistant', 'tool', 'assistant', 'user'],
      'behind the result',
    );
    assert.match(String(messages().at(-3)?.content), /logo\.png is an image of 280 × 140/);
    assert.equal(readFileSync(join(folder, 'logo.png')).length, picture.length);
  });
});

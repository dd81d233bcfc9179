import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createDispatcher } from '../../sidecar/models/http.ts';
import { McpServerSettings } from '../../sidecar/tools/mcp/connectServer.ts';
import { createMcpServers, type McpServers } from '../../sidecar/tools/mcp/mcpServers.ts';
import { toolNames } from '../../sidecar/tools/mcp/mcpTool.ts';
import { describeTools, readCall } from '../../sidecar/tools/readCall.ts';
import { createMcpServer } from '../servers/mcpServer.ts';

const dispatcher = createDispatcher({ proxy: { url: '', noProxy: [], strictTls: true } });
const program = fileURLToPath(new URL('../servers/mcpServerMain.mjs', import.meta.url));
const never = new AbortController().signal;
const local = (name: string, env: Record<string, string> = {}) =>
  McpServerSettings.parse({ name, command: process.execPath, args: [program], env });

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('tools of MCP servers', () => {
  let servers: McpServers | undefined;
  afterEach(() => servers?.dispose());

  const start = (...settings: unknown[]) => {
    servers = createMcpServers(
      settings.map((one) => McpServerSettings.parse(one)),
      { cwd: tmpdir(), dispatcher },
    );
    return servers;
  };
  async function call(from: McpServers, name: string, args: object = {}, signal = never) {
    const { tools, problems } = await from.tools(never);
    const read = readCall({ id: 'a', name, arguments: JSON.stringify(args) }, tools, new Map());
    if (read.kind === 'bad') return { ok: false, text: [read.text, ...problems].join('\n'), summary: 'bad' };
    return read.tool.run(read.args, { signal } as never);
  }

  it('offers them with their schema and rates them by what is declared', async () => {
    const { tools, problems } = await start(local('files')).tools(never);
    assert.deepEqual(problems, ['files: the description of huge is too long to be offered.']);
    assert.deepEqual(describeTools(tools)[0], {
      name: 'mcp__files__echo',
      description: 'Says it again.',
      parameters: {
        type: 'object',
        properties: { text: { type: 'string', description: 'What' } },
        required: ['text'],
      },
    });
    assert.equal(tools[1]?.name, 'mcp__files__kinds_of_content_all');
    const rated = tools.slice(0, 3).map((tool) => tool.assess?.({ a: 1 }, {} as never));
    assert.deepEqual(
      rated.map((one) => one && 'risk' in one && [one.risk, one.what, one.rule]),
      [
        ['low', 'files/echo {"a":1}', 'mcp files/echo'],
        ['high', 'files/kinds of content/all {"a":1}', undefined],
        ['medium', 'files/refuse {"a":1}', 'mcp files/refuse'],
      ],
    );
  });

  it('passes calls on and gives results as text', async () => {
    const from = start(local('files', { OWN: 'yes' }));
    assert.deepEqual(await call(from, 'mcp__files__echo', { text: 'ü' }), { ok: true, text: 'ü', summary: '1 line' });
    assert.deepEqual(await call(from, 'mcp__files__refuse'), { ok: false, text: 'no such thing', summary: 'an error' });
    assert.equal(
      (await call(from, 'mcp__files__kinds_of_content_all')).text,
      '(image, image/png, 3 KB; not shown)\ninside\n(x://b: B)',
    );
    process.env.DEVSTRAL_API_KEY = 'canary';
    const env = await call(from, 'mcp__files__env');
    delete process.env.DEVSTRAL_API_KEY;
    assert.match(env.text, /"OWN":"yes"/);
    assert.doesNotMatch(env.text, /canary|API_KEY/);
  });

  it('stops a call, and starts a server again that has ended', async () => {
    const from = start(local('files'));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    await assert.rejects(call(from, 'mcp__files__silent', {}, stop.signal));
    const ended = await call(from, 'mcp__files__end');
    assert.deepEqual([ended.ok, ended.summary], [false, 'no answer']);
    assert.match(ended.text, /^files: .*closed\nI have had enough$/i);
    assert.equal((await call(from, 'mcp__files__echo', { text: 'again' })).text, 'again');
  });

  it('ends a server with all that it started', async function () {
    if (process.platform === 'win32') this.skip();
    const from = start(local('files'));
    const [child = 0, parent = 0] = (await call(from, 'mcp__files__child')).text.split(' ').map(Number);
    assert.deepEqual([lives(child), lives(parent)], [true, true]);
    await from.dispose();
    // An orphan that has ended stays in the table until the system takes note of it.
    for (let tries = 0; tries < 100 && (lives(child) || lives(parent)); tries++) await delay(50);
    assert.deepEqual([lives(child), lives(parent)], [false, false]);
    await assert.rejects(from.tools(AbortSignal.abort()));
  });

  it('says what is wrong with one and offers the others', async () => {
    const from = start(
      { name: 'none', command: '/no/such/program' },
      { name: 'mute', command: process.execPath, args: ['-e', 'console.error("bad key"); process.exit(1)'] },
      { name: 'away', url: 'http://127.0.0.1:1/mcp' },
      local('good'),
    );
    const { tools, problems } = await from.tools(never);
    assert.ok(tools.every(({ name }) => name.startsWith('mcp__good__')));
    const told = problems.sort();
    assert.match(told[0] ?? '', /^away: /);
    assert.match(told[2] ?? '', /^mute: .*bad key$/);
    assert.match(told[3] ?? '', /^none: .*ENOENT/);
    assert.equal(McpServerSettings.safeParse({ name: 'x', url: 'file:///x' }).success, false);
    assert.equal(McpServerSettings.safeParse({ name: 'a b', command: 'x' }).success, false);
  });

  it('reaches servers over HTTP with their headers', async () => {
    const seen: (string | undefined)[] = [];
    const transports = new Map<string, StreamableHTTPServerTransport>();
    const http = createServer(async (request, response) => {
      seen.push(request.headers.authorization);
      const known = transports.get(String(request.headers['mcp-session-id']));
      const transport =
        known ??
        new StreamableHTTPServerTransport({
          sessionIdGenerator: () => randomUUID(),
          onsessioninitialized: (id) => void transports.set(id, transport),
        });
      if (!known) await createMcpServer().connect(transport as never);
      await transport.handleRequest(request, response);
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`;
      const from = start({ name: 'web', url, headers: { Authorization: 'Bearer x' } });
      assert.equal((await call(from, 'mcp__web__echo', { text: 'far' })).text, 'far');
      assert.ok(seen.length > 2 && seen.every((header) => header === 'Bearer x'));
      await from.dispose();
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });

  it('gives names that every model server takes, no two the same', () => {
    const names = toolNames([
      ['a', 'x y'],
      ['a', 'x_y'],
      ['b', 'n'.repeat(90)],
      ['b', `${'n'.repeat(90)}m`],
      ['é', 'ok'],
    ]);
    assert.equal(new Set(names).size, 5);
    assert.ok(names.every((name) => /^mcp__[\w-]{1,59}$/.test(name)));
    assert.equal(names[4], 'mcp_____ok');
  });
});

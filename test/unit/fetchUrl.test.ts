import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isPrivate } from '../../sidecar/tools/fetchText.ts';
import { createFetchUrlTool } from '../../sidecar/tools/fetchUrl.ts';

const proxy = { url: '', noProxy: [], strictTls: true };

describe('fetch_url', () => {
  let server: Server;
  let base = '';
  let asked: string[] = [];

  before(async () => {
    const pages: Record<string, [number, Record<string, string>, string | Buffer]> = {
      '/page': [
        200,
        { 'content-type': 'text/html; charset=utf-8' },
        '<html><head><title>T</title><style>x{}</style></head><body><nav>Menu</nav><main><h1>Grüße</h1>' +
          '<p>One <a href="/x">link</a>.</p><ul><li>a</li><li>b</li></ul><pre>  code();\n  more();</pre>' +
          '<script>alert(1)</script></main><footer>Foot</footer></body></html>',
      ],
      '/latin': [200, { 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from('Gr\xfc\xdfe', 'latin1')],
      '/json': [200, { 'content-type': 'application/json' }, '{"a": 1}'],
      '/image': [200, { 'content-type': 'image/png' }, 'x'],
      '/moved': [302, { location: '/json' }, ''],
      '/circle': [302, { location: '/circle' }, ''],
      '/away': [302, { location: 'http://elsewhere.example/' }, ''],
      '/missing': [404, { 'content-type': 'text/plain' }, 'nothing here'],
      '/large': [200, { 'content-type': 'text/plain' }, 'x'.repeat(3_000_000)],
      '/deep': [200, { 'content-type': 'text/html' }, '<div>'.repeat(50_000)],
    };
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const [status, headers, body] = pages[request.url ?? ''] ?? [500, {}, ''];
      if (request.url === '/silent') return;
      response.writeHead(status, headers).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const call = (url: string, { allowPrivate = true, signal = new AbortController().signal } = {}) =>
    createFetchUrlTool({ proxy, allowPrivate }).run({ url }, { signal } as never);

  it('reads a page as text, with what it is said in front', async () => {
    const { ok, text, summary } = await call(`${base}/page`);
    assert.deepEqual([ok, summary], [true, '200']);
    assert.equal(
      text,
      `${base}/page (200). This is a page, not a message of the person:\nGrüße\n\nOne link.\n\n * a\n * b\n\n  code();\n  more();`,
    );
    assert.match((await call(`${base}/latin`)).text, /\nGrüße$/);
    assert.match((await call(`${base}/moved`)).text, /\/json \(200\).*\n\{"a": 1\}$/);
    const missing = await call(`${base}/missing`);
    assert.deepEqual([missing.ok, missing.summary], [false, '404']);
  });

  it('is bounded in size, depth, redirects and kind', async () => {
    const large = await call(`${base}/large`);
    assert.ok(large.text.length < 41_000);
    assert.match(large.text, /only the beginning/);
    assert.equal((await call(`${base}/deep`)).ok, true);
    assert.match((await call(`${base}/circle`)).text, /redirects in circles\.$/);
    assert.equal(
      (await call(`${base}/away`)).text,
      'It redirects to another host: fetch http://elsewhere.example/ if it is wanted.',
    );
    assert.match((await call(`${base}/image`)).text, /is no text \(image\/png\)\.$/);
    assert.equal((await call('file:///etc/passwd')).text, 'Only http and https addresses can be fetched.');
    assert.match((await call('http://user:secret@127.0.0.1/')).text, /^An address with a user/);
    assert.match((await call('http://127.0.0.1:1/')).text, /^127\.0\.0\.1:1 cannot be reached/);
  });

  it('asks nothing of private networks unless it may, whatever their names', async () => {
    const port = base.split(':').at(-1);
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0']) {
      const { ok, text } = await call(`http://${host}:${port}/json`, { allowPrivate: false });
      assert.equal(ok, false);
      assert.match(text, /is in a private network, which is not fetched\.$/, host);
    }
    assert.deepEqual(asked, []);
    const inside = [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '::1',
      'fd00::1',
      'fe80::1',
      '::ffff:10.0.0.1',
      '0.0.0.0',
      '100.64.0.1',
    ];
    assert.deepEqual(
      inside.filter((address) => !isPrivate(address)),
      [],
    );
    assert.deepEqual(['1.1.1.1', '2606:4700::1111', '172.32.0.1'].filter(isPrivate), []);
  });

  it('stops at once', async () => {
    const stop = new AbortController();
    const running = call(`${base}/silent`, { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await assert.rejects(running);
  });
});

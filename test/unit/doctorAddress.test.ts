import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { isUnreachable } from '../../sidecar/doctor/server/checkServer.ts';
import { connectionFault } from '../../sidecar/doctor/server/connectionFault.ts';
import { otherPaths } from '../../sidecar/doctor/server/reach.ts';
import { parseServerUrl } from '../../sidecar/models/backends/remote/serverUrl.ts';
import { proxyFor } from '../../sidecar/models/http.ts';
import { jsonReply, replayCaptured } from '../servers/captures.ts';
import { startProxyServer } from '../servers/proxyServer.ts';
import { startReplayServer } from '../servers/replayServer.ts';
import { assertCheck, check, key, serversOfTest } from './checkOneServer.ts';

describe('the doctor of a server: its address', () => {
  const keep = serversOfTest();

  it('nothing listens', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const checks = await check(`http://127.0.0.1:${port}`);
    assertCheck(
      checks,
      'reach',
      'fail',
      /does not answer \(ECONNREFUSED\)/,
      /^Nothing listens there: start the server/,
    );
    assert.ok(isUnreachable(checks));
    assert.equal(checks.length, 1);
  });

  it('is none, or must not be asked', async () => {
    assertCheck(await check('http://'), 'address', 'fail', /not an address/, /http:\/\/localhost:8000\/v1/);
    const offline = await check('http://model.example', { offline: true });
    assertCheck(offline, 'offline', 'fail', /model\.example was not asked/, /devstral\.offline/);
  });

  it('names that nobody knows, ports that answer no HTTP', () => {
    const fault = (code: string, url: string) => {
      const server = parseServerUrl(url);
      assert.ok(server);
      return connectionFault(Object.assign(new Error('x'), { code }), { server, proxy: null }).checks;
    };
    assertCheck(
      fault('ENOTFOUND', 'http://nowhere:8000'),
      'reach',
      'fail',
      /ENOTFOUND/,
      /No address is known for nowhere/,
    );
    assertCheck(fault('HPE_INVALID_CONSTANT', 'http://a:443'), 'reach', 'fail', /not in HTTP/, /https:\/\/a:443/);
    assertCheck(fault('ECONNREFUSED', 'http://a:11434'), 'reach', 'fail', /ECONNREFUSED/, /start ollama serve/);
    assertCheck(
      fault('UND_ERR_CONNECT_TIMEOUT', 'http://a:8000'),
      'reach',
      'fail',
      /TIMEOUT/,
      /--host 0\.0\.0\.0.*port 8000/,
    );
    assertCheck(fault('ERR_SSL_WRONG_VERSION_NUMBER', 'https://a:8000'), 'tls', 'fail', /TLS/, /^Use http:\/\/a:8000$/);
  });

  it('/v1 doubled, a path too many, a web page, a redirect', async () => {
    const server = keep(await replayCaptured('vllm-mistral'));
    for (const path of ['/v1/v1', '/openai/v1', '/chat']) {
      const checks = await check(server.url + path);
      assertCheck(
        checks,
        'path',
        'fail',
        /There is no model server at/,
        new RegExp(`^Set the address to ${server.url}/v1$`),
      );
      assert.equal(checks.length, 1);
    }
    const page = Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html><html></html>');
    const site = keep(await startReplayServer({ reply: () => page }));
    assertCheck(await check(site.url), 'path', 'fail', /a web page/, /the model server itself/);
    const away = Buffer.from('HTTP/1.1 302 Found\r\nlocation: https://login.example/in\r\ncontent-length: 0\r\n\r\n');
    const redirecting = keep(await startReplayServer({ reply: () => away }));
    assertCheck(
      await check(redirecting.url),
      'path',
      'fail',
      /sends on to https:\/\/login\.example/,
      /^Set the address to https:\/\/login\.example\/v1$/,
    );
    assert.deepEqual(otherPaths('http://a/x/y/v1'), ['/x/v1', '/v1', '/api/v1', '/openai/v1']);
  });

  it('a self-signed certificate', async () => {
    const read = (name: string) => readFileSync(join('test', 'fixtures', 'tls', name));
    const secure = createHttpsServer({ key: read('key.pem'), cert: read('cert.pem') });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(secure.address() as AddressInfo).port}`;
    const checks = await check(url);
    await new Promise((resolve) => secure.close(resolve));
    assertCheck(checks, 'tls', 'fail', /self-signed/, /NODE_EXTRA_CA_CERTS.*http\.proxyStrictSSL/);
    assert.ok(isUnreachable(checks));
  });

  it('a proxy that answers in the place of the server', async () => {
    const through = (url: string) => ({ proxy: { url, noProxy: [], strictTls: true } });
    const cases: [status: number, message: RegExp, fix: RegExp][] = [
      [403, /answered 403 in place of model\.example:8000/, /Add model\.example to http\.noProxy.*NO_PROXY/],
      [407, /answered 407/, /NAME:PASSWORD@HOST:PORT/],
      [200, /answered 200 in place of model\.example:8000/, /Add model\.example to http\.noProxy/],
    ];
    for (const [status, message, fix] of cases) {
      const proxy = keep(await startProxyServer(status, '<html>Blocked</html>'));
      const checks = await check('http://model.example:8000', through(proxy.url));
      assertCheck(checks, 'proxy', 'fail', message, fix);
      assert.match(checks[0]?.message ?? '', new RegExp(proxy.url));
      assert.ok(isUnreachable(checks));
      assert.deepEqual([...new Set(proxy.targets)], ['model.example:8000']);
    }
  });

  it('a proxy that is not there', async () => {
    const { url, close } = await startProxyServer(403);
    await close();
    const checks = await check('http://model.example:8000', { proxy: { url, noProxy: [], strictTls: true } });
    assertCheck(checks, 'proxy', 'fail', /through the proxy .* no answer came \(ECONNREFUSED\)/, /correct http\.proxy/);
  });

  it('which proxy stands between', () => {
    const settings = { url: 'http://me:secret@proxy:3128', noProxy: ['.internal', 'a:8000'], strictTls: true };
    const of = (url: string) => proxyFor(new URL(url), settings);
    assert.equal(of('https://api.mistral.ai'), 'http://proxy:3128');
    assert.equal(of('http://a:8001'), 'http://proxy:3128');
    for (const url of [
      'http://gpu.internal',
      'http://a:8000',
      'http://localhost:8000',
      'http://127.0.0.1',
      'http://[::1]:1',
    ])
      assert.equal(of(url), null, url);
    assert.equal(proxyFor(new URL('http://a'), { ...settings, noProxy: ['*'] }), null);
  });

  it('a key that is missing, or refused', async () => {
    const server = keep(
      await replayCaptured('vllm-mistral', {
        without: ['get_models'],
        more: { '/openapi.json': jsonReply({ paths: { '/version': {}, '/tokenize': {} } }) },
      }),
    );
    const missing = await check(server.url);
    assertCheck(
      missing,
      'key',
      'fail',
      /^vLLM at .* wants a key and none is set \(401\)$/,
      /Set Server Key.*DEVSTRAL_API_KEY/,
    );
    const refused = await check(server.url, { getKey: async () => key });
    assertCheck(refused, 'key', 'fail', /refuses the key \(401\)/, /--api-key/);
    assert.ok(!isUnreachable(refused));
  });

  it('a model that is still loading, a gateway without its server', async () => {
    const loading = jsonReply({ error: { message: 'Loading model', type: 'unavailable_error', code: 503 } }, 503);
    const server = keep(await startReplayServer({ reply: () => loading }));
    assertCheck(await check(server.url), 'loading', 'fail', /still loading/, /Wait/);
    const bad = Buffer.from('HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/plain\r\n\r\nno upstream');
    const gateway = keep(await startReplayServer({ reply: () => bad }));
    assertCheck(await check(gateway.url), 'reach', 'fail', /answered 502: no upstream/, /model server behind it/);
  });
});

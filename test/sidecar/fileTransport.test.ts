import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { createBatchWriter } from '../../sidecar/models/download/batchWriter.ts';
import { requestWithClient } from '../../sidecar/models/download/clientRequest.ts';
import { type Answer, requestDirect } from '../../sidecar/models/download/directRequest.ts';
import { createDispatcher } from '../../sidecar/models/http.ts';
import { someBytes } from '../servers/hubServer.ts';
import { temporaryFolder } from './startSidecar.ts';

const bytes = someBytes(700_000);
const whole: RequestListener = (_request, response) =>
  response.writeHead(200, { 'content-length': bytes.length, etag: '"a"' }).end(bytes);

describe('the bytes of a file', function () {
  this.timeout(30_000);
  const servers: Server[] = [];
  const folder = temporaryFolder('transport');
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serve(listener: RequestListener, secure = false): Promise<URL> {
    const tls = (name: string) => readFileSync(join('test', 'fixtures', 'tls', name));
    const server = secure
      ? createTlsServer({ key: tls('key.pem'), cert: tls('cert.pem') }, listener)
      : createServer(listener);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new URL(`${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/file?a=b`);
  }

  const direct = (url: URL, signal = new AbortController().signal, strict = false) =>
    requestDirect(url, { headers: { range: 'x' }, signal, trust: { rejectUnauthorized: strict }, silenceMs: 1000 });
  async function client(url: URL): Promise<Answer> {
    const { signal } = new AbortController();
    const dispatcher = createDispatcher({ proxy: { url: '', noProxy: [], strictTls: false } });
    return requestWithClient(url, { headers: {}, signal, dispatcher, silenceMs: 1000 });
  }

  async function received(answer: Answer | null, most = 1e9): Promise<Buffer> {
    assert.ok(answer);
    const path = join(folder, 'out');
    const handle = await open(path, 'w');
    const writer = createBatchWriter(handle, 0);
    try {
      await answer.body.receive(writer, most);
    } finally {
      await writer.end();
      await handle.close();
    }
    return readFileSync(path);
  }

  it('come directly, with and without TLS', async () => {
    for (const secure of [false, true]) {
      const answer = await direct(await serve(whole, secure));
      assert.equal(answer?.statusCode, 200);
      assert.equal(answer?.headers.etag, '"a"');
      assert.deepEqual(await received(answer), bytes);
    }
    const named = await serve(whole);
    named.hostname = 'localhost';
    assert.deepEqual(await received(await direct(named)), bytes);
  });

  it('wait for a sink that is full', async () => {
    for (const ask of [direct, client]) {
      for (const secure of ask === direct ? [false, true] : [false]) {
        const answer = await ask(await serve(whole, secure));
        assert.ok(answer);
        const taken: Buffer[] = [];
        let room = Buffer.alloc(9000);
        let waits = 0;
        const sink = {
          room: () => room,
          filled(count: number) {
            taken.push(room.subarray(0, count));
            room = Buffer.alloc(9000);
            if (taken.length % 5 > 0) return true;
            waits++;
            setTimeout(() => sink.onRoom(), 2);
            return false;
          },
          onRoom: () => {},
          onFail: () => {},
        };
        await answer.body.receive(sink, 1e9);
        assert.ok(Buffer.concat(taken).equals(bytes));
        assert.ok(waits > 5);
      }
    }
  });

  it('come from no server whose certificate is not trusted', async () => {
    const url = await serve(whole, true);
    await assert.rejects(direct(url, undefined, true), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('come through the general client, and no more than wanted', async () => {
    const url = await serve(whole);
    assert.deepEqual(await received(await client(url)), bytes);
    for (const answer of [await client(url), await direct(url)]) {
      assert.deepEqual(await received(answer, 1234), bytes.subarray(0, 1234));
    }
  });

  it('are left to the general client where the answer has no length', async () => {
    const url = await serve((_request, response) => {
      response.write(bytes.subarray(0, 10));
      response.end(bytes.subarray(10));
    });
    assert.equal(await direct(url), null);
  });

  it('are kept as far as they came when the connection ends early, falls silent or is cancelled', async () => {
    for (const how of ['end', 'silence', 'cancel'] as const) {
      const abort = new AbortController();
      const url = await serve((_request, response) => {
        response.writeHead(200, { 'content-length': bytes.length });
        response.write(bytes.subarray(0, 5000), () =>
          setTimeout(() => {
            if (how === 'end') response.destroy();
            if (how === 'cancel') abort.abort();
          }, 100),
        );
      });
      const answer = await direct(url, abort.signal);
      await assert.rejects(received(answer), how);
      assert.deepEqual(readFileSync(join(folder, 'out')), bytes.subarray(0, 5000), how);
    }
  });

  it('are understood however the headers are cut', async () => {
    const head = Buffer.from(`HTTP/1.1 206 Partial\r\nContent-Length: ${bytes.length}\r\nX-A: b\r\n\r\n`);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: head.length + 10 }), async (cut) => {
        const url = await serve((_request, response) => {
          const all = Buffer.concat([head, bytes]);
          const { socket } = response;
          socket?.write(all.subarray(0, cut), () => setTimeout(() => socket.end(all.subarray(cut)), 5));
        });
        const answer = await direct(url);
        assert.equal(answer?.headers['x-a'], 'b');
        assert.deepEqual(await received(answer), bytes);
      }),
      { numRuns: 10 },
    );
  });

  it('never put a line of their own into the request', async () => {
    const url = await serve(whole);
    const { signal } = new AbortController();
    const headers = { authorization: 'Bearer a\r\nx: y' };
    await assert.rejects(requestDirect(url, { headers, signal, trust: {}, silenceMs: 1000 }), TypeError);
  });

  it('are written beside once the disk is slow, without a gap, and the network waits', async () => {
    const path = join(folder, 'slow');
    const handle = await open(path, 'w');
    // Each write beside takes a while; the first look at the clock says that the disk is slow.
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>;
    Object.assign(handle, {
      write: (...args: unknown[]) => new Promise((done) => setTimeout(done, 2)).then(() => write(...args)),
    });
    const { now } = performance;
    let at = 0;
    performance.now = () => {
      at += 1000;
      return at;
    };
    const writer = createBatchWriter(handle, 0);
    const big = Buffer.concat(Array.from({ length: 20 }, () => bytes));
    let waits = 0;
    for (let done = 0; done < big.length; ) {
      const room = writer.room();
      const count = Math.min(room.length, 50_001, big.length - done);
      room.set(big.subarray(done, done + count));
      done += count;
      if (writer.filled(count)) continue;
      waits++;
      await new Promise<void>((resume) => {
        writer.onRoom = resume;
      });
    }
    await writer.end();
    performance.now = now;
    await handle.close();
    assert.ok(readFileSync(path).equals(big));
    assert.ok(waits > 0);
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { type Script, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { temporaryFolder } from './startSidecar.ts';

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Check {
  id: string;
  state: string;
  message: string;
  fix?: string;
}

const fixture = (name: string) => join('test', 'fixtures', 'tls', name);
const key = 'canary-2b8d0f';
const vllm = { data: [{ id: 'devstral', object: 'model', owned_by: 'vllm', max_model_len: 65536 }] };
const call = { call: { name: 'get_weather', arguments: '{"city":"Paris"}' } };
const sound: Script = { models: vllm, replies: [{ stream: [call], when: 'get_weather' }, { stream: ['1, ', '2'] }] };

describe('devstral doctor URL', function () {
  this.timeout(60_000);
  const servers: ScriptedServer[] = [];
  const secure: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    for (const server of secure.splice(0)) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });

  const serve = async (script: Script) => {
    const server = await startScriptedServer(script);
    servers.push(server);
    return server;
  };

  /** A list of models over TLS, with a certificate of the fixtures. Answers its port. */
  async function serveTls(cert: string): Promise<number> {
    const options = { key: readFileSync(fixture('key.pem')), cert: readFileSync(fixture(cert)) };
    const server = createHttpsServer(options, (request, response) => {
      const found = request.url === '/v1/models' ? 200 : 404;
      response.writeHead(found, { 'content-type': 'application/json' }).end(JSON.stringify(vllm));
    });
    secure.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  }

  function doctor(args: string[], env: Record<string, string> = {}): Promise<Run> {
    const child = spawn(process.execPath, [resolve('dist/cli.mjs'), 'doctor', ...args], {
      env: { ...process.env, INIT_CWD: '', DEVSTRAL_HOME: temporaryFolder('doctor'), ...env },
    });
    child.stdin.end();
    const run: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (run.stdout += data));
    child.stderr.on('data', (data: Buffer) => (run.stderr += data));
    return new Promise((done) => child.once('close', (code) => done({ ...run, code })));
  }

  const checksOf = ({ stdout }: Run): Check[] => JSON.parse(stdout.trim().split('\n').at(-1) ?? '').checks;
  const find = (run: Run, id: string): Check => {
    const found = checksOf(run).find((check) => check.id === id);
    return found ?? assert.fail(`no check ${id} in ${run.stdout}`);
  };

  it('exits 0 when all is well, with each check on a line and the key sent and not shown', async () => {
    const server = await serve(sound);
    const run = await doctor([server.url], { DEVSTRAL_API_KEY: key });
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const lines = run.stdout.trim().split('\n');
    assert.match(lines[0] ?? '', /^✓ http:\/\/127\.0\.0\.1:\d+ answers: vLLM/);
    assert.ok(lines.every((line) => line.startsWith('✓ ')));
    assert.ok(server.requests.every(({ headers }) => headers.authorization === `Bearer ${key}`));
    assert.doesNotMatch(run.stdout + run.stderr, new RegExp(key));
  });

  it('exits 1 when a check failed, and says the flag', async () => {
    const message = '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set';
    const refusal = { status: 400, body: { error: { message } }, when: 'get_weather' };
    const unset: Script = { models: vllm, replies: [refusal, { stream: ['1, ', '2'] }] };
    const run = await doctor([(await serve(unset)).url, '--json']);
    assert.equal(run.code, 1);
    const { state, fix } = find(run, 'tools');
    assert.deepEqual([state, fix], ['fail', 'Start vLLM with --enable-auto-tool-choice --tool-call-parser mistral']);
    const shown = await doctor([(await serve(unset)).url]);
    assert.match(shown.stdout, /^✗ Tool calls: refused with 400: .*\n {2}Start vLLM with --enable-auto-tool-choice/m);
  });

  it('looks at the model that is named', async () => {
    const { url } = await serve(sound);
    const other = await doctor([url, '--model', 'nope', '--json']);
    assert.equal(other.code, 1);
    assert.match(find(other, 'model').fix ?? '', /one of its names: devstral /);
  });

  it('exits 2 when nothing answers, and on an address that is none', async () => {
    const { url, close } = await startScriptedServer([]);
    await close();
    const run = await doctor([url, '--json']);
    assert.equal(run.code, 2);
    assert.deepEqual(
      checksOf(run).map(({ id, state }) => [id, state]),
      [['reach', 'fail']],
    );
    assert.equal((await doctor(['http://', '--json'])).code, 2);
    const offline = await doctor(['http://model.example', '--offline', '--json']);
    assert.equal(offline.code, 2);
    assert.equal(find(offline, 'offline').state, 'fail');
  });

  it('tells certificates apart, and what it advises helps', async () => {
    const trusting = (cert: string) => ({ NODE_EXTRA_CA_CERTS: resolve(fixture(cert)) });
    const own = `https://localhost:${await serveTls('cert.pem')}`;
    const untrusted = await doctor([own, '--json']);
    assert.equal(untrusted.code, 2);
    assert.match(find(untrusted, 'tls').message, /self-signed/);
    assert.match(find(untrusted, 'tls').fix ?? '', /NODE_EXTRA_CA_CERTS/);
    const trusted = await doctor([own, '--json'], trusting('cert.pem'));
    assert.equal(find(trusted, 'reach').state, 'ok');

    const expired = await doctor(
      [`https://localhost:${await serveTls('expired.pem')}`, '--json'],
      trusting('expired.pem'),
    );
    assert.match(find(expired, 'tls').message, /has expired/);
    assert.match(find(expired, 'tls').fix ?? '', /^Renew the certificate of localhost/);

    const port = await serveTls('otherName.pem');
    const misnamed = await doctor([`https://localhost:${port}`, '--json'], trusting('otherName.pem'));
    assert.match(find(misnamed, 'tls').message, /for another host/);
    assert.match(find(misnamed, 'tls').fix ?? '', /\(model\.example\), or make one for localhost/);
  });

  it('speaks TLS to a server that does not', async () => {
    const { url } = await serve(sound);
    const run = await doctor([url.replace('http:', 'https:'), '--json']);
    assert.match(find(run, 'tls').fix ?? '', /^Use http:\/\/127\.0\.0\.1:\d+$/);
  });
});

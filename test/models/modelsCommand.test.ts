import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type HubServer, rangeOf, sendBytes, someBytes, startHubServer } from '../servers/hubServer.ts';
import { temporaryFolder } from '../sidecar/startSidecar.ts';
import { tinyModel } from './modelFiles.ts';

const repo = 'bartowski/Mistral-7B-Instruct-v0.3-GGUF';
const name = 'Mistral-7B-Instruct-v0.3-Q4_K_M.gguf';
const bytes = someBytes(400_000);

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('devstral models', function () {
  this.timeout(60_000);
  let server: HubServer;
  let home: string;
  const path = () => join(home, 'models', 'bartowski--Mistral-7B-Instruct-v0.3-GGUF', name);
  const part = () => {
    const folder = dirname(path());
    const found = existsSync(folder) ? readdirSync(folder).find((each) => each.endsWith('.part')) : undefined;
    return found === undefined ? 0 : (statSync(join(folder, found), { throwIfNoEntry: false })?.size ?? 0);
  };

  beforeEach(async () => {
    server = await startHubServer(repo, { [name]: bytes, 'Mistral-7B-Instruct-v0.3-Q8_0.gguf': someBytes(20) });
    home = temporaryFolder('models');
  });
  afterEach(() => server.close());

  function start(args: string[]): { child: ChildProcess; end: Promise<Run> } {
    const env = {
      ...process.env,
      HOME: home,
      DEVSTRAL_HOME: home,
      HF_HOME: join(home, 'hf'),
      HF_ENDPOINT: server.url,
      INIT_CWD: home,
      OLLAMA_MODELS: join(home, 'ollama'),
    };
    const child = spawn(process.execPath, [resolve('dist/cli.mjs'), 'models', ...args], { env });
    child.stdin.end();
    const run: Run = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (run.stdout += data));
    child.stderr.on('data', (data: Buffer) => (run.stderr += data));
    return { child, end: new Promise((done) => child.once('close', (code) => done({ ...run, code }))) };
  }
  const models = (...args: string[]): Promise<Run> => start(args).end;
  const result = ({ stdout }: Run) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  async function fails(args: string[], line: RegExp) {
    const { code, stdout, stderr } = await models(...args);
    assert.equal(code, 2, stdout);
    assert.match(stderr.trim().split('\n').at(-1) ?? '', line);
    assert.doesNotMatch(stderr, / at .*\.mjs/);
  }

  it('pulls, lists, verifies and removes a model of the catalog', async () => {
    const pulled = await models('pull', 'mistral-7b', '--json');
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.deepEqual(result(pulled), { status: 'ready', id: 'mistral-7b', path: path(), from: 'hub' });
    assert.deepEqual(readFileSync(path()), bytes);
    const listed = result(await models('list', '--json'));
    const rows: { id: string; state: string; bytes: number; known?: unknown }[] = listed.models;
    assert.deepEqual(
      rows.filter(({ state }) => state === 'ready').map((row) => [row.id, row.bytes]),
      [['mistral-7b', bytes.length]],
    );
    const small2 = rows.find(({ id }) => id === 'devstral-small-2');
    assert.equal(small2?.bytes, 14_334_446_752);
    const sampling = { temperature: 0.15, minP: 0.01 };
    const makers = { context: 262_144, vision: true, format: 'v13', sampling, licence: 'Apache-2.0' };
    assert.deepEqual(small2.known, makers);
    const lines = (await models('list')).stdout.split('\n');
    const line = lines.find((each) => each.startsWith('devstral-small-2\t'));
    assert.match(line ?? '', /\t256k context\tApache-2\.0\tsees images through a server only$/);
    assert.equal((await models('verify', 'mistral-7b')).code, 0);
    const changed = Buffer.from(bytes);
    changed[5]!++;
    // Same size and time: only reading it again shows the change.
    const { atime, mtime } = statSync(path());
    writeFileSync(path(), changed);
    utimesSync(path(), atime, mtime);
    await fails(['verify', 'mistral-7b'], /^devstral: Model file is damaged: /);
    const removed = await models('remove', 'mistral-7b', '--json');
    assert.equal(removed.code, 0, removed.stderr);
    assert.deepEqual(result(removed), { status: 'removed', id: 'mistral-7b', bytes: bytes.length, paths: [path()] });
    assert.deepEqual(readdirSync(dirname(path())), []);
    assert.equal((await models('remove', 'mistral-7b')).code, 1);
  });

  it('names what it does not know, needs or may not do, in one line', async () => {
    const outside = join(home, 'hf', 'hub', 'mine.gguf');
    mkdirSync(dirname(outside), { recursive: true });
    writeFileSync(outside, 'GGUF');
    await fails(['pull'], /which model\? Known: devstral-small-2,/);
    await fails(['pull', 'gpt'], /no model "gpt"/);
    await fails(['pull', `${repo}:Q3_K_S`], /Not found on the hub: /);
    await fails(['pull', 'codestral'], /--accept-licence/);
    await fails(['pull', 'codestral', '--accept-licence'], /Not found on the hub: bartowski\/Codestral/);
    await fails(['pull', 'mistral-7b', '--offline'], /Offline mode is on: Downloading Mistral 7B/);
    await fails(['verify', 'mistral-7b'], /is not in /);
    await fails(['remove', outside], /Only files in Devstral’s own models folder/);
    assert.ok(existsSync(outside));
  });

  it('uses a file that another program has fetched, and never removes it', async () => {
    const theirs = join(home, 'hf', 'hub', 'models--unsloth--mistral-7b-instruct-v0.3-GGUF', 'snapshots', 'abc');
    mkdirSync(theirs, { recursive: true });
    const file = tinyModel(theirs, undefined, 'mistral-7b-instruct-v0.3-Q4_K_M.gguf');
    const pulled = await models('pull', 'mistral-7b', '--json');
    assert.deepEqual(result(pulled), { status: 'ready', id: 'mistral-7b', path: file, from: 'cache' });
    assert.equal(server.requests.length, 0);
    const rows: { state: string; file: string; source?: string }[] = result(await models('list', '--json')).models;
    assert.ok(rows.some((row) => row.state === 'found' && row.file === file && row.source === 'huggingface'));
    assert.equal((await models('remove', 'mistral-7b')).code, 1);
    assert.ok(existsSync(file));
  });

  it('goes on after a kill at any moment, from what was there', async () => {
    // Sends so many bytes and falls silent: on a busy machine a paced download would be over before it is killed.
    let limit = Number.POSITIVE_INFINITY;
    server.faults.storage = (request, response) =>
      sendBytes(request, response, bytes, (rest) => {
        if (limit < rest.length) response.write(rest.subarray(0, limit));
        else response.end(rest);
      });
    let had = 0;
    for (const enough of [1, 70_000, 150_000]) {
      limit = enough;
      const { child, end } = start(['pull', 'mistral-7b']);
      while (part() < had + enough) await new Promise((done) => setTimeout(done, 3));
      child.kill('SIGKILL');
      await end;
      had += enough;
      assert.equal(part(), had);
      assert.equal(existsSync(path()), false);
      const listed = await models('list');
      assert.match(listed.stdout, /mistral-7b\t.*begun/);
    }
    limit = Number.POSITIVE_INFINITY;
    const { code, stderr } = await models('pull', 'mistral-7b');
    assert.equal(code, 0, stderr);
    assert.deepEqual(readFileSync(path()), bytes);
    assert.equal(rangeOf(server.storageRequests.at(-1)!), had);
    assert.equal(server.storageRequests.length, 4);
  });

  it('lets two processes share one download', async () => {
    const runs = await Promise.all([models('pull', 'mistral-7b'), models('pull', `${repo}:${name}`)]);
    assert.deepEqual(
      runs.map(({ code, stdout }) => [code, stdout.trim()]),
      [
        [0, path()],
        [0, path()],
      ],
    );
    assert.equal(server.storageRequests.length, 1);
  });

  it('removes what was begun only', async () => {
    mkdirSync(dirname(path()), { recursive: true });
    writeFileSync(`${path()}.01234567.part`, 'begun');
    assert.equal((await models('remove', 'mistral-7b')).code, 0);
    assert.deepEqual(readdirSync(dirname(path())), []);
  });
});

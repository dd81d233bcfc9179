import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ChangeSet, changesApply, changesHunks, changesUndo } from '../../sidecar/protocol/changes.ts';
import { diagnosticsCollect } from '../../sidecar/protocol/diagnostics.ts';
import { fixStart } from '../../sidecar/protocol/fix.ts';
import { modelList } from '../../sidecar/protocol/models.ts';
import { type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from './startSidecar.ts';

const buggy = 'def add(a, b):\n    return a - b\n';
const fixed = 'def add(a, b):\n    return a + b\n';
const answer = (text: string) => `It subtracts.\n\n\`\`\`python\n${text}\`\`\`\n`;

const outcome = (set: ChangeSet) => ({
  changeSetId: set.id,
  files: set.files.map(({ uri, operation, base, proposedText, hunks }) => ({
    uri,
    operation,
    base,
    finalText: proposedText,
    accepted: hunks.length,
    rejected: 0,
    changedByPerson: false,
  })),
});

describe('a fix over ipc, with a scripted server', () => {
  let folder: string;
  let file: string;
  let server: ScriptedServer;
  let sidecar: TestSidecar;

  const start = async (answers: string[], more: Partial<Parameters<typeof startSidecar>[0]> = {}) => {
    server = await startScriptedServer(answers.map((text) => ({ stream: [text] })));
    sidecar = await startSidecar({
      folder,
      settings: { model: 'test', servers: [{ name: 'test', url: server.url, model: 'scripted' }] },
      ...more,
    });
  };
  const fix = (more: { instruction?: string } = {}, signal?: AbortSignal) =>
    sidecar.request(fixStart, { uri: pathToFileURL(file).href, diagnostics: [], ...more }, signal);

  beforeEach(() => {
    folder = temporaryFolder('fix');
    file = join(folder, 'calc.py');
    writeFileSync(file, buggy);
  });
  afterEach(async () => {
    await sidecar?.stop();
    await server?.close();
  });

  it('proposes, applies and undoes', async () => {
    await start([answer(fixed), answer(fixed)]);
    const result = await fix();
    assert.equal(result.kind, 'proposed');
    if (result.kind !== 'proposed') return;
    assert.equal(readFileSync(file, 'utf8'), buggy, 'nothing is written before the person accepts');
    assert.equal(result.changeSet.files[0]?.proposedText, fixed);
    assert.equal(result.changeSet.files[0]?.hunks.length, 1);
    const applied = await sidecar.request(changesApply, outcome(result.changeSet));
    assert.equal(applied.kind, 'applied');
    assert.equal(readFileSync(file, 'utf8'), fixed);
    if (applied.kind !== 'applied') return;
    assert.equal((await sidecar.request(changesUndo, { applyId: applied.applyId })).kind, 'applied');
    assert.equal(readFileSync(file, 'utf8'), buggy);
  });

  it('samples again on an unchanged answer and stops when two agree', async () => {
    await start([answer(buggy), answer(fixed), answer(`${fixed}# a comment\n`), answer('never asked for')]);
    const result = await fix();
    assert.equal(result.kind, 'proposed');
    assert.equal(server.chats().length, 3);
  });

  it('says so and leaves the file when nothing usable comes', async () => {
    await start([answer(buggy), answer('def add(a, b:\n    return\n'), 'I see no problem.', answer(buggy)]);
    const result = await fix();
    assert.equal(result.kind, 'unchanged');
    if (result.kind === 'unchanged') assert.equal(result.problem.code, 'candidatesDropped');
    assert.equal(readFileSync(file, 'utf8'), buggy);
  });

  it('reads the unsaved text of an open buffer', async () => {
    await start([answer(fixed), answer(fixed)]);
    const unsaved = `${buggy}\nVALUE = 42\n`;
    await sidecar.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: pathToFileURL(file).href, languageId: 'python', version: 7, text: unsaved },
    });
    await fix();
    const sent = JSON.stringify(server.requests.map((request) => request.body));
    assert.ok(sent.includes('VALUE = 42'));
  });

  it('merges what the person changed meanwhile and refuses a clash', async () => {
    await start([answer(fixed), answer(fixed)]);
    const result = await fix();
    if (result.kind !== 'proposed') return assert.fail(result.kind);
    writeFileSync(file, `${buggy}\n\nprint(add(1, 2))\n`);
    const merged = await sidecar.request(changesApply, outcome(result.changeSet));
    assert.equal(merged.kind, 'applied');
    assert.equal(readFileSync(file, 'utf8'), `${fixed}\n\nprint(add(1, 2))\n`);
    writeFileSync(file, 'def add(a, b):\n    return a * b\n');
    const clash = await sidecar.request(changesApply, outcome(result.changeSet));
    assert.equal(clash.kind, 'conflict');
    assert.equal(readFileSync(file, 'utf8'), 'def add(a, b):\n    return a * b\n');
  });

  it('stops on cancel and the server sees it', async () => {
    server = await startScriptedServer([{ stream: ['It subtracts.\n', { delayMs: 5000 }, answer(fixed)] }]);
    sidecar = await startSidecar({
      folder,
      settings: { model: 'test', servers: [{ name: 'test', url: server.url, model: 'scripted' }] },
    });
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 600);
    const result = await fix({}, abort.signal);
    assert.equal(result.kind, 'cancelled');
    await new Promise((done) => setTimeout(done, 200));
    assert.ok(server.chats()[0]?.hungUpAt, 'the connection was closed');
    assert.equal(readFileSync(file, 'utf8'), buggy);
  });

  it('answers hunks without knowing the change set, and its diagnostics hold no key', async () => {
    await start([], { host: { secret: async () => 'sk-canary-0123456789' } });
    const { hunks } = await sidecar.request(changesHunks, { base: 'a\nb\nc\n', proposed: 'a\nX\nc\n' });
    assert.deepEqual(
      hunks.map((hunk) => [hunk.baseStart, hunk.baseCount, hunk.proposedCount]),
      [[1, 1, 1]],
    );
    const { models } = await sidecar.request(modelList, {});
    assert.ok(models.some((model) => model.id === 'test' && model.group === 'inUse'));
    const { report } = await sidecar.request(diagnosticsCollect, {});
    assert.match(report, /Devstral sidecar \d+\.\d+\.\d+/);
    assert.ok(!`${report}${sidecar.output.join('')}`.includes('canary'));
  });

  for (const [name, bytes, code] of [
    ['a binary file', Buffer.from([0, 1, 2, 0, 255]), 'notText'],
    ['an empty file', Buffer.from(''), 'emptyFile'],
  ] as const) {
    it(`refuses ${name} without asking the model`, async () => {
      await start([]);
      writeFileSync(file, bytes);
      const result = await fix();
      assert.equal(result.kind === 'failed' ? result.problem.code : result.kind, code);
      assert.equal(server.chats().length, 0);
    });
  }
});

import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { createSession, openSession, readSession } from '../../sidecar/sessions/sessionLog.ts';

const user = (text: string): AgentEvent => ({ type: 'user', id: text, text, context: '' });

describe("a session's log", () => {
  let folder = '';
  let path = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'devstral-session-'));
    path = join(folder, 'a', 's1.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const begin = () => createSession(path, { id: 's1', roots: ['/w'] });
  async function reopen() {
    const opened = await openSession(path);
    assert.ok(opened.kind === 'open', JSON.stringify(opened));
    return opened.log;
  }

  it('keeps events in order, for the person only, and goes on where it was', async () => {
    const log = await begin();
    await Promise.all(['one', 'two', 'three'].map((text) => log.append(user(text))));
    await log.close();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const again = await reopen();
    await again.append(user('four'));
    assert.deepEqual(
      again.events.map(({ event }) => event.type === 'user' && event.text),
      ['one', 'two', 'three', 'four'],
    );
    await again.close();
    const read = await readSession(path);
    assert.ok(read.kind === 'read' && read.events.length === 4 && read.head.roots[0] === '/w');
  });

  it('loses at most what a crash tore off, at any byte', async () => {
    const log = await begin();
    for (const text of ['one', 'zwei ä', 'three']) await log.append(user(text));
    await log.close();
    const whole = readFileSync(path);
    const lines = whole.toString().split('\n').length - 1;
    for (let length = whole.indexOf(10) + 1; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const opened = await reopen();
      const kept = whole.subarray(0, length).toString().split('\n').length - 2;
      assert.equal(opened.events.length, kept);
      await opened.append(user('next'));
      await opened.close();
      const read = await readSession(path);
      assert.ok(
        read.kind === 'read' && read.events.length === kept + 1,
        `${length} of ${whole.length} bytes, ${lines} lines`,
      );
    }
  });

  it('has one writer; one that was killed is no writer', async () => {
    const log = await begin();
    assert.deepEqual(await openSession(path), { kind: 'inUse', pid: process.pid });
    await log.close();
    assert.equal(existsSync(`${path}.lock`), false);
    // No process has this id.
    writeFileSync(`${path}.lock`, '4194305');
    await (await reopen()).close();
  });

  it('says what it cannot read and leaves it alone', async () => {
    writeFileSync(join(folder, 'x.jsonl'), '{"v":2}\n');
    const opened = await openSession(join(folder, 'x.jsonl'));
    assert.deepEqual(opened, { kind: 'unreadable', reason: 'it is of another version, or no session' });
    assert.equal(readFileSync(join(folder, 'x.jsonl'), 'utf8'), '{"v":2}\n');
    const log = await begin();
    await log.append(user('one'));
    await log.close();
    appendFileSync(path, 'not json\n{"at":1,"event":{"type":"user","id":"2","text":"after","context":""}}\n');
    const read = await readSession(path);
    assert.ok(read.kind === 'read' && read.events.length === 1);
  });
});

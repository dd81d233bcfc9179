import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import { openCheckpoints } from '../../sidecar/checkpoints/checkpointStore.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { readDevstralIgnore } from '../../sidecar/sessions/devstralIgnore.ts';
import { exportMarkdown } from '../../sidecar/sessions/exportMarkdown.ts';
import { exportJson, readExport } from '../../sidecar/sessions/exportSession.ts';
import { createRedaction } from '../../sidecar/sessions/redactEvent.ts';
import { applyRetention } from '../../sidecar/sessions/retention.ts';
import { workspaceId } from '../../sidecar/sessions/sessionFiles.ts';
import type { LoggedEvent, SessionLog } from '../../sidecar/sessions/sessionLog.ts';
import { createSessionStore, type SessionStore } from '../../sidecar/sessions/sessionStore.ts';
import { cleanCut, openCalls, turnState } from '../../sidecar/sessions/turnState.ts';
import { randomSession } from './randomSession.ts';

const user = (text: string): AgentEvent => ({ type: 'user', id: text, text, context: '' });
const answer = (text: string): AgentEvent => ({ type: 'answer', text, reasoning: '', calls: [] });
const end = (reason: Extract<AgentEvent, { type: 'end' }>['reason'] = 'done'): AgentEvent => ({ type: 'end', reason });
const signal = new AbortController().signal;
const dayMs = 24 * 60 * 60 * 1000;
const logged = (events: readonly AgentEvent[]): LoggedEvent[] => events.map((event, at) => ({ at, event }));

describe('the sessions of a workspace', () => {
  let sessions = '';
  let store: SessionStore;
  beforeEach(() => {
    sessions = mkdtempSync(join(tmpdir(), 'devstral-sessions-'));
    store = open();
  });
  afterEach(() => rmSync(sessions, { recursive: true, force: true }));

  const open = () =>
    createSessionStore({
      sessions,
      roots: ['/w/b', '/w/a'],
      journal: { committed: async () => null, read: async () => null },
      nameOf: (uri) => uri,
    });
  async function write(...events: AgentEvent[]): Promise<string> {
    const log = await store.create();
    await append(log, events);
    await log.close();
    return log.head.id;
  }
  async function append(log: SessionLog, events: readonly AgentEvent[]) {
    for (const event of events) await log.append(event);
  }
  const titles = async () => (await store.list()).map(({ title }) => title);

  it('who asks for the list while another listing runs shares the next one', async () => {
    const first = await write(user('one'), end());
    const running = store.list();
    const [later, together] = [store.list(), store.list()];
    assert.notEqual(later, running, 'something may have been done since it began');
    assert.equal(together, later);
    const second = await write(user('two'), end());
    assert.deepEqual((await store.list()).map(({ id }) => id).sort(), [first, second].sort());
    assert.ok((await later).some(({ id }) => id === first));
    await store.remove(first);
    assert.deepEqual(
      (await store.list()).map(({ id }) => id),
      [second],
    );
  });

  it('belong to its folders, in any order', () => {
    assert.equal(workspaceId(['/w/a', '/w/b']), workspaceId(['/w/b', '/w/a']));
    assert.notEqual(workspaceId(['/w/a']), workspaceId(['/w/b']));
    assert.equal(store.folder, join(sessions, workspaceId(['/w/a', '/w/b'])));
  });

  it('are listed with title, messages and state, the one that changed last first', async () => {
    await write(user('First line\nand more'), answer('ok'), end());
    await write(user('Why?'), end('asks'), user('So.'), end('failed'));
    const waiting = await write(user('Edit'), end());
    mkdirSync(store.files(waiting).folder, { recursive: true });
    writeFileSync(store.files(waiting).staged, '{}');
    await write(user('Cut off'), answer('half'));
    const log = await store.create();
    await append(log, [user('Still at it')]);
    const list = await store.list();
    assert.deepEqual(
      list.map(({ title, messages, state, openIn }) => [title, messages, state, openIn]),
      [
        ['Still at it', 1, 'running', process.pid],
        ['Cut off', 1, 'interrupted', null],
        ['Edit', 1, 'waits', null],
        ['Why?', 2, 'failed', null],
        ['First line', 1, 'done', null],
      ],
    );
    assert.ok(list.every(({ startedAt, changedAt }) => changedAt >= startedAt && startedAt > 1e12));
    await log.close();
  });

  it('are read only as far as they are new', async () => {
    const id = await write(user('One'), end());
    await store.list();
    const path = store.files(id).log;
    const whole = readFileSync(path, 'utf8');
    // Of the part that is known nothing is read again.
    writeFileSync(path, `${'x'.repeat(Buffer.byteLength(whole) - 1)}\n`);
    appendFileSync(path, `${JSON.stringify({ at: 1, event: user('Two') })}\n`);
    appendFileSync(path, '{"at":2,"torn');
    const [summary] = await store.list();
    assert.deepEqual([summary?.title, summary?.messages, summary?.state], ['One', 2, 'interrupted']);
    // An index that is lost or shorter logs cost only time.
    writeFileSync(path, whole);
    writeFileSync(join(store.folder, 'index.json'), 'not json');
    assert.equal((await store.list())[0]?.messages, 1);
    writeFileSync(path, whole.split('\n').slice(0, 1).join('\n').concat('\n'));
    assert.equal((await store.list())[0]?.state, 'new');
    assert.equal(statSync(join(store.folder, 'index.json')).mode & 0o777, 0o600);
  });

  it('are renamed, also while they are open here; found by title and text', async () => {
    const id = await write(user('Fix the parser'), answer('The tokenizer skips\n\ttabs.'), end());
    assert.deepEqual(await store.rename(id, ' Tabs '), { kind: 'done' });
    const log = await store.create();
    await append(log, [user('Ümläute "quoted"')]);
    await store.rename(log.head.id, 'Other');
    assert.deepEqual(await titles(), ['Other', 'Tabs']);
    const found = async (query: string) =>
      (await store.search(query, signal)).map(({ id: at, event, excerpt }) => [at === id, event, excerpt]);
    assert.deepEqual(await found('SKIPS'), [[true, 1, 'The tokenizer skips tabs.']]);
    assert.deepEqual(await found('ümläute "Q'), [[false, 0, 'Ümläute "quoted"']]);
    assert.deepEqual(await found('tabs'), [
      [true, 1, 'The tokenizer skips tabs.'],
      [true, 3, 'Tabs'],
    ]);
    assert.deepEqual(await found('callId'), []);
    const other = open();
    assert.deepEqual(await other.rename(log.head.id, 'x'), { kind: 'inUse', pid: process.pid });
    await log.close();
  });

  it('are deleted with their checkpoints, unless they are open', async () => {
    const id = await write(user('One'));
    await openCheckpoints(store.files(id).folder).touch(0, [
      {
        uri: 'file:///a',
        before: { kind: 'absent' },
        after: { kind: 'text', text: 'a', bom: false, encoding: 'utf8' },
      },
    ]);
    const log = await store.create();
    assert.deepEqual(await store.remove(log.head.id), { kind: 'inUse', pid: process.pid });
    assert.deepEqual(await store.remove(id), { kind: 'done' });
    assert.deepEqual(
      readdirSync(store.folder).filter((name) => name.startsWith(id)),
      [],
    );
    await log.close();
    await assert.rejects(store.remove('../x'), /no id/);
  });

  it('go after 30 days, then the oldest beyond 1 GB; never what is open or waits for review', async () => {
    const age = (id: string, days: number) => {
      const at = (Date.now() - days * dayMs) / 1000;
      utimesSync(store.files(id).log, at, at);
    };
    const ids: string[] = [];
    for (const [at, days] of [40, 40, 40, 20, 10, 1].entries()) {
      const id = await write(user(`${at} ${'x'.repeat(1000)}`));
      age(id, days);
      ids.push(id);
    }
    const [old = '', opened = '', waits = '', second = '', third = ''] = ids;
    const resumed = await store.resume(opened);
    assert.ok(resumed.kind === 'open');
    age(opened, 40);
    mkdirSync(store.files(waits).folder, { recursive: true });
    writeFileSync(store.files(waits).staged, '{}');
    writeFileSync(join(store.files(third).folder.concat('-no-session')), '');
    assert.deepEqual(await applyRetention(sessions, { days: 30, bytes: 1e9 }), [old]);
    assert.deepEqual(await applyRetention(sessions, { days: 30, bytes: 1e9 }), []);
    const bytes = readdirSync(store.folder).reduce(
      (sum, name) => sum + (name.endsWith('.jsonl') ? statSync(join(store.folder, name)).size : 0),
      0,
    );
    assert.deepEqual(await applyRetention(sessions, { days: 30, bytes: bytes - 100 }), [second]);
    await resumed.log.close();
  });

  it('keep no secret on disk, while the model goes on with what it has read', async () => {
    const log = await store.create();
    const secret = `ghp_${'q7Rk2Zp9Xw4Lm8Vc3Nb6'.repeat(2).slice(0, 36)}`;
    await log.append(user(`Use ${secret}`));
    await store.rename(log.head.id, `With ${secret}`);
    assert.deepEqual(log.events[0]?.event, user(`Use ${secret}`));
    await log.close();
    assert.ok(!readFileSync(store.files(log.head.id).log, 'utf8').includes(secret));
    const resumed = await store.resume(log.head.id);
    assert.ok(resumed.kind === 'open' && resumed.continues);
    assert.deepEqual(
      resumed.log.events[0]?.event.type === 'user' && resumed.log.events[0].event.text,
      'Use [REDACTED:github]',
    );
    await resumed.log.close();
  });

  it('keep nothing of what .devstralignore names', async () => {
    const root = join(sessions, 'root');
    mkdirSync(join(root, 'sub'), { recursive: true });
    writeFileSync(join(root, '.devstralignore'), '*.pem\n/private/\n');
    const isIgnored = await readDevstralIgnore([root]);
    for (const path of ['a.pem', 'sub/a.pem', 'private/x', join(root, 'private', 'x')])
      assert.ok(isIgnored(path), path);
    for (const path of ['a.py', 'sub/private/x', '.', '/etc/a.pem', '']) assert.ok(!isIgnored(path), path);
    assert.equal((await readDevstralIgnore([sessions]))('a.pem'), false);
  });

  it('branch at any message: the transcript is the beginning of the other, and every call has its result', async () => {
    await fc.assert(
      fc.asyncProperty(randomSession, fc.nat(40), async (events, wanted) => {
        const cut = cleanCut(events, wanted);
        const kept = events.slice(0, cut);
        const whole = messagesOf('system', events);
        const part = messagesOf('system', kept);
        assert.deepEqual(part, whole.slice(0, part.length));
        assert.ok(cut <= wanted && cut >= cleanCut(events, cut));
        // Nothing that was said is lost but what belongs to the calls of one answer.
        if (cut < Math.min(wanted, events.length)) assert.equal(events[cut]?.type, 'answer');
        if (cut === events.length) assert.ok(openCalls(events).length === 0 || turnState(events) !== 'open');
      }),
      { numRuns: 500 },
    );
    const call = { id: 'a', name: 'read', arguments: '{}' };
    const id = await write(
      user('One'),
      { type: 'answer', text: 'I read.', reasoning: '', calls: [call] },
      { type: 'callBegin', callId: 'a', name: 'read', title: 'Read' },
      { type: 'callEnd', callId: 'a', ok: true, text: 'text', summary: '', ms: 1 },
      answer('Read.'),
      end(),
      user('Two'),
    );
    const forked = await store.fork(id, 3);
    assert.ok(forked.kind === 'open');
    assert.deepEqual(
      forked.log.events.map(({ event }) => event.type),
      ['user', 'end', 'note'],
    );
    assert.deepEqual(forked.log.head.forkedFrom, { id, events: 1 });
    await forked.log.append(user('Instead'));
    const messages = messagesOf(
      'system',
      forked.log.events.map(({ event }) => event),
    );
    assert.match(String(messages.at(-1)?.content), /^The conversation was branched here\..*\n\nInstead$/s);
    const all = await store.fork(id, 99);
    assert.ok(all.kind === 'open' && all.log.head.forkedFrom?.events === 7);
    await forked.log.close();
    await all.log.close();
    assert.equal((await store.fork('none', 1)).kind, 'unreadable');
  });

  it('stay where they are in the list when they are named', async () => {
    const id = await write(user('One'), end());
    const before = (await store.list())[0]?.changedAt;
    await new Promise((resolve) => setTimeout(resolve, 5));
    await store.rename(id, 'Mine');
    const [named] = await store.list();
    assert.deepEqual([named?.title, named?.changedAt], ['Mine', before]);
  });

  it('become branches of one conversation when a message is edited, whichever version is', async () => {
    const id = await write(user('One'), answer('1'), end(), user('Two'), answer('2'), end());
    await store.rename(id, 'Mine');
    const edit = async (of: string, events: number) => {
      const forked = await store.fork(of, events, true);
      assert.ok(forked.kind === 'open');
      const own = forked.log.events.length;
      await append(forked.log, [user('Instead'), answer('3'), end(), user('Third'), end()]);
      await forked.log.close();
      return { id: forked.log.head.id, own, log: forked.log };
    };
    const first = await edit(id, 3);
    const second = await edit(first.id, first.own);
    const third = await edit(second.id, second.own + 3);
    const origins = new Map((await open().list()).map((one) => [one.id, one.branchOf]));
    assert.deepEqual(origins.get(first.id), { id, events: 3 });
    assert.deepEqual(origins.get(second.id), { id, events: 3 }, 'a version of the same message');
    assert.deepEqual(origins.get(third.id), { id: second.id, events: second.own + 3 });
    assert.equal(origins.get(id), undefined);
    assert.deepEqual(await titles(), ['Mine', 'Mine', 'Mine', 'Mine']);
    const notes = second.log.events.filter(({ event }) => event.type === 'note');
    assert.equal(notes.length, 1, 'the model is told once that it branched');
    const apart = await store.fork(id, 3);
    assert.ok(apart.kind === 'open');
    assert.equal((await store.list()).find((one) => one.id === apart.log.head.id)?.branchOf, undefined);
    await apart.log.close();
  });

  it('are exported and read again: the same transcript, without secrets', async () => {
    const head = { v: 1, app: '0', format: 1, id: 's', startedAt: 1, roots: ['/home/someone/project'] } as const;
    fc.assert(
      fc.property(randomSession, (events) => {
        const text = exportJson({ ...head, roots: [...head.roots] }, logged(events));
        const read = readExport(text);
        assert.ok(read.kind === 'read');
        const redact = createRedaction();
        assert.deepEqual(
          messagesOf(
            's',
            read.events.map(({ event }) => event),
          ),
          messagesOf('s', events.map(redact)),
        );
        assert.ok(!text.includes('hunter2') && !text.includes('someone'));
        // What is in a log is without secrets already.
        const again = readExport(exportJson({ ...head, roots: [] }, read.events));
        assert.deepEqual(again, read);
      }),
    );
    const imported = await store.importText(exportJson({ ...head, roots: [] }, logged([user('One'), end()])));
    assert.ok(imported.kind === 'open' && imported.log.head.id !== 's');
    await imported.log.close();
    assert.deepEqual(await titles(), ['One']);
    assert.deepEqual(await store.importText('{'), { kind: 'unreadable', reason: 'it is not JSON' });
    assert.equal((await store.importText('{"kind": "devstral-session", "v": 2}')).kind, 'unreadable');
  });

  it('are told as Markdown: messages, calls, diffs of what was written, usage', () => {
    const events: AgentEvent[] = [
      user('Fix a.py'),
      {
        type: 'answer',
        text: 'I edit.',
        reasoning: 'secret thoughts',
        calls: [{ id: 'a', name: 'edit', arguments: '{}' }],
        usage: { promptTokens: 1200, reusedTokens: 1000, outputTokens: 30, tokensPerSecond: 9 },
      },
      { type: 'callBegin', callId: 'a', name: 'edit', title: 'Edit a.py' },
      { type: 'callEnd', callId: 'a', ok: true, text: 'Changed.', summary: '+1 -1', ms: 1 },
      {
        type: 'reviewed',
        changeSetId: 'c',
        applyId: 'apply',
        files: [{ path: 'a.py', operation: 'edit', accepted: 1, rejected: 1, changedByPerson: false }],
        told: '',
      },
      end(),
    ];
    const applied = new Map([
      [
        'apply',
        [
          { path: 'a.py', before: 'one\n```\n', after: 'two\n```\n' },
          { path: '.env', before: null, after: 'inner' },
        ],
      ],
    ]);
    const text = exportMarkdown('My\nsession', logged(events), applied, (path) => path === '.env');
    assert.equal(
      text,
      [
        '# My session',
        '1970-01-01 00:00 UTC',
        '## You',
        'Fix a.py',
        '## Devstral',
        'I edit.',
        '### Edit a.py: +1 -1',
        '### Review',
        '- a.py (edit): 1 of 2 accepted',
        '````diff\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-one\n+two\n ```\n````',
        '## Usage',
        '1 answer, 30 tokens written; 1,200 tokens of prompts, 1,000 of them read before.',
      ]
        .join('\n\n')
        .concat('\n'),
    );
  });

  it('say when another process has them, and what cannot be read', async () => {
    const id = await write(user('One'));
    const log = await store.resume(id);
    assert.ok(log.kind === 'open');
    assert.deepEqual(await open().resume(id), { kind: 'inUse', pid: process.pid });
    await log.log.close();
    writeFileSync(join(store.folder, 'x.jsonl'), 'not a session\n');
    assert.equal((await store.resume('x')).kind, 'unreadable');
    assert.equal((await store.list()).length, 1);
    assert.ok(!existsSync(join(store.folder, 'x.jsonl.lock')));
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import { openCheckpoints } from '../../sidecar/checkpoints/checkpointStore.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { keepTurn } from '../../sidecar/sessions/keepTurn.ts';
import { mendSession } from '../../sidecar/sessions/mendSession.ts';
import { createSessionStore } from '../../sidecar/sessions/sessionStore.ts';
import { readStaged } from '../../sidecar/sessions/stagedCopy.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { hashText } from '../../sidecar/workspace/fileText.ts';
import { openJournal } from '../../sidecar/workspace/journal.ts';
import { createStagedFiles } from '../../sidecar/workspace/stagedFiles.ts';

const signal = new AbortController().signal;
const call = (id: string, name = 'edit') => ({ id, name, arguments: '{}' });
const user: AgentEvent = { type: 'user', id: 'u', text: 'Go.', context: '' };
const answer = (...ids: string[]): AgentEvent => ({
  type: 'answer',
  text: '',
  reasoning: '',
  calls: ids.map((id) => call(id)),
});
const begin = (callId: string): AgentEvent => ({ type: 'callBegin', callId, name: 'edit', title: 'Edit a' });
const end = (callId: string): Extract<AgentEvent, { type: 'callEnd' }> => {
  return { type: 'callEnd', callId, ok: true, text: 'Changed a.', summary: '+1 -1', ms: 1 };
};

describe('a session whose process ended', () => {
  const nameOf = (uri: string) => uri.split('/').at(-1) ?? uri;
  const mend = (...log: AgentEvent[]) => mendSession(log, null, null, nameOf).events;

  it('learns which calls were cut off, and ends a turn that had nothing more to do', () => {
    const cut = mend(user, answer('a', 'b', 'c'), begin('a'), end('a'), begin('b'));
    assert.deepEqual(
      cut.map((event) => event.type === 'callEnd' && [event.callId, event.ok]),
      [['b', false]],
    );
    const messages = messagesOf('s', [user, answer('a', 'b', 'c'), begin('a'), end('a'), begin('b'), ...cut]);
    const results = messages.flatMap((each) => (each.role === 'tool' ? [String(each.content).split(/[:.]/)[0]] : []));
    assert.deepEqual(results, ['Changed a', 'Interrupted', 'Not run']);
    assert.deepEqual(mend(user, answer('a'), begin('a'), end('a')), [], 'the model is asked next');
    assert.deepEqual(mend(user), []);
    assert.deepEqual(mend(user, { ...answer(), text: 'Done.' } as AgentEvent), [{ type: 'end', reason: 'done' }]);
    assert.deepEqual(mend(user, { ...answer(), cut: 'stopped' } as AgentEvent), [{ type: 'end', reason: 'stopped' }]);
    assert.equal(mend(user, { ...answer(), cut: 'length' } as AgentEvent)[0]?.type, 'hint');
    assert.deepEqual(mend(user, answer(), { type: 'end', reason: 'done' }, { type: 'titled', title: 't' }), []);
  });

  describe('with staged edits', () => {
    let folder = '';
    beforeEach(() => {
      folder = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-mend-')));
      for (const name of ['a', 'b']) writeRoot(name, `${name} one\n${name} two\n`);
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));
    const writeRoot = (name: string, text: string) => writeFileSync(join(folder, `${name}.txt`), text);
    const pathOf = (name: string) => join(folder, `${name}.txt`);
    let ids = 0;
    const overlay = () =>
      createStagedFiles({ documents: createDocuments({} as never), roots: () => [folder], newId: () => `c${++ids}` });
    const journal = () => openJournal(join(folder, 'data'));
    const open = () =>
      createSessionStore({ sessions: join(folder, 'sessions'), roots: [folder], journal: journal(), nameOf });

    /** Keeps events as a turn does; `before` is done before an event is passed on. */
    async function keep(
      store: ReturnType<typeof open>,
      staged: ReturnType<typeof overlay>,
      steps: [before: () => Promise<unknown> | unknown, event: LoopEvent][],
    ) {
      const log = await store.create();
      async function* events() {
        for (const [before, event] of steps) {
          await before();
          yield event;
        }
      }
      const { staged: stagedPath } = store.files(log.head.id);
      const title = () => 'Task';
      const checkpoint = async () => undefined;
      for await (const _event of keepTurn(events(), { log, staged, stagedPath, title, checkpoint })) {
        // All is on disk now.
      }
      await log.close();
      return { id: log.head.id, stagedPath };
    }
    const nothing = () => undefined;

    it('has them again, with what they were made on', async () => {
      const [store, staged] = [open(), overlay()];
      const { id } = await keep(store, staged, [
        [nothing, user],
        [nothing, answer('x', 'y')],
        [nothing, begin('x')],
        [() => staged.write(pathOf('a'), 'a one\na zwei\n', signal), end('x')],
        [nothing, begin('y')],
        [() => staged.remove(pathOf('b'), signal), end('y')],
      ]);
      writeRoot('a', 'a changed\na two\n');
      const resumed = await open().resume(id);
      assert.ok(resumed.kind === 'open' && resumed.staged && resumed.continues);
      const again = overlay();
      again.restore(resumed.staged);
      assert.deepEqual(again.staged(), staged.staged());
      assert.equal(again.changeSet('Task')?.files[0]?.base.text, 'a one\na two\n');
      await resumed.log.close();
    });

    it('has the result of a call whose edit was kept and whose result was not', async () => {
      const [store, staged] = [open(), overlay()];
      const { id, stagedPath } = await keep(store, staged, [
        [nothing, user],
        [nothing, answer('x')],
        [nothing, begin('x')],
        [() => staged.write(pathOf('a'), 'a one\na zwei\n', signal), end('x')],
      ]);
      const copy = await readStaged(stagedPath);
      assert.ok(copy);
      const log = [user, answer('x'), begin('x')];
      assert.deepEqual(mendSession(log, copy, null, nameOf).events, [end('x')]);
      // The same id in a later answer is another call.
      const later = [...log, end('x'), answer('x'), begin('x')];
      assert.match(JSON.stringify(mendSession(later, copy, null, nameOf).events), /Interrupted/);
      assert.equal((await store.list())[0]?.state, 'interrupted');
      assert.deepEqual(await store.remove(id), { kind: 'done' });
      assert.ok(!existsSync(stagedPath));
    });

    it('learns from the journal what a review had written', async () => {
      const [store, staged] = [open(), overlay()];
      const { id, stagedPath } = await keep(store, staged, [
        [nothing, user],
        [nothing, answer('x', 'y')],
        [nothing, begin('x')],
        [() => staged.write(pathOf('a'), 'a one\na zwei\n', signal), end('x')],
        [nothing, begin('y')],
        [() => staged.write(pathOf('b'), 'b one\nb zwei\n', signal), end('y')],
        [nothing, { type: 'answer', text: 'Done.', reasoning: '', calls: [] }],
      ]);
      const changeSetId = (await readStaged(stagedPath))?.changeSet.id ?? '';
      const side = (text: string) => ({ text, bom: false, encoding: 'utf8', sha256: hashText(text) });
      const [uri, text] = [pathToFileURL(pathOf('a')).href, 'a one\na two, changed\n'];
      const files = [{ uri, before: side('a one\na two\n'), after: side(text) }];
      const intent = { changeSetId, label: '', undoes: null, writesDisk: true, files };
      const aborted = await journal().begin(intent);
      await journal().abort(aborted, 'stale');
      assert.equal(await journal().committed(changeSetId), null);
      const applyId = await journal().begin(intent);
      await journal().commit(applyId, [{ uri, sha256: hashText(text), text }]);
      const resumed = await open().resume(id);
      assert.ok(resumed.kind === 'open' && resumed.staged === null && !resumed.continues);
      const [reviewed, last] = resumed.log.events.slice(-2).map(({ event }) => event);
      assert.ok(reviewed?.type === 'reviewed' && last?.type === 'end' && reviewed.applyId === applyId);
      assert.deepEqual(
        reviewed.files.map(({ path, accepted, rejected, changedByPerson }) => [
          path,
          accepted,
          rejected,
          changedByPerson,
        ]),
        [
          ['a.txt', 1, 0, true],
          ['b.txt', 0, 1, false],
        ],
      );
      assert.match(reviewed.told, /a\.txt: 1 of 1 changes accepted and changed by the person[\s\S]*b\.txt: rejected/);
      await resumed.log.close();
      assert.ok(!existsSync(stagedPath));
      const [manifest] = await openCheckpoints(store.files(id).folder).turns();
      assert.deepEqual([manifest?.turn, manifest?.files.map((file) => file.uri)], [0, [uri]]);
      const again = await open().resume(id);
      assert.ok(again.kind === 'open' && again.log.events.length === resumed.log.events.length);
      await again.log.close();
    });

    it('forgets them when they were decided on', async () => {
      const [store, staged] = [open(), overlay()];
      const reviewed: AgentEvent = { type: 'reviewed', changeSetId: 'shown', files: [], told: 'Rejected.' };
      let waiting: string | undefined;
      let stagedPath = '';
      const done = await keep(store, staged, [
        [nothing, answer('x')],
        [() => staged.write(pathOf('a'), 'new\n', signal), end('x')],
        [nothing, { type: 'reviewing', changeSet: { ...changeSetOf(staged), id: 'shown' } }],
        [
          async () => {
            const id = (await store.list())[0]?.id ?? '';
            stagedPath = store.files(id).staged;
            waiting = (await readStaged(stagedPath))?.changeSet.id;
          },
          reviewed,
        ],
      ]);
      assert.equal(waiting, 'shown', 'under the id that the journal has');
      assert.equal(done.stagedPath, stagedPath);
      assert.ok(!existsSync(stagedPath));
    });
    const changeSetOf = (staged: ReturnType<typeof overlay>) =>
      staged.changeSet('') ?? { id: '', title: '', files: [] };
  });
});

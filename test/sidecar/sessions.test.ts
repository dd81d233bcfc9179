import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CancellationToken } from 'vscode-languageserver-protocol/node';
import type * as z from 'zod/mini';
import { defaultAgentSettings } from '../../sidecar/agent/agentDefaults.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { changesApply, changesUndo } from '../../sidecar/protocol/changes.ts';
import type { RequestMessage } from '../../sidecar/protocol/message.ts';
import { modelStatus } from '../../sidecar/protocol/models.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import type { SessionEvent } from '../../sidecar/protocol/sessionEvents.ts';
import {
  hostAsk,
  hostKeepRule,
  hostPermit,
  hostReview,
  sessionBudget,
  sessionContinue,
  sessionCreate,
  sessionEvents,
  sessionExport,
  sessionFork,
  sessionList,
  sessionMode,
  sessionMoveWaiting,
  sessionOpen,
  sessionRemove,
  sessionRename,
  sessionRestore,
  sessionReview,
  sessionSend,
  sessionSendNext,
  sessionStop,
  sessionStopCall,
  sessionTakeBack,
} from '../../sidecar/protocol/sessions.ts';
import { type ScriptedReply, type ScriptedServer, startScriptedServer } from '../servers/scriptedServer.ts';
import { startSidecar, type TestSidecar, temporaryFolder } from './startSidecar.ts';

const buggy = 'def add(a, b):\n    return a - b\n';
const fixed = 'def add(a, b):\n    return a + b\n';
const edit = { file_path: 'calc.py', old_string: 'a - b', new_string: 'a + b' };

const call = (name: string, args: object): ScriptedReply => ({
  stream: [{ call: { name, arguments: JSON.stringify(args) } }],
  finish: 'tool_calls',
});
const says = (text: string): ScriptedReply => ({ stream: [text] });
const done = says('Done.');

type Permission = z.infer<typeof hostPermit.result>;
type Review = z.infer<typeof hostReview.result>;

/** The sidecar with an editor that answers as the test says. */
async function open(server: ScriptedServer, folder: string, home: string) {
  const sidecar = await startSidecar({
    folder,
    home,
    settings: {
      model: 'test',
      servers: [{ name: 'test', url: server.url, model: 'scripted' }],
      agent: { ...defaultAgentSettings, sandbox: 'off' },
    },
  });
  const events: SessionEvent[] = [];
  const rules: string[] = [];
  const asked: z.infer<typeof hostPermit.params>[] = [];
  const reviews: z.infer<typeof hostReview.params>[] = [];
  const answers = {
    permit: async (): Promise<Permission> => ({ answer: 'allow_once' }),
    review: (params: z.infer<typeof hostReview.params>, _token: CancellationToken) => acceptIn(sidecar, params),
  };
  sidecar.connection.onNotification(sessionEvents.method, (raw: unknown) => {
    events.push(...sessionEvents.params.parse(raw).events);
  });
  const answer = <P extends z.ZodMiniType>(
    message: RequestMessage<P, z.ZodMiniType>,
    reply: (params: z.infer<P>, token: CancellationToken) => unknown,
  ) =>
    sidecar.connection.onRequest(message.method, async (raw: unknown, token: CancellationToken) =>
      reply(message.params.parse(raw), token),
    );
  answer(hostPermit, (params) => {
    asked.push(params);
    return answers.permit();
  });
  answer(hostReview, (params, token) => {
    reviews.push(params);
    return answers.review(params, token);
  });
  answer(hostAsk, () => ({ answer: 'Stop' }));
  answer(hostKeepRule, ({ rule }) => {
    rules.push(rule);
    return {};
  });
  return { sidecar, events, rules, asked, reviews, answers };
}

/** What "Accept all" in the editor does. */
async function acceptIn(sidecar: TestSidecar, { changeSet }: z.infer<typeof hostReview.params>): Promise<Review> {
  const files = acceptAll(changeSet);
  const applied = await sidecar.request(changesApply, { changeSetId: changeSet.id, files });
  assert.equal(applied.kind, 'applied');
  if (applied.kind !== 'applied') return { kind: 'left' };
  const textsAfter = applied.files.map(({ uri, textAfter }) => ({ uri, text: textAfter }));
  return { kind: 'applied', applyId: applied.applyId, files, textsAfter };
}

const keptOf = (events: readonly SessionEvent[]): AgentEvent[] =>
  events.flatMap((one) => ('index' in one ? [one.event] : []));

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 600, `${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const ends = (events: readonly SessionEvent[]) => keptOf(events).filter(({ type }) => type === 'end').length;

describe('sessions over the protocol', () => {
  let server: ScriptedServer;
  let folder: string;
  let home: string;
  let editor: Awaited<ReturnType<typeof open>>;
  const file = () => readFileSync(join(folder, 'calc.py'), 'utf8');
  const results = (): string[] => {
    const body = server.chats().at(-1)?.body as { messages: { role: string; content: string }[] } | undefined;
    return (body?.messages ?? []).flatMap(({ role, content }) => (role === 'tool' ? [content] : []));
  };

  async function start(...replies: ScriptedReply[]): Promise<string> {
    server = await startScriptedServer(replies);
    folder = mkdtempSync(join(tmpdir(), 'devstral-sessions-'));
    home = temporaryFolder('home');
    writeFileSync(join(folder, 'calc.py'), buggy);
    editor = await open(server, folder, home);
    return (await editor.sidecar.request(sessionCreate, { mode: 'ask' })).sessionId;
  }
  const send = (sessionId: string, text: string, whenBusy: 'steer' | 'queue' = 'steer') =>
    editor.sidecar.request(sessionSend, { sessionId, text, context: [], whenBusy });

  afterEach(async () => {
    await editor.sidecar.stop();
    await server.close();
  });

  it('stages edits, has them reviewed, and tells the model what was accepted', async () => {
    const sessionId = await start(
      call('edit', edit),
      call('write_file', { file_path: 'b.py', content: 'b = 1\n' }),
      done,
    );
    assert.deepEqual(await send(sessionId, 'mend it'), { taken: 'started' });
    await until('the end', () => ends(editor.events) === 1);
    assert.equal(file(), fixed);
    assert.equal(readFileSync(join(folder, 'b.py'), 'utf8'), 'b = 1\n');
    assert.deepEqual(
      editor.reviews[0]?.changeSet.files.map(({ operation }) => operation),
      ['edit', 'create'],
    );
    const kept = keptOf(editor.events);
    assert.deepEqual(
      kept.map(({ type }) => type),
      ['user', 'answer', 'callBegin', 'callEnd', 'answer', 'callBegin', 'callEnd', 'answer', 'reviewed', 'end'],
    );
    const indices = editor.events.flatMap((one) => ('index' in one ? [one.index] : []));
    assert.deepEqual(indices, [...kept.keys()]);

    // Undo turn: shown first, applied as any other.
    const restored = await editor.sidecar.request(sessionRestore, { sessionId, turn: 0 });
    assert.equal(restored.kind, 'changes');
    if (restored.kind !== 'changes' || !restored.changeSet) return assert.fail('nothing to take back');
    await acceptIn(editor.sidecar, { sessionId, changeSet: restored.changeSet, acceptAll: true });
    assert.equal(file(), buggy);
    await until('the note', () => keptOf(editor.events).at(-1)?.type === 'note');
    const note = keptOf(editor.events).at(-1);
    assert.match(note?.type === 'note' ? note.text : '', /took back .*"mend it"\. As before .*: calc\.py, b\.py\./);
  });

  it('tells the model of accepted edits that were taken back, and never within a turn', async () => {
    const slow: ScriptedReply = { ...done, delayMs: 700 };
    const sessionId = await start(call('edit', edit), done, slow, done);
    await send(sessionId, 'mend it');
    await until('the end', () => ends(editor.events) === 1);
    const reviewed = keptOf(editor.events).find((event) => event.type === 'reviewed');
    const applyId = reviewed?.type === 'reviewed' ? (reviewed.applyId ?? '') : '';
    await send(sessionId, 'and the docs');
    await until('the request', () => server.chats().length === 3);
    await send(sessionId, 'what stands?', 'queue');
    assert.equal((await editor.sidecar.request(changesUndo, { applyId })).kind, 'applied');
    assert.equal(file(), buggy);
    await until('all turns', () => ends(editor.events) === 3);
    const types = keptOf(editor.events).map(({ type }) => type);
    assert.deepEqual(types.slice(-7), ['user', 'answer', 'end', 'note', 'user', 'answer', 'end']);
    const body = JSON.stringify(server.chats().at(-1)?.body);
    assert.match(body, /took back your edits in calc\.py: these files are as before them\./);
  });

  it('asks before a command, reviews first, keeps a rule, and passes a word on', async () => {
    const sessionId = await start(
      call('edit', edit),
      call('bash', { command: 'echo one > out.txt' }),
      call('bash', { command: 'cat out.txt' }),
      call('bash', { command: 'cat calc.py' }),
      done,
    );
    const order: string[] = [];
    const { review } = editor.answers;
    editor.answers.review = (params, token) => {
      order.push('review');
      return review(params, token);
    };
    const said: Permission[] = [
      { answer: 'allow_once', acceptStaged: true },
      { answer: 'allow_always' },
      { answer: 'reject_once', word: 'look elsewhere' },
    ];
    editor.answers.permit = async () => {
      order.push('permit');
      return said.shift() ?? { answer: 'reject_once' };
    };
    await send(sessionId, 'mend it');
    await until('the end', () => ends(editor.events) === 1);
    assert.deepEqual(order, ['permit', 'review', 'permit', 'permit']);
    assert.equal(editor.asked[0]?.asked.what, 'echo one > out.txt');
    assert.equal(editor.asked[0]?.asked.staged, 1);
    assert.equal(editor.reviews[0]?.acceptAll, true);
    assert.deepEqual(editor.rules, [editor.asked[1]?.asked.rule]);
    assert.match(results().at(-1) ?? '', /look elsewhere/);
    assert.match(results()[1] ?? '', /Files that it changed: out\.txt/);
    // What the command made belongs to the turn as well.
    const restored = await editor.sidecar.request(sessionRestore, { sessionId, turn: 0 });
    const files = restored.kind === 'changes' ? restored.changeSet?.files : [];
    assert.deepEqual(files?.map(({ uri }) => uri.split('/').at(-1)).sort(), ['calc.py', 'out.txt']);
  });

  it('takes a steer at the next step and a queued message after the turn, and gives one back', async () => {
    const slow: ScriptedReply = { ...call('read', { file_path: 'calc.py' }), delayMs: 700 };
    const sessionId = await start(slow, done, done);
    await send(sessionId, 'look');
    assert.deepEqual(await send(sessionId, 'use pathlib'), { taken: 'steer' });
    assert.deepEqual(await send(sessionId, 'then the docs', 'queue'), { taken: 'queue' });
    assert.deepEqual(await send(sessionId, 'never', 'queue'), { taken: 'queue' });
    const snapshot = await editor.sidecar.request(sessionOpen, { sessionId });
    assert.equal(snapshot.kind, 'open');
    if (snapshot.kind !== 'open') return;
    assert.equal(snapshot.running, true);
    assert.deepEqual(
      snapshot.waiting.map(({ kind, text }) => `${kind} ${text}`),
      ['steer use pathlib', 'queue then the docs', 'queue never'],
    );
    const messageId = snapshot.waiting[2]?.id ?? '';
    assert.deepEqual(await editor.sidecar.request(sessionTakeBack, { sessionId, messageId }), {
      ...{ message: { text: 'never', context: [] } },
    });
    await until('both turns', () => ends(editor.events) === 2);
    const said = keptOf(editor.events).flatMap((event) =>
      event.type === 'user' || event.type === 'steer' ? [`${event.type} ${event.text}`] : [],
    );
    assert.deepEqual(said, ['user look', 'steer use pathlib', 'user then the docs']);
  });

  it('stops at once, keeps what waits, and goes on', async () => {
    const sessionId = await start({ stream: ['Well, ', { hang: true }] }, done);
    await send(sessionId, 'talk');
    await until('text', () => editor.events.some((one) => one.event.type === 'text'));
    await send(sessionId, 'later', 'queue');
    await editor.sidecar.request(sessionStop, { sessionId });
    assert.deepEqual(
      keptOf(editor.events).map((event) => (event.type === 'end' ? `end ${event.reason}` : event.type)),
      ['user', 'answer', 'end stopped'],
    );
    const stopped = await editor.sidecar.request(sessionOpen, { sessionId });
    assert.ok(stopped.kind === 'open' && !stopped.running && stopped.waiting.length === 1);
    assert.deepEqual(await editor.sidecar.request(sessionContinue, { sessionId }), { started: true });
    await until('the turn that went on, and the one that waited', () => ends(editor.events) === 3);
  });

  it('loses nothing when it is killed, and goes on where it was', async () => {
    const sessionId = await start(call('edit', edit), { hang: true }, done);
    await send(sessionId, 'mend it');
    await until('the second step', () => server.chats().length === 2);
    editor.sidecar.child.kill('SIGKILL');
    editor = await open(server, folder, home);
    const opened = await editor.sidecar.request(sessionOpen, { sessionId });
    assert.equal(opened.kind, 'open');
    if (opened.kind !== 'open') return;
    assert.equal(opened.continues, true);
    assert.deepEqual(
      opened.staged?.files.map(({ proposedText }) => proposedText),
      [fixed],
    );
    await editor.sidecar.request(sessionContinue, { sessionId });
    await until('the end', () => ends(editor.events) === 1);
    assert.equal(file(), fixed);
  });

  it('goes on with the same conversation after it was killed between two turns', async () => {
    const sessionId = await start({ stream: ['Blue.'] });
    await send(sessionId, 'Which colour?');
    await until('the end', () => ends(editor.events) === 1);
    editor.sidecar.child.kill('SIGKILL');
    editor = await open(server, folder, home);
    await send(sessionId, 'And why?');
    await until('the end', () => ends(editor.events) === 1);
    const [first, second] = server.chats().map(({ body }) => (body as { messages: object[] }).messages);
    assert.deepEqual(second, [
      ...(first ?? []),
      { role: 'assistant', content: 'Blue.' },
      { role: 'user', content: 'And why?' },
    ]);
  });

  it('applies at once where the mode says so, and the mode can change in between', async () => {
    const sessionId = await start(call('edit', edit), done);
    await editor.sidecar.request(sessionMode, { sessionId, mode: 'accept-edits' });
    await send(sessionId, 'mend it');
    await until('the end', () => ends(editor.events) === 1);
    assert.equal(file(), fixed);
    assert.equal(editor.reviews.length, 0);
    const restored = await editor.sidecar.request(sessionRestore, { sessionId, turn: 0 });
    assert.ok(restored.kind === 'changes' && restored.changeSet?.files.length === 1);
  });

  it('keeps edits that nobody decided on, and shows them again', async () => {
    const sessionId = await start(call('edit', edit), done);
    editor.answers.review = async () => ({ kind: 'left' });
    await send(sessionId, 'mend it');
    await until('the end', () => ends(editor.events) === 1);
    assert.equal(file(), buggy);
    const { sessions } = await editor.sidecar.request(sessionList, {});
    assert.equal(sessions[0]?.state, 'waits');
    editor.answers.review = (params) => acceptIn(editor.sidecar, params);
    await editor.sidecar.request(sessionReview, { sessionId });
    await until('the review', () => file() === fixed);
  });

  it('goes on with the turn when the person says more instead of deciding on its edits', async () => {
    const sessionId = await start(call('edit', edit), done, says('More of it.'), done);
    // As the editor does: a request that is taken back is answered without a decision.
    editor.answers.review = (_params, token) =>
      new Promise((resolve) => token.onCancellationRequested(() => resolve({ kind: 'left' })));
    await send(sessionId, 'mend it');
    await until('the review', () => editor.reviews.length === 1);
    await until('the word of it', () => editor.events.some(({ event }) => event.type === 'reviewing'));
    await send(sessionId, 'and say more');
    await until('the second review', () => editor.reviews.length === 2);
    const said = keptOf(editor.events).flatMap((event) =>
      event.type === 'steer' || event.type === 'answer' ? [`${event.type} ${event.text}`] : [],
    );
    assert.deepEqual(said, ['answer ', 'answer Done.', 'steer and say more', 'answer More of it.']);
    assert.equal(file(), buggy, 'the edit still waits');
    // The turn was stopped while only its edits waited: it was done.
    await editor.sidecar.request(sessionStop, { sessionId });
    await until('the end', () => ends(editor.events) === 1);
    const end = keptOf(editor.events).at(-1);
    assert.ok(end?.type === 'end' && end.reason === 'done');

    await editor.sidecar.request(sessionReview, { sessionId });
    await until('the third review', () => editor.reviews.length === 3);
    editor.answers.review = (params) => acceptIn(editor.sidecar, params);
    await send(sessionId, 'not yet');
    await until('its end', () => ends(editor.events) === 2);
    assert.equal(file(), fixed);
  });

  it('lists, renames, forks, exports and removes', async () => {
    const sessionId = await start(done, done);
    await send(sessionId, 'one');
    await until('the first end', () => ends(editor.events) === 1);
    await send(sessionId, 'two');
    await until('the second end', () => ends(editor.events) === 2);
    await editor.sidecar.request(sessionRename, { sessionId, title: 'Mine' });
    await until('the name', () => keptOf(editor.events).at(-1)?.type === 'titled');
    const forked = await editor.sidecar.request(sessionFork, { sessionId, events: 3 });
    assert.equal(forked.kind, 'done');
    if (forked.kind !== 'done') return;
    const { sessions } = await editor.sidecar.request(sessionList, {});
    assert.deepEqual(sessions.map(({ title, messages }) => `${title} ${messages}`).sort(), ['Mine 2', 'one 1']);
    const exported = await editor.sidecar.request(sessionExport, { sessionId, format: 'markdown' });
    assert.ok(exported.kind === 'done' && exported.text.startsWith('# Mine'));
    assert.deepEqual(await editor.sidecar.request(sessionRemove, { sessionId }), {
      ...{ kind: 'done', sessionIds: [sessionId] },
    });
    assert.equal((await editor.sidecar.request(sessionList, {})).sessions.length, 1);
    assert.equal((await editor.sidecar.request(sessionOpen, { sessionId: 'none' })).kind, 'failed');
  });

  it('has versions of an edited prompt, also after a new start, and removes them together', async () => {
    const sessionId = await start(done);
    await send(sessionId, 'one');
    await until('the first end', () => ends(editor.events) === 1);
    const uri = pathToFileURL(join(folder, 'calc.py')).href;
    const lines = { start: { line: 0, character: 0 }, end: { line: 1, character: 0 } };
    const context: SessionContext[] = [
      { kind: 'file', uri, label: 'calc.py, line 1', range: lines },
      { kind: 'text', label: 'Terminal', text: '1 failed' },
    ];
    await editor.sidecar.request(sessionSend, { sessionId, text: 'two', context, whenBusy: 'steer' });
    await until('the second end', () => ends(editor.events) === 2);
    const forked = await editor.sidecar.request(sessionFork, { sessionId, events: 3, edited: true });
    assert.ok(forked.kind === 'done');
    assert.deepEqual(forked.context, context, 'what went along can go along again');
    const exported = await editor.sidecar.request(sessionExport, { sessionId, format: 'json' });
    assert.ok(exported.kind === 'done' && exported.text.includes('1 failed') && !exported.text.includes(uri));
    const branchesOf = async (id: string) => {
      const opened = await editor.sidecar.request(sessionOpen, { sessionId: id });
      assert.ok(opened.kind === 'open');
      return opened.branches;
    };
    const sessions = [sessionId, forked.sessionId];
    assert.deepEqual(await branchesOf(forked.sessionId), [{ event: 4, current: 1, sessions }], 'before it is sent');
    await send(forked.sessionId, 'two, better');
    await until('the third end', () => ends(editor.events) === 3);
    await editor.sidecar.stop();
    editor = await open(server, folder, home);
    assert.deepEqual(await branchesOf(forked.sessionId), [{ event: 4, current: 1, sessions }]);
    assert.deepEqual(await branchesOf(sessionId), [{ event: 3, current: 0, sessions }]);
    const families = (await editor.sidecar.request(sessionList, {})).sessions.map(({ family }) => family);
    assert.deepEqual(families, [sessionId, sessionId]);
    await editor.sidecar.request(sessionRename, { sessionId, title: 'Both' });
    const titles = (await editor.sidecar.request(sessionList, {})).sessions.map(({ title }) => title);
    assert.deepEqual(titles, ['Both', 'Both']);
    await editor.sidecar.request(sessionRemove, { sessionId: forked.sessionId });
    assert.deepEqual(await editor.sidecar.request(sessionList, {}), { sessions: [] });
  });

  it('stops one command: the turn goes on, and the model knows why', async () => {
    const sessionId = await start(call('bash', { command: 'echo begun; sleep 60' }), done);
    await send(sessionId, 'wait');
    await until('output', () => editor.events.some(({ event }) => event.type === 'output'));
    const running = keptOf(editor.events).find((event) => event.type === 'callBegin');
    assert.ok(running?.type === 'callBegin');
    const { callId } = running;
    assert.deepEqual(await editor.sidecar.request(sessionStopCall, { sessionId, callId: 'other' }), { stopped: false });
    assert.deepEqual(await editor.sidecar.request(sessionStopCall, { sessionId, callId }), { stopped: true });
    await until('the end', () => ends(editor.events) === 1);
    assert.deepEqual(keptOf(editor.events).at(-1), { type: 'end', reason: 'done' });
    assert.match(
      results().at(-1) ?? '',
      /^begun\n\[stopped by the person, .*\n.*The person stopped this call, not your work/s,
    );
    assert.deepEqual(await editor.sidecar.request(sessionStopCall, { sessionId, callId }), { stopped: false });
  });

  it('sends what waits in the order in which the person puts it, and after a stop when they say so', async () => {
    const sessionId = await start({ stream: ['Well, ', { hang: true }] }, done);
    await send(sessionId, 'talk');
    await until('text', () => editor.events.some((one) => one.event.type === 'text'));
    for (const text of ['a', 'b']) await send(sessionId, text, 'queue');
    await send(sessionId, 's', 'steer');
    const waiting = async () => {
      const opened = await editor.sidecar.request(sessionOpen, { sessionId });
      return opened.kind === 'open' ? opened.waiting : [];
    };
    const list = async () => (await waiting()).map(({ kind, text }) => `${kind} ${text}`);
    assert.deepEqual(await list(), ['steer s', 'queue a', 'queue b'], 'steering is taken first');
    const move = async (text: string, by: -1 | 1) => {
      const messageId = (await waiting()).find((each) => each.text === text)?.id ?? '';
      await editor.sidecar.request(sessionMoveWaiting, { sessionId, messageId, by });
    };
    await move('b', -1);
    await move('b', -1);
    await move('b', -1);
    assert.deepEqual(await list(), ['steer b', 'steer s', 'queue a'], 'it takes the place of what it passes');
    await move('s', 1);
    assert.deepEqual(await list(), ['steer b', 'queue a', 'queue s']);
    assert.deepEqual(await editor.sidecar.request(sessionSendNext, { sessionId }), { started: false });
    await editor.sidecar.request(sessionStop, { sessionId });
    assert.equal((await waiting()).length, 3);
    assert.deepEqual(await editor.sidecar.request(sessionSendNext, { sessionId }), { started: true });
    await until('all of them', () => ends(editor.events) === 4);
    const said = keptOf(editor.events).flatMap((event) => (event.type === 'user' ? [event.text] : []));
    assert.deepEqual(said, ['talk', 'b', 'a', 's']);
  });

  it('lists edits that wait for review after a new start, without the session being opened', async () => {
    const sessionId = await start(call('edit', edit), done);
    editor.answers.review = async () => ({ kind: 'left' });
    await send(sessionId, 'mend it');
    await until('the end', () => ends(editor.events) === 1);
    await editor.sidecar.stop();
    editor = await open(server, folder, home);
    const { sessions } = await editor.sidecar.request(sessionList, {});
    assert.deepEqual(
      sessions.map(({ id, state }) => [id, state]),
      [[sessionId, 'waits']],
    );
  });

  it('takes a name while a turn runs, in the order of its events', async () => {
    const sessionId = await start({ stream: ['Well, ', { hang: true }] }, done);
    await send(sessionId, 'talk');
    await until('text', () => editor.events.some((one) => one.event.type === 'text'));
    await editor.sidecar.request(sessionRename, { sessionId, title: 'Mine' });
    await editor.sidecar.request(sessionStop, { sessionId });
    const kept = editor.events.flatMap((one) => ('index' in one ? [`${one.index} ${one.event.type}`] : []));
    assert.deepEqual(kept, ['0 user', '1 titled', '2 answer', '3 end']);
  });

  it('is not told that the model is ready while another session is answered', async () => {
    const reply: ScriptedReply = { stream: ['Well, ', { hang: true }] };
    const sessionId = await start(reply, done);
    const states: string[] = [];
    editor.sidecar.connection.onNotification(modelStatus.method, (raw: unknown) => {
      states.push(modelStatus.params.parse(raw).state.state);
    });
    await send(sessionId, 'talk');
    await until('text', () => editor.events.some((one) => one.event.type === 'text'));
    await until('writing', () => states.at(-1) === 'writing');
    const before = states.length;
    const other = (await editor.sidecar.request(sessionCreate, { mode: 'ask' })).sessionId;
    await send(other, 'and you?');
    await until('the other end', () => ends(editor.events) === 1);
    assert.ok(!states.slice(before).includes('ready'), states.slice(before).join(' '));
    await editor.sidecar.request(sessionStop, { sessionId });
    await until('ready', () => states.at(-1) === 'ready');
  });

  it('counts the next prompt by its parts', async () => {
    const sessionId = await start(done);
    await send(sessionId, 'one');
    await until('the end', () => ends(editor.events) === 1);
    const context = [{ kind: 'file' as const, uri: pathToFileURL(join(folder, 'calc.py')).href, label: 'calc.py' }];
    const { budget } = await editor.sidecar.request(sessionBudget, { sessionId, text: 'and now?', context });
    assert.ok(budget && budget.system > 500 && (budget.context[0] ?? 0) > 10 && budget.size === 32768);
    const { budget: first } = await editor.sidecar.request(sessionBudget, { sessionId: '', text: 'and now?', context });
    assert.deepEqual(first?.context, budget.context);
    assert.ok(first.conversation === 0 && budget.conversation > 0);
  });
});

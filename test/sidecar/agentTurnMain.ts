// Runs scripted turns of the real loop in a folder until they are done, and goes on with a session that is there already.
// `node agentTurnMain.mjs FOLDER KILL_AT`: kills itself at that file system call; 0: never. Says each event that was kept.

import { writeSync } from 'node:fs';
// Runs scripted turns of the real loop in a folder until they are done, and goes on with a session that is there already.
// `node agentTurnMain.mjs FOLDER KILL_AT`: kills itself at that file system call; 0: never. Says each event that was kept.
import fsPromises, { type FileHandle, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import * as z from 'zod';
import { runTurn } from '../../sidecar/agent/agentLoop.ts';
import { type GateDeps, passGate, reviewStaged } from '../../sidecar/agent/gate.ts';
import { isKept, type LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import { checkpointReview } from '../../sidecar/checkpoints/checkpointReview.ts';
import { openCheckpoints } from '../../sidecar/checkpoints/checkpointStore.ts';
import type { ReviewAnswer } from '../../sidecar/host/person.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import type { Backend, Message, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { ChangeSet } from '../../sidecar/protocol/changes.ts';
import { keepTurn } from '../../sidecar/sessions/keepTurn.ts';
import { createSessionStore } from '../../sidecar/sessions/sessionStore.ts';
import { editTool } from '../../sidecar/tools/edit.ts';
import { moveFileTool } from '../../sidecar/tools/moveFile.ts';
import { readTool } from '../../sidecar/tools/read.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';
import { writeFileTool } from '../../sidecar/tools/writeFile.ts';
import { applyOutcomes } from '../../sidecar/workspace/applyChanges.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { openJournal, recoverOpenIntents } from '../../sidecar/workspace/journal.ts';
import { createStagedFiles } from '../../sidecar/workspace/stagedFiles.ts';
import { agentDeps, scriptedBackend } from '../unit/scriptedAgent.ts';

type Call = [name: string, args: object];
const edit = (file_path: string, old_string: string, new_string: string): Call => [
  'edit',
  { file_path, old_string, new_string },
];

/** What the model does in each turn, a list of calls an answer. Then it says "Done.". */
const turns: Call[][][] = [
  [
    [['read', { file_path: 'a.txt' }], ['read', { file_path: 'b.txt' }], edit('a.txt', 'first 0', 'first 1')],
    [edit('b.txt', 'first 0', 'first 1'), ['write_file', { file_path: 'new/one.txt', content: 'made\n' }]],
    [['move_file', { file_path: 'old.txt' }]],
  ],
  [
    [edit('a.txt', 'first 1', 'first 2'), edit('b.txt', 'first 1', 'first 2'), ['command', {}]],
    [edit('b.txt', 'second 0', 'second 2'), edit('new/one.txt', 'made', 'changed')],
  ],
  [[edit('a.txt', 'second 0', 'second 3'), edit('b.txt', 'first 2', 'first 3')]],
];

/** Goes by the conversation alone: a call that was cut off is made again. */
function answerTo(messages: readonly Message[]): Call[] {
  const at = messages.findLastIndex(({ role, content }) => role === 'user' && /turn \d/.test(String(content)));
  const turn = turns[Number(/turn (\d)/.exec(String(messages[at]?.content))?.[1])] ?? [];
  const later = messages.slice(at + 1);
  const done = later.filter((message, index) => {
    if (message.role !== 'assistant') return false;
    const next = later.findIndex(({ role }, other) => other > index && role !== 'tool');
    const results = later.slice(index + 1, next === -1 ? later.length : next);
    return !results.some(({ content }) => /(^|\n\n)(Interrupted|Not run)/.test(String(content)));
  });
  return turn[done.length] ?? [];
}

function scriptedModel(): Backend {
  async function* stream({ messages }: StreamRequest): AsyncGenerator<ModelEvent> {
    const calls = answerTo(messages);
    if (calls.length === 0) yield { type: 'text', text: 'Done.' };
    for (const [index, [name, args]] of calls.entries()) {
      // Ids that are used again, as some servers do.
      yield { type: 'toolCallBegin', index, id: `call${index}`, name };
      yield { type: 'toolCallArguments', index, text: JSON.stringify(args) };
      yield { type: 'toolCallEnd', index };
    }
    yield { type: 'finish', reason: calls.length > 0 ? 'toolCalls' : 'stop' };
  }
  return { ...scriptedBackend([]).backend, stream };
}

let fileCalls = 0;

/** Counts file system calls, and ends the process at one of them as kill -9 does. */
function killAtCall(killAt: number): void {
  const counted = (real: (...args: unknown[]) => unknown) =>
    function (this: unknown, ...args: unknown[]) {
      if (++fileCalls === killAt) process.kill(process.pid, 'SIGKILL');
      return real.apply(this, args);
    };
  for (const name of ['rename', 'rm', 'chmod', 'mkdir', 'readFile', 'truncate', 'readdir'] as const) {
    Object.assign(fsPromises, { [name]: counted(fsPromises[name] as (...args: unknown[]) => unknown) });
  }
  const open = counted(fsPromises.open as (...args: unknown[]) => unknown) as typeof fsPromises.open;
  const opened = async (...args: Parameters<typeof open>): Promise<FileHandle> => {
    const handle = await open(...args);
    for (const name of ['writeFile', 'appendFile', 'sync', 'datasync', 'close'] as const) {
      Object.assign(handle, { [name]: counted((handle[name] as (...each: unknown[]) => unknown).bind(handle)) });
    }
    return handle;
  };
  Object.assign(fsPromises, { open: opened });
  syncBuiltinESMExports();
}

const [folder = '', killAt = '0'] = process.argv.slice(2);
killAtCall(Number(killAt));
const root = join(folder, 'workspace');
const data = join(folder, 'data');
const signal = new AbortController().signal;
const host = createTerminalHost({ env: {} });
const documents = createDocuments(host);
const journal = openJournal(data);
await recoverOpenIntents(journal);
let ids = 0;
const newId = () => `set-${process.pid}-${++ids}`;
const staged = createStagedFiles({ documents, roots: () => [root], newId });
const nameOf = (uri: string) => uri.split('/workspace/').at(-1) ?? uri;
const store = createSessionStore({ sessions: join(data, 'sessions'), roots: [root], journal, nameOf });

const [last] = await store.list();
const resumed = last ? await store.resume(last.id) : null;
if (resumed && resumed.kind !== 'open') throw new Error(JSON.stringify(resumed));
const log = resumed?.log ?? (await store.create());
if (resumed?.staged) staged.restore(resumed.staged);
const { staged: stagedPath, folder: sessionFolder } = store.files(log.head.id);
const checkpoints = openCheckpoints(sessionFolder);

const events = () => log.events.map(({ event }) => event);
const turnsBegun = () => events().filter(({ type }) => type === 'user').length;

/** Accepts all; in the last turn only one of two files. */
async function review(changeSet: ChangeSet): Promise<ReviewAnswer> {
  const accepted = turnsBegun() === turns.length ? changeSet.files.slice(0, 1) : changeSet.files;
  const files = acceptAll({ ...changeSet, files: accepted });
  const currentText = (uri: string) => documents.read(uri, signal);
  const applied = await applyOutcomes({ changeSetId: changeSet.id, files }, { host, journal, currentText, signal });
  if (applied.kind !== 'applied') throw new Error(JSON.stringify(applied));
  return { kind: 'applied', applyId: applied.applyId, files, textsAfter: [] };
}

const context = { roots: [root], files: staged, host, askPerson: async () => null };
const gate: GateDeps = {
  person: { review, permit: async () => ({ answer: 'allow_once' }), ask: async () => null },
  staged,
  context,
  decide: ({ tool: { effect } }) => ({ verdict: effect === 'command' ? 'ask' : effect === 'edit' ? 'stage' : 'run' }),
  keepRule: async () => undefined,
  nameOf,
  title: () => 'Task',
};
/** A program that writes a file, which it may do again. */
const command: AnyTool = {
  name: 'command',
  description: 'Run it.',
  effect: 'command',
  args: z.strictObject({}),
  title: () => 'Run it',
  async run() {
    await writeFile(join(root, 'ran.txt'), 'ran\n');
    return { ok: true, text: 'ran', summary: 'exit 0' };
  },
};
const deps = agentDeps(scriptedModel(), [readTool, editTool, writeFileTool, moveFileTool, command], {
  context,
  gate: (call, at) => passGate(call, gate, at),
  async *finish(at) {
    yield* reviewStaged(gate, false, at);
  },
});

async function keep(from: AsyncGenerator<LoopEvent, unknown>): Promise<void> {
  const checkpoint = (event: AgentEvent, before: readonly AgentEvent[]) =>
    checkpointReview(event, before, checkpoints, journal);
  for await (const event of keepTurn(from, { log, staged, stagedPath, title: () => 'Task', checkpoint })) {
    if (isKept(event)) writeSync(1, `${JSON.stringify({ at: log.events.length - 1, event })}\n`);
  }
}

if (resumed?.continues) await keep(runTurn(null, events(), deps, signal));
else if (staged.staged().size > 0) await keep(reviewStaged(gate, false, signal));
while (turnsBegun() < turns.length) {
  const turn = turnsBegun();
  await keep(runTurn({ type: 'user', id: `u${turn}`, text: `turn ${turn}`, context: '' }, events(), deps, signal));
}
await log.close();
writeSync(1, `${JSON.stringify({ fileCalls })}\n`);

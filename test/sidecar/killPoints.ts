import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import { openCheckpoints } from '../../sidecar/checkpoints/checkpointStore.ts';
import { restoreTurn } from '../../sidecar/checkpoints/restoreTurn.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { readSession } from '../../sidecar/sessions/sessionLog.ts';
import { applyOutcomes } from '../../sidecar/workspace/applyChanges.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { openJournal, recoverOpenIntents } from '../../sidecar/workspace/journal.ts';
import { seeded } from '../unit/seeded.ts';

const filler = 'the same line\n'.repeat(2000);
const initial = {
  'a.txt': `first 0\n${filler}second 0\n`,
  'b.txt': `first 0\r\nmiddle\r\nsecond 0\r\n`,
  'old.txt': 'goes\n',
};
/** Reviews that the scripted turns come to. */
const reviews = 4;

type Texts = Record<string, string>;
type Said = { at: number; event: AgentEvent };

export interface KillReport {
  kills: number;
  /** Applies that were open when the process was killed, and events that were never said: what the points are worth. */
  openIntents: number;
  notSaid: number;
  acknowledged: number;
  seconds: number;
}

/**
 * Kills scripted turns of the agent (`program`, the bundle of agentTurnMain.ts) at random points of which half are file
 * system calls of theirs and half moments after an event, and throws unless nothing is lost and nothing half done.
 */
export async function killAtRandomPoints(program: string, points: number, seed: number): Promise<KillReport> {
  const startedAt = performance.now();
  const random = seeded(seed);
  const states = await statesOf(program);
  const report = { kills: 0, openIntents: 0, notSaid: 0, acknowledged: 0 };
  while (report.kills < points) {
    const folder = await makeFolder();
    const said: Said[] = [];
    // Some runs are killed again while they go on.
    for (let kills = 1 + Math.floor(random() * 3); ; kills--) {
      const byCall = random() < 0.5;
      const way = byCall
        ? { killAt: 1 + Math.floor(random() * states.fileCalls) }
        : { afterEvent: Math.floor(random() * states.events), delayMs: random() * 4 };
      const run = await runProgram(program, folder, kills > 0 && report.kills < points ? way : {});
      said.push(...run.said);
      report.acknowledged += run.said.length;
      if (!run.killed) break;
      report.kills++;
      const where = `seed ${seed}, kill ${report.kills}, ${JSON.stringify(way)}`;
      await checkLog(folder, said, where);
      report.openIntents += await checkFiles(folder, states.texts, where);
    }
    const where = `seed ${seed}, after kill ${report.kills}`;
    const events = await checkLog(folder, said, where);
    assert.deepEqual(await textsIn(folder), states.texts.at(-1), `${where}: the files at the end`);
    assert.equal(events.filter(({ type }) => type === 'reviewed').length, reviews, `${where}: reviews`);
    assert.equal(await committedIn(folder), reviews, `${where}: what was written was written once`);
    checkTranscript(events, where);
    await checkRestore(folder, where);
    report.notSaid += events.length - new Set(said.map(({ at }) => at)).size;
    await rm(folder, { recursive: true });
  }
  return { ...report, seconds: Math.round((performance.now() - startedAt) / 1000) };
}

/** The texts of the workspace after each change set, from a run that nobody kills. */
async function statesOf(program: string) {
  const folder = await makeFolder();
  const run = await runProgram(program, folder, {});
  assert.ok(!run.killed && run.fileCalls > 100, run.errors);
  const states: Texts[] = [initial];
  const names = await readdir(join(folder, 'data', 'journal'));
  const journal = openJournal(join(folder, 'data'));
  for (const name of names.sort()) {
    const entry = await journal.read(name.replace('.jsonl', ''));
    const texts = { ...states.at(-1) };
    for (const { uri, after } of entry?.intent.files ?? []) {
      const path = decodeURIComponent(uri.split('/workspace/').at(-1) ?? '');
      if (after === null) delete texts[path];
      else texts[path] = after.text;
    }
    states.push(texts);
  }
  assert.equal(states.length, reviews + 1);
  assert.deepEqual(await textsIn(folder), states.at(-1));
  await rm(folder, { recursive: true });
  return { texts: states, fileCalls: run.fileCalls, events: run.said.length };
}

interface Way {
  killAt?: number;
  afterEvent?: number;
  delayMs?: number;
}

function runProgram(program: string, folder: string, { killAt = 0, afterEvent, delayMs = 0 }: Way) {
  const child = spawn(process.execPath, [program, folder, String(killAt)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Said[] = [];
  let rest = '';
  let errors = '';
  let fileCalls = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const value = JSON.parse(line) as Said | { fileCalls: number };
      if ('fileCalls' in value) fileCalls = value.fileCalls;
      else said.push(value);
    }
    if (afterEvent !== undefined && said.length > afterEvent) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  return new Promise<{ killed: boolean; said: Said[]; fileCalls: number; errors: string }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === null && code !== 0) reject(new Error(`the program ended with ${code}: ${errors}`));
      else resolve({ killed: signal !== null, said, fileCalls, errors });
    });
  });
}

/** All that was said to be kept is there, where it was said to be. */
async function checkLog(folder: string, said: readonly Said[], where: string): Promise<AgentEvent[]> {
  const sessions = join(folder, 'data', 'sessions');
  const names = await readdir(sessions, { recursive: true }).catch((): string[] => []);
  const logs = names.filter((name) => name.endsWith('.jsonl'));
  const read = await Promise.all(logs.map((name) => readSession(join(sessions, name))));
  // One that was killed when it was made has no first line, and nothing was said of it.
  const whole = read.filter((each) => each.kind === 'read');
  assert.ok(whole.length === 1 || (said.length === 0 && whole.length === 0), `${where}: ${whole.length} sessions`);
  const kept = whole[0]?.events ?? [];
  for (const { at, event } of said) assert.deepEqual(kept[at]?.event, event, `${where}: event ${at}`);
  return kept.map(({ event }) => event);
}

/** Each file is as before or as after a change set, all of them the same one. Answers how many applies were open. */
async function checkFiles(folder: string, states: readonly Texts[], where: string): Promise<number> {
  const journal = openJournal(join(folder, 'data'));
  const open = (await journal.abandoned()).length;
  await recoverOpenIntents(journal);
  const found = await textsIn(folder);
  assert.ok(
    states.some((state) => JSON.stringify(state, sorted(state)) === JSON.stringify(found, sorted(found))),
    `${where}: half applied: ${JSON.stringify(Object.entries(found).map(([name, text]) => [name, text.slice(0, 30), text.slice(-30)]))}`,
  );
  return open;
}

/** The checkpoints take all turns back, whatever was killed in between. */
async function checkRestore(folder: string, where: string): Promise<void> {
  const sessions = join(folder, 'data', 'sessions');
  const names = await readdir(sessions, { recursive: true });
  const place = names.find((name) => name.endsWith('checkpoints'));
  const signal = new AbortController().signal;
  const host = createTerminalHost({ env: {} });
  const documents = createDocuments(host);
  const current = async (uri: string) => {
    const read = await documents.read(uri, signal);
    return read.kind === 'text' ? read.file : null;
  };
  const checkpoints = openCheckpoints(join(sessions, dirname(place ?? '')));
  const restore = await restoreTurn(0, checkpoints, current, { id: 'restore', title: '' });
  assert.ok(restore.kind === 'changes' && restore.changeSet, `${where}: ${JSON.stringify(restore)}`);
  const currentText = (uri: string) => documents.read(uri, signal);
  const deps = { host, journal: openJournal(join(folder, 'data')), currentText, signal };
  const applied = await applyOutcomes({ changeSetId: 'restore', files: acceptAll(restore.changeSet) }, deps);
  assert.equal(applied.kind, 'applied', `${where}: ${JSON.stringify(applied)}`);
  assert.deepEqual(await textsIn(folder), initial, `${where}: the files after a restore`);
}

async function committedIn(folder: string): Promise<number> {
  const journal = openJournal(join(folder, 'data'));
  const names = await readdir(join(folder, 'data', 'journal'));
  const entries = await Promise.all(names.map((name) => journal.read(name.replace('.jsonl', ''))));
  return entries.filter((entry) => entry?.outcome.kind === 'committed').length;
}

const sorted = (texts: Texts) => Object.keys(texts).sort();

/** Every call has one result, and what was said stands once. */
function checkTranscript(events: readonly AgentEvent[], where: string): void {
  const messages = messagesOf('system', events);
  for (const [at, message] of messages.entries()) {
    if (message.role !== 'assistant' || !message.toolCalls) continue;
    const results = messages.slice(at + 1, at + 1 + message.toolCalls.length);
    const ids = results.map((result) => (result.role === 'tool' ? result.toolCallId : result.role));
    assert.deepEqual(ids.sort(), message.toolCalls.map(({ id }) => id).sort(), `${where}: message ${at}`);
  }
  const asked = events.flatMap((event) => (event.type === 'user' ? [event.text] : []));
  assert.deepEqual(asked, ['turn 0', 'turn 1', 'turn 2'], where);
  const reads = messages.filter(({ content }) => String(content).includes('first 0')).length;
  assert.ok(reads > 0, `${where}: what was read`);
}

async function makeFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'devstral-kill-')));
  await mkdir(join(folder, 'workspace'));
  for (const [name, text] of Object.entries(initial)) await writeFile(join(folder, 'workspace', name), text);
  return folder;
}

/** All files of the workspace but the command's, which may be there or not. */
async function textsIn(folder: string): Promise<Texts> {
  const root = join(folder, 'workspace');
  const texts: Texts = {};
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'ran.txt') continue;
    const path = join(entry.parentPath, entry.name);
    texts[path.slice(root.length + 1).replaceAll('\\', '/')] = await readFile(path, 'utf8');
  }
  return texts;
}

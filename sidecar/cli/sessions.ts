import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { titleOf } from '../agent/sessionTitle.ts';
import { visibleText } from '../host/visibleText.ts';
import { mostExportBytes } from '../protocol/sessionExport.ts';
import { readDevstralIgnore } from '../sessions/devstralIgnore.ts';
import { appliedFiles, exportMarkdown } from '../sessions/exportMarkdown.ts';
import { exportJson } from '../sessions/exportSession.ts';
import { isSessionId } from '../sessions/sessionFiles.ts';
import { readSession } from '../sessions/sessionLog.ts';
import { createSessionStore, type SessionStore } from '../sessions/sessionStore.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { openJournal } from '../workspace/journal.ts';
import { shownPath } from '../workspace/shownPath.ts';
import { realPath } from '../workspace/workspacePath.ts';
import { CommandFailed, type CommonOptions, commandFolder, printResult } from './common.ts';

export interface SessionsOptions extends CommonOptions {
  markdown?: boolean;
}

interface Place {
  root: string;
  store: SessionStore;
  journal: ReturnType<typeof openJournal>;
}

/** `devstral sessions list | export ID | import FILE | remove ID`, of this folder. Answers the exit code. */
export async function runSessions(
  action: string,
  argument: string | undefined,
  options: SessionsOptions,
): Promise<number> {
  const { data } = dataFolders();
  const cwd = commandFolder(options);
  const root = realPath(cwd) ?? cwd;
  const journal = openJournal(data);
  const nameOf = (uri: string) => shownPath([root], uri);
  const isIgnored = await readDevstralIgnore([root]);
  const store = createSessionStore({ sessions: join(data, 'sessions'), roots: [root], journal, isIgnored, nameOf });
  const place = { root, store, journal };
  switch (action) {
    case 'list':
      return list(place, options);
    case 'export':
      return exported(place, sessionId(argument), options);
    case 'import':
      return imported(place, resolve(cwd, needed(argument, 'which file? devstral sessions import FILE')), options);
    case 'remove':
      return remove(place, sessionId(argument), options);
    default:
      throw new CommandFailed(`sessions has no action "${action}": use list, export, import or remove`);
  }
}

function needed(argument: string | undefined, question: string): string {
  if (argument === undefined) throw new CommandFailed(question);
  return argument;
}

function sessionId(argument: string | undefined): string {
  const id = needed(argument, 'which session? devstral sessions list');
  if (!isSessionId(id)) throw new CommandFailed(`${id} is no session`);
  return id;
}

async function list({ store, root }: Place, { json }: SessionsOptions): Promise<number> {
  const sessions = (await store.list()).filter(({ messages }) => messages > 0);
  if (json) {
    printResult({ folder: root, sessions });
    return 0;
  }
  for (const { id, changedAt, state, title } of sessions)
    process.stdout.write(`${id}  ${new Date(changedAt).toISOString().slice(0, 16)}  ${state}  ${visibleText(title)}\n`);
  return 0;
}

async function exported({ store, root, journal }: Place, id: string, options: SessionsOptions): Promise<number> {
  const read = await readSession(store.files(id).log);
  if (read.kind !== 'read') throw new CommandFailed(`session ${id} cannot be read: ${read.reason}`);
  const isIgnored = await readDevstralIgnore([root]);
  const events = read.events.map(({ event }) => event);
  const nameOf = (uri: string) => shownPath([root], uri);
  process.stdout.write(
    options.markdown
      ? exportMarkdown(titleOf(events), read.events, await appliedFiles(read.events, journal, nameOf), isIgnored)
      : exportJson(read.head, read.events, isIgnored),
  );
  return 0;
}

async function imported({ store }: Place, path: string, { json }: SessionsOptions): Promise<number> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new CommandFailed(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (bytes.length > mostExportBytes) throw new CommandFailed(`${path} is too large for a session`);
  const read = await store.importText(bytes.toString('utf8'));
  if (read.kind !== 'open') throw new CommandFailed(`${path} cannot be imported: ${read.reason}`);
  const { id } = read.log.head;
  await read.log.close();
  if (json) printResult({ status: 'imported', session: id, events: read.log.events.length });
  else process.stdout.write(`${id}\nTo go on: devstral ask --resume ${id} "..."\n`);
  return 0;
}

async function remove({ store }: Place, id: string, { json }: SessionsOptions): Promise<number> {
  if (!(await store.list()).some((each) => each.id === id))
    throw new CommandFailed(`${id} is no session of this folder`);
  const removed = await store.remove(id);
  if (removed.kind === 'inUse') throw new CommandFailed(`session ${id} is open in process ${removed.pid}`);
  if (json) printResult({ status: 'removed', session: id });
  else process.stdout.write(`${id} is deleted, with its checkpoints\n`);
  return 0;
}

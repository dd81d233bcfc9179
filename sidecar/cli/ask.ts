import { defaultAgentSettings } from '../agent/agentDefaults.ts';
import { createAgentSession, type SessionPlace } from '../agent/agentSession.ts';
import { createAgentWorkspace } from '../agent/agentWorkspace.ts';
import type { LoopEvent } from '../agent/loopEvents.ts';
import { killAllCommands } from '../commands/killTree.ts';
import { createTerminalPerson } from '../host/terminalPerson.ts';
import { visibleText } from '../host/visibleText.ts';
import { readStoredRules, storeRule } from '../permission/storedRules.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { AgentMode } from '../protocol/agentMode.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import { isSessionId } from '../sessions/sessionFiles.ts';
import type { SessionStore } from '../sessions/sessionStore.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { createDocuments } from '../workspace/documents.ts';
import { openJournal, recoverOpenIntents } from '../workspace/journal.ts';
import { realPath } from '../workspace/workspacePath.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { createProgressLine } from './progressLine.ts';

export interface AskOptions extends CommonOptions {
  mode?: string;
  resume?: string;
  steps?: string | number;
}

type End = Extract<AgentEvent, { type: 'end' }>;

/** `devstral ask PROMPT`: one turn of the agent; with `--json` an event a line, then the result. Answers the exit code. */
export async function runAsk(prompt: string, options: AskOptions, signal: AbortSignal): Promise<number> {
  if (prompt.trim() === '') throw new CommandFailed('ask needs a prompt');
  const mode = AgentMode.safeParse(options.mode ?? 'ask');
  if (!mode.success) throw new CommandFailed('--mode is plan, ask, accept-edits or auto');
  const maxSteps = Number(options.steps ?? defaultAgentSettings.maxSteps);
  if (!Number.isInteger(maxSteps) || maxSteps < 1) throw new CommandFailed('--steps is a number from 1');
  const { cwd, host, models, log } = commandContext(options);
  const root = realPath(cwd) ?? cwd;
  const data = dataFolders().data;
  const journal = openJournal(data);
  for (const report of await recoverOpenIntents(journal)) process.stderr.write(`${report}\n`);
  const documents = createDocuments(host);
  const line = createProgressLine(process.stderr);
  const settings = { ...defaultAgentSettings, maxSteps, rules: [...((await readStoredRules(data))[root] ?? [])] };
  const workspace = createAgentWorkspace({
    host,
    documents,
    journal,
    models: () => models,
    data,
    roots: () => [root],
    settings: () => settings,
    log,
  });
  process.once('exit', killAllCommands);
  try {
    await workspace.cleanUp();
    const { place, staged } = await openPlace(await workspace.store(), options.resume);
    const person = createTerminalPerson({
      yes: options.yes ?? false,
      out: options.json ? process.stderr : process.stdout,
      apply: workspace.apply,
      clear: line.clear,
    });
    const deps = await workspace.sessionDeps({
      person,
      hasPerson: process.stdin.isTTY === true,
      mode: () => mode.data,
      async keepRule(rule) {
        settings.rules.push(rule);
        await storeRule(data, root, rule);
        process.stderr.write(`Stored for this folder: ${visibleText(rule)}. To take it back: devstral rules remove\n`);
      },
      takeSteer: async () => undefined,
      steered: () => signal,
    });
    const session = createAgentSession(deps, place, staged);
    let end: End | undefined;
    let answer = '';
    for await (const event of session.send(
      { text: prompt, context: '', attached: [], images: [], sources: [] },
      signal,
    )) {
      if (event.type === 'end') end = event;
      if (event.type === 'answer') answer = event.text;
      show(event, options, line);
    }
    line.clear();
    const waiting = session.staged()?.files.length ?? 0;
    await place.log.close();
    return tellEnd(end, { answer, session: place.log.head.id, waiting }, options);
  } finally {
    await workspace.dispose();
    await models.dispose();
  }
}

interface Outcome {
  answer: string;
  session: string;
  /** Files with edits that nobody decided on. */
  waiting: number;
}

function tellEnd(end: End | undefined, { answer, session, waiting }: Outcome, options: AskOptions): number {
  const { reason = 'stopped', problem } = end ?? {};
  const status = reason === 'done' && waiting > 0 ? 'waits' : reason;
  if (options.json) printResult({ status, session, answer, waiting, ...(problem ? { problem } : {}) });
  else process.stdout.write('\n');
  if (waiting > 0) {
    const files = waiting === 1 ? 'One file waits' : `${waiting} files wait`;
    process.stderr.write(`${files} for review. To accept: devstral ask --resume ${session} --yes "Go on."\n`);
  }
  if (problem) throw new CommandFailed(problemLine(problem));
  return status === 'done' ? 0 : 1;
}

function show(event: LoopEvent, options: AskOptions, line: ReturnType<typeof createProgressLine>): void {
  // Words are seen as they come.
  const seen = event.type === 'progress' && event.progress.phase === 'writing' && event.progress.form === 'text';
  if (event.type === 'progress' && !seen) line.report(event.progress);
  else line.clear();
  if (options.json) {
    printResult(event);
    return;
  }
  if (event.type === 'text') process.stdout.write(visibleText(event.text));
  if (event.type === 'callBegin') process.stderr.write(`\n${visibleText(event.title)}\n`);
  if (event.type === 'callEnd' && event.summary !== '') process.stderr.write(`  ${visibleText(event.summary)}\n`);
  if (event.type === 'notice') process.stderr.write(`${visibleText(event.text)}\n`);
}

async function openPlace(
  store: SessionStore,
  id: string | undefined,
): Promise<{ place: SessionPlace; staged: ChangeSet | null }> {
  const placeOf = (log: SessionPlace['log']) => {
    const { folder, staged } = store.files(log.head.id);
    return { log, folder, stagedPath: staged };
  };
  if (id === undefined) return { place: placeOf(await store.create()), staged: null };
  if (!isSessionId(id)) throw new CommandFailed(`${id} is no session`);
  const opened = await store.resume(id);
  if (opened.kind === 'open') return { place: placeOf(opened.log), staged: opened.staged };
  if (opened.kind === 'inUse') throw new CommandFailed(`session ${id} is open in process ${opened.pid}`);
  throw new CommandFailed(`session ${id} cannot be read: ${opened.reason}`);
}

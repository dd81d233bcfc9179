import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createAgentSession } from '../agent/agentSession.ts';
import type { LoopEvent } from '../agent/loopEvents.ts';
import { readRules } from '../agent/projectRules.ts';
import { commandDeps } from '../commands/commandDeps.ts';
import { endAllCommands, killAllCommands } from '../commands/killTree.ts';
import { removeOldOutputs } from '../commands/outputFile.ts';
import { createTerminalPerson } from '../host/terminalPerson.ts';
import { acceptAll } from '../host/terminalReview.ts';
import { decide } from '../permission/decide.ts';
import type { AgentEvent } from '../protocol/agentEvents.ts';
import { AgentMode } from '../protocol/agentMode.ts';
import { createSession, openSession, type SessionLog } from '../sessions/sessionLog.ts';
import { sessionTools } from '../tools/toolSet.ts';
import { applyOutcomes } from '../workspace/applyChanges.ts';
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

const defaultSteps = 50;

/** `devstral ask PROMPT`: one turn of the agent; with `--json` an event a line, then the result. Answers the exit code. */
export async function runAsk(prompt: string, options: AskOptions, signal: AbortSignal): Promise<number> {
  if (prompt.trim() === '') throw new CommandFailed('ask needs a prompt');
  const mode = AgentMode.safeParse(options.mode ?? 'ask');
  if (!mode.success) throw new CommandFailed('--mode is plan, ask, accept-edits or auto');
  const maxSteps = Number(options.steps ?? defaultSteps);
  if (!Number.isInteger(maxSteps) || maxSteps < 1) throw new CommandFailed('--steps is a number from 1');
  const { cwd, host, models } = commandContext(options);
  const root = realPath(cwd) ?? cwd;
  const data = dataFolders().data;
  const journal = openJournal(data);
  for (const report of await recoverOpenIntents(journal)) process.stderr.write(`${report}\n`);
  const documents = createDocuments(host);
  const line = createProgressLine(process.stderr);
  const apply = (changeSetId: string, files: ReturnType<typeof acceptAll>, inner: AbortSignal) =>
    applyOutcomes(
      { changeSetId, files },
      { host, journal, currentText: (uri) => documents.read(uri, inner), signal: inner },
    );
  const commands = await commandDeps(data, { sandbox: 'auto', network: false });
  removeOldOutputs(commands.outputFolder, new Date());
  process.once('exit', killAllCommands);
  const log = await openLog(join(data, 'sessions'), options.resume, root);
  const session = createAgentSession(
    {
      models,
      documents,
      host,
      person: createTerminalPerson({
        yes: options.yes ?? false,
        out: options.json ? process.stderr : process.stdout,
        apply,
        clear: line.clear,
      }),
      roots: () => [root],
      tools: sessionTools({ root, host, commands }),
      appliesAtOnce: () => mode.data === 'accept-edits' || mode.data === 'auto',
      apply: (changeSet, inner) => apply(changeSet.id, acceptAll(changeSet), inner),
      decide: ({ tool: { effect } }, assessment) =>
        decide({
          // Where nothing holds a command back, each is asked about.
          mode: effect === 'command' && commands.sandbox.kind === 'none' && mode.data === 'auto' ? 'ask' : mode.data,
          effect,
          assessment,
          rules: [],
          person: process.stdin.isTTY === true,
        }),
      keepRule: async () => undefined,
      rules: () => readRules([root], data, true),
      shell: commands.shell.kind,
      answerLanguage: 'auto',
      maxSteps,
    },
    log,
  );
  let end: End | undefined;
  let answer = '';
  for await (const event of session.send({ text: prompt, context: '' }, signal)) {
    if (event.type === 'end') end = event;
    if (event.type === 'answer') answer = event.text;
    show(event, options, line);
  }
  line.clear();
  await endAllCommands();
  await log.close();
  await models.dispose();
  const { reason = 'stopped', problem } = end ?? {};
  if (options.json) printResult({ status: reason, session: log.head.id, answer, ...(problem ? { problem } : {}) });
  else process.stdout.write('\n');
  if (problem) throw new CommandFailed(problemLine(problem));
  return reason === 'done' ? 0 : 1;
}

function show(event: LoopEvent, options: AskOptions, line: ReturnType<typeof createProgressLine>): void {
  if (event.type === 'progress') line.report(event.progress);
  else line.clear();
  if (options.json) {
    printResult(event);
    return;
  }
  if (event.type === 'text') process.stdout.write(event.text);
  if (event.type === 'callBegin') process.stderr.write(`\n${event.title}\n`);
  if (event.type === 'callEnd' && event.summary !== '') process.stderr.write(`  ${event.summary}\n`);
  if (event.type === 'notice') process.stderr.write(`${event.text}\n`);
}

async function openLog(folder: string, id: string | undefined, root: string): Promise<SessionLog> {
  const path = (of: string) => join(folder, `${of}.jsonl`);
  if (id === undefined) {
    const fresh = randomUUID();
    return createSession(path(fresh), { id: fresh, roots: [root] });
  }
  if (!/^[\w-]+$/.test(id)) throw new CommandFailed(`${id} is no session`);
  const opened = await openSession(path(id));
  if (opened.kind === 'open') return opened.log;
  if (opened.kind === 'inUse') throw new CommandFailed(`session ${id} is open in process ${opened.pid}`);
  throw new CommandFailed(`session ${id} cannot be read: ${opened.reason}`);
}

import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import type { CommandRun } from '../commands/commandRun.ts';
import { createOutputText, defaultRoom } from '../commands/outputText.ts';
import { type CommandDeps, runInWorkspace } from '../commands/runInWorkspace.ts';
import { runSummary, runText } from '../commands/runText.ts';
import { t } from '../protocol/translate.ts';
import { coverageText, readCoverage } from '../testRun/coverage.ts';
import { findTestCommand } from '../testRun/findTestCommand.ts';
import { withoutGoEvents } from '../testRun/goTest.ts';
import { readJacocoReports } from '../testRun/jacoco.ts';
import { readJunit } from '../testRun/junit.ts';
import { missingPlugins } from '../testRun/pytest.ts';
import { readProject, readReports } from '../testRun/readProject.ts';
import { readTestOutput } from '../testRun/readTestOutput.ts';
import { coverageMark, type TestCommand } from '../testRun/testCommand.ts';
import { countsSummary, countsText, joinReports, reportText, type TestReport } from '../testRun/testReport.ts';
import type { Tool, ToolResult } from './tool.ts';

const Args = z.strictObject({
  filter: z.string().optional().describe('File, folder or test name'),
  coverage: z.boolean().optional().describe('List lines without a test'),
});
export type RunTestsArgs = z.infer<typeof Args>;

export interface RunTestsDeps {
  commands: CommandDeps;
  /** Gets the tests' command, without what measures coverage; null where the project has none. */
  assess(
    command: string | null,
    context: { roots: readonly string[] },
  ): ReturnType<NonNullable<Tool<RunTestsArgs>['assess']>>;
}

const limitSeconds = 600;
/** Characters of an output that is read for results. */
const mostText = 20_000_000;

/** Runs the project's own tests and answers what failed, in few tokens. */
export function createRunTestsTool({ commands, assess }: RunTestsDeps): Tool<RunTestsArgs> {
  const find = async (roots: readonly string[], args: RunTestsArgs) => {
    const request = { ...(args.filter && { filter: args.filter }), coverage: args.coverage ?? false };
    return findTestCommand(await readProject(roots[0] ?? '.'), request);
  };
  return {
    name: 'run_tests',
    description: "Run the project's tests; answers what failed and where.",
    args: Args,
    effect: 'command',
    assess: async (args, { roots }) =>
      assess((await find(roots, { ...args, coverage: false }))?.command ?? null, { roots }),
    title: ({ filter }) => (filter ? t('Run tests {filter}', { filter }) : t('Run tests')),
    async run(args, context) {
      const found = await find(context.roots, args);
      if (!found) {
        const text = 'No test command was found: run the tests with bash.';
        return { ok: false, text, summary: t('no test command') };
      }
      // Of a command that measures coverage, too, people and models read the tests' own part.
      const plain = args.coverage ? await find(context.roots, { ...args, coverage: false }) : found;
      const shown = plain?.command ?? found.command;
      const since = Date.now();
      const request = { command: found.command, limitSeconds, outsideSandbox: false, env: { CI: 'true' } };
      const say = beforeCoverage(found.goModule === '' ? context.say : (text) => context.say(withoutGoEvents(text)));
      const { run, note } = await runInWorkspace(commands, request, { ...context, say });
      return resultOf({ ...found, command: shown }, run, note, context.roots[0] ?? '.', since);
    },
  };
}

async function resultOf(
  { command, reports, coverageReports, goModule, noCoverage, coverageNeeds }: TestCommand,
  run: CommandRun,
  note: string | null,
  root: string,
  since: number,
): Promise<ToolResult> {
  const whole = run.file === null ? '' : await readFile(run.file, 'utf8').catch(() => '');
  const [output = '', covered] = stripVTControlCharacters(whole.slice(-mostText))
    .replaceAll('\r\n', '\n')
    .split(`\n${coverageMark}\n`);
  const files = await readReports(root, reports, since).catch(() => []);
  const report = joinReports(files.flatMap(({ text }) => readJunit(text) ?? [])) ?? readTestOutput(output, goModule);
  const ranWell = run.end.kind === 'exited' && run.end.code === 0;
  // Without results, or with an end that they do not explain, the model needs to see what was printed.
  const explained = report !== null && run.end.kind === 'exited' && (ranWell || report.failed > 0);
  const told =
    explained && report
      ? `$ ${command}\n${reportText(report, root)}`
      : plainText(command, report, { ...run, output: covered === undefined ? run.output : shortened(output) }, note);
  const left = await readJacocoReports(root, coverageReports, since).catch(() => null);
  const coverage = left ?? (covered === undefined ? null : readCoverage(covered, goModule));
  const lines = coverage
    ? `\n\n${coverageText(coverage, root)}`
    : noCoverageText(noCoverage, covered, report && coverageNeeds);
  const missing = report === null ? missingPlugins(command, output) : null;
  return {
    ok: ranWell && (report?.failed ?? 0) === 0,
    text: told + lines + (missing === null ? '' : `\n\n${missing}`),
    summary: report ? countsSummary(report).slice(0, 60) : runSummary(run),
  };
}

function plainText(command: string, report: TestReport | null, run: CommandRun, note: string | null): string {
  const counts = report ? `\n${countsText(report)}` : '';
  return `$ ${command}${counts}\n${runText(run, note)}`;
}

/** Head and tail of what came before the coverage. */
function shortened(output: string): string {
  const text = createOutputText(defaultRoom, () => undefined);
  text.push(output);
  text.end();
  return text.read('');
}

/** The coverage is for us, not for the card. */
function beforeCoverage(say: (text: string) => void): (text: string) => void {
  let over = false;
  return (text) => {
    if (over) return;
    const at = text.indexOf(coverageMark);
    over = at >= 0;
    say(over ? text.slice(0, at).trimEnd() : text);
  };
}

function noCoverageText(reason: string | null, covered: string | undefined, needs: string | null): string {
  if (reason) return `\n\n${reason}`;
  return covered === undefined ? '' : `\n\nNo coverage was written. ${needs ?? 'See the output of the command.'}`;
}

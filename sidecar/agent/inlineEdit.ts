import { createAnswerMeter, fenced, parseAnswer } from '../edits/fencedAnswer.ts';
import { keepFinalNewlines, toLf } from '../edits/lineEndings.ts';
import { leavesOut } from '../edits/looksPartial.ts';
import { fitLines, type LinesInPlace, wholeChanges, withRest } from '../edits/rewrittenLines.ts';
import { type Surroundings, surroundings } from '../edits/surroundings.ts';
import type { Log } from '../log.ts';
import type { Backend, Message } from '../models/backend.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import type { FixResult } from '../protocol/fix.ts';
import { full } from '../protocol/numbers.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import type { FileDiagnostic, FileText } from '../protocol/text.ts';
import { displayLanguage, t } from '../protocol/translate.ts';
import type { DropReason } from './candidates.ts';
import { fileChange } from './fileChange.ts';
import { nothingLeft } from './nothingLeft.ts';
import { planAttempts } from './planAttempts.ts';
import { editPrompt } from './prompts/edit.ts';
import { sampleAnswer } from './sampleAnswer.ts';
import { checkSyntax } from './syntaxCheck.ts';

export interface InlineEditInput {
  /** Becomes the id of the change set. */
  editId: string;
  uri: string;
  /** Path as people and the model see it. */
  path: string;
  languageId: string;
  /** What the change is shown against. */
  base: FileText;
  /** The text that is edited: the base, or what an earlier round proposed. */
  text: string;
  /** Zero-based lines of `text`. */
  startLine: number;
  lineCount: number;
  instruction: string;
  earlier: readonly string[];
  diagnostics: readonly FileDiagnostic[];
}

export interface InlineEditDeps {
  backend: Backend;
  report(progress: TurnProgress): void;
  /** What stands in the place of the lines so far, joined by `\n`. */
  partial(lines: string): void;
  log: Log;
  signal: AbortSignal;
}

/** More context makes an answer on a slow machine late and rarely better. */
const mostContextTokens = 3000;
/** An answer is the lines again and what is added to them. */
const answerTokensFor = (rangeTokens: number) => Math.ceil(rangeTokens * 1.5) + 768;
/** The second answer is sampled only if the first cannot be used. */
const mostAnswers = 2;

/**
 * Rewrites some lines of a file: the first usable answer is taken, and told while it is written. Stopped, the changes that
 * are whole are kept. Never throws for what a model or a person can do; nothing is written here.
 */
export async function editInline(input: InlineEditInput, deps: InlineEditDeps): Promise<FixResult> {
  const { backend, signal } = deps;
  const name = input.path.split('/').at(-1) ?? input.path;
  const lines = toLf(input.text).split('\n');
  const range = lines.slice(input.startLine, input.startLine + input.lineCount);
  const capabilities = await backend.capabilities(signal);
  const count = (messages: readonly Message[]) => backend.countTokens(messages, [], signal);
  const prompt = (context: Surroundings) =>
    editPrompt({ ...input, ...context, range, problems: problemsOf(input, lines) });

  const rangeTokens = await count([{ role: 'user', content: range.join('\n') }]);
  const bareTokens = await count(prompt({ before: [], after: [] }));
  const answerTokens = answerTokensFor(rangeTokens);
  const room = (capabilities.contextSize ?? Number.POSITIVE_INFINITY) - bareTokens - answerTokens;
  if (room < 0) return { kind: 'failed', problem: tooLarge(input, name, rangeTokens, room) };
  const around = await contextThatFits(lines, input, Math.min(room, mostContextTokens), async (context) =>
    Math.max(0, (await count(prompt(context))) - bareTokens),
  );
  const place: LinesInPlace = { ...around, range };
  const request = { messages: prompt(around), tools: [], draft: fenced(range.join('\n'), input.languageId) };

  let told = range.join('\n');
  const tell = (answer: string) => {
    const written = writtenLines(answer, false);
    const fitted = written ? fitLines(written.lines, place, false) : [];
    const shown = fitted.length > 0 ? withRest(range, fitted).join('\n') : told;
    if (shown === told) return;
    told = shown;
    deps.partial(shown);
  };

  const drops: DropReason[] = [];
  let lastAnswer = '';
  for (const attempt of planAttempts(mostAnswers)) {
    const answer = await sampleAnswer(
      { ...request, sampling: { ...attempt.sampling, maxTokens: answerTokens } },
      {
        backend,
        signal,
        meter: createAnswerMeter(),
        report: deps.report,
        onText: tell,
        attempt: attempt.number,
        attempts: mostAnswers,
        expectedLines: range.length,
      },
    );
    if (answer.kind === 'failed') return { kind: 'failed', problem: answer.problem };
    if (answer.kind === 'cancelled') return stopped(answer.text, place, input, name);
    lastAnswer = answer.text;
    deps.report({ phase: 'checking', attempt: attempt.number });
    const judged = answer.complete ? await judge(answer.text, place, input) : 'cutShort';
    if (signal.aborted) return { kind: 'cancelled' };
    deps.log.info(`edit ${name}: answer ${attempt.number} ${typeof judged === 'string' ? judged : 'usable'}`);
    if (typeof judged !== 'string') {
      const notes = input.base.mixedEol
        ? [t('{name} has mixed line endings; unchanged lines keep theirs.', { name })]
        : [];
      return { kind: 'proposed', changeSet: changeSet(input, name, judged.text), prose: judged.prose, notes };
    }
    drops.push(judged);
  }
  return { kind: 'unchanged', problem: nothingLeft(drops, name, answerTokens), answer: lastAnswer };
}

function problemsOf({ diagnostics }: InlineEditInput, lines: readonly string[]) {
  return diagnostics.map((found) => ({ problem: found, line: lines[found.range.start.line] ?? '' }));
}

/** As many whole lines around as fit into `room` tokens. */
async function contextThatFits(
  lines: readonly string[],
  { startLine, lineCount }: InlineEditInput,
  room: number,
  count: (context: Surroundings) => Promise<number>,
): Promise<Surroundings> {
  let chars = room * 4;
  for (;;) {
    const around = surroundings(lines, startLine, lineCount, chars);
    const tokens = await count(around);
    if (tokens <= room) return around;
    chars = Math.floor(chars * Math.min(0.9, (room / tokens) * 0.95));
  }
}

/** The lines of the first block of an answer; unfinished ones left out. Null: there is no block. */
function writtenLines(answer: string, whole: boolean): { lines: string[]; closed: boolean; prose: string } | null {
  const parsed = parseAnswer(answer);
  const [block] = parsed.files;
  if (!block) return null;
  const lines = block.text.split('\n');
  return { lines: block.closed || whole ? lines : lines.slice(0, -1), closed: block.closed, prose: parsed.prose };
}

async function judge(
  answer: string,
  place: LinesInPlace,
  input: InlineEditInput,
): Promise<{ text: string; prose: string } | DropReason> {
  const written = writtenLines(answer, true);
  if (!written) return 'noFile';
  if (!written.closed) return 'cutShort';
  const fitted = fitLines(written.lines, place, true);
  // No lines at all can be what was asked for; without an instruction they are not.
  if (fitted.length === 0 && input.instruction === '') return 'unchanged';
  if (leavesOut(place.range.join('\n'), fitted.join('\n'))) return 'cutShort';
  const text = inPlace(fitted, input);
  if (text === toLf(input.text)) return 'unchanged';
  return (await parsesAsWell(text, input)) ? { text, prose: written.prose } : 'doesNotParse';
}

/** The text with other lines in place of the range. */
function inPlace(fitted: readonly string[], { text, startLine, lineCount }: InlineEditInput): string {
  const lines = toLf(text).split('\n');
  const end = startLine + lineCount;
  const result = [...lines.slice(0, startLine), ...fitted, ...lines.slice(end)].join('\n');
  return end < lines.length ? result : keepFinalNewlines(toLf(text), result);
}

async function parsesAsWell(text: string, input: InlineEditInput): Promise<boolean> {
  const after = await checkSyntax(input.languageId, text);
  if (!after || after.errors === 0) return true;
  const before = await checkSyntax(input.languageId, toLf(input.text));
  return after.errors <= (before?.errors ?? 0);
}

/** After a stop: the changes that are whole, if the file parses with them as well as before. */
async function stopped(answer: string, place: LinesInPlace, input: InlineEditInput, name: string): Promise<FixResult> {
  const written = writtenLines(answer, false);
  const fitted = written ? fitLines(written.lines, place, false) : [];
  const text = inPlace(wholeChanges(place.range, fitted), input);
  if (fitted.length === 0 || text === toLf(input.text) || !(await parsesAsWell(text, input)))
    return { kind: 'cancelled' };
  return { kind: 'cancelled', changeSet: changeSet(input, name, text) };
}

function changeSet({ editId, uri, base }: InlineEditInput, name: string, text: string): ChangeSet {
  return {
    id: editId,
    title: t('Edit {file}', { file: name }),
    files: [fileChange({ uri, operation: 'edit', base, text })],
  };
}

function tooLarge({ startLine, lineCount }: InlineEditInput, file: string, n: number, room: number): ProblemReport {
  const lines =
    lineCount === 1
      ? t('Line {first}', { first: startLine + 1 })
      : t('Lines {first} to {last}', { first: startLine + 1, last: startLine + lineCount });
  // Each token of the range costs room for itself and for its answer.
  const fits = Math.max(0, Math.floor(n + room / 2.5));
  return problem('selectionTooLarge', {
    lines,
    file,
    n: full(n, displayLanguage()),
    room: full(fits, displayLanguage()),
  });
}

import { randomUUID } from 'node:crypto';
import { createAnswerMeter, fenced } from '../edits/fencedAnswer.ts';
import { computeHunks } from '../edits/hunks.ts';
import { toLf } from '../edits/lineEndings.ts';
import type { Host } from '../host/host.ts';
import type { Log } from '../log.ts';
import type { Backend, Capabilities, Message } from '../models/backend.ts';
import type { ChangeSet } from '../protocol/changes.ts';
import type { FixResult } from '../protocol/fix.ts';
import { type ProblemReport, problem } from '../protocol/problems.ts';
import type { TurnProgress } from '../protocol/progress.ts';
import type { FileDiagnostic, FileText, Range } from '../protocol/text.ts';
import { t } from '../protocol/translate.ts';
import { type Candidate, choose, type DropReason } from './candidates.ts';
import { fileChange } from './fileChange.ts';
import { type JudgeInput, judgeAnswer } from './judgeAnswer.ts';
import { nothingLeft } from './nothingLeft.ts';
import { planAttempts } from './planAttempts.ts';
import { fixPrompt } from './prompts/fix.ts';
import { sampleAnswer } from './sampleAnswer.ts';

export interface FixInput {
  uri: string;
  /** Path as people and the model see it. */
  path: string;
  languageId: string;
  file: FileText;
  instruction?: string | undefined;
  diagnostics: readonly FileDiagnostic[];
  focus?: Range | undefined;
  roots: readonly string[];
}

export interface FixDeps {
  backend: Backend;
  host: Pick<Host, 'newDiagnostics'>;
  readOther(uri: string): Promise<FileText | null>;
  /** Most answers that are sampled. */
  attempts: number;
  report(progress: TurnProgress): void;
  log: Log;
  signal: AbortSignal;
}

/** Files up to this many tokens are answered whole; longer ones by edits. */
const wholeFileTokens = 1500;

/**
 * Fixes one file: an answer is a candidate and not the result. Answers are sampled on the same prefilled prompt until two
 * agree or the set count is reached; those that change nothing, do not parse or add problems are dropped.
 * Never throws for what a model or a person can do; nothing is written here.
 */
export async function fixFile(input: FixInput, deps: FixDeps): Promise<FixResult> {
  const { backend, signal } = deps;
  const name = input.path.split('/').at(-1) ?? input.path;
  const text = toLf(input.file.text);
  if (text.trim() === '' && !input.instruction?.trim()) {
    return { kind: 'failed', problem: problem('emptyFile', { file: name }) };
  }
  const capabilities = await backend.capabilities(signal);
  const count = (counted: readonly Message[]) => backend.countTokens(counted, [], signal);
  const fileTokens = await count([{ role: 'user', content: text }]);
  const form = fileTokens <= wholeFileTokens ? 'file' : 'edits';
  const messages = fixPrompt({ ...input, instruction: input.instruction, focus: input.focus, text, form });
  const answerTokens = form === 'file' ? Math.ceil(fileTokens * 1.3) + 256 : 1536;
  const promptTokens = await count(messages);
  const room =
    capabilities.contextSize === null ? null : capabilities.contextSize - (promptTokens - fileTokens) - answerTokens;
  if (room !== null && fileTokens > room) {
    const values = { file: name, n: fileTokens.toLocaleString('en'), room: Math.max(0, room).toLocaleString('en') };
    return { kind: 'failed', problem: problem('fileTooLarge', values) };
  }
  const estimate = estimateMs(capabilities, promptTokens, form === 'file' ? fileTokens : 200, form === 'file');
  if (estimate) deps.report({ phase: 'estimated', tokensPerSecond: estimate.rate, ms: estimate.ms });

  // Edits repeat lines of the file too.
  const draft = form === 'file' ? fenced(text, input.languageId) : text;
  const judge: JudgeInput = {
    ...input,
    base: input.file,
    baseHasErrors: input.diagnostics.some((d) => d.severity === 'error'),
    readOther: deps.readOther,
    host: deps.host,
    signal,
  };
  const usable: Candidate[] = [];
  const drops: DropReason[] = [];
  let lastAnswer = '';
  for (const attempt of planAttempts(deps.attempts)) {
    const answer = await sampleAnswer(
      { messages, tools: [], sampling: { ...attempt.sampling, maxTokens: answerTokens }, draft },
      {
        backend,
        signal,
        meter: createAnswerMeter(),
        report: deps.report,
        attempt: attempt.number,
        attempts: deps.attempts,
        expectedLines: form === 'file' ? text.split('\n').length : undefined,
      },
    );
    if (answer.kind === 'failed') {
      // A later answer that fails does not take an earlier good one away.
      if (usable.length === 0) return { kind: 'failed', problem: answer.problem };
      break;
    }
    if (answer.kind === 'cancelled') return cancelled(answer.text, judge, form, usable);
    lastAnswer = answer.text;
    deps.report({ phase: 'checking', attempt: attempt.number });
    const judged = answer.complete
      ? await judgeAnswer(answer.text, judge)
      : ({ kind: 'dropped', reason: 'cutShort', answer: answer.text } as const);
    if (signal.aborted) return { kind: 'cancelled' };
    deps.log.info(`fix ${name}: answer ${attempt.number} ${judged.kind === 'dropped' ? judged.reason : 'usable'}`);
    if (judged.kind === 'dropped') drops.push(judged.reason);
    else usable.push(judged.candidate);
    if ((choose(usable)?.votes ?? 0) >= 2) break;
  }
  const best = choose(usable);
  if (!best) return { kind: 'unchanged', problem: nothingLeft(drops, name, answerTokens), answer: lastAnswer };
  const notes = input.file.mixedEol ? [t('{name} has mixed line endings; unchanged lines keep theirs.', { name })] : [];
  return {
    ...{ kind: 'proposed', changeSet: changeSet(best.candidate, name), prose: best.candidate.prose, notes },
    ...(best.candidate.missed > 0 ? { problem: oldTextNotFound(best.candidate, name) } : {}),
  };
}

function oldTextNotFound(candidate: Candidate, name: string): ProblemReport {
  const others = candidate.files.reduce((sum, file) => sum + computeHunks(file.base.text, file.text).length, 0);
  return problem('oldTextNotFound', { file: name, n: others });
}

/** After Cancel: an earlier usable answer or the whole edits of this one are kept, half a rewritten file is not. */
async function cancelled(
  text: string,
  judge: JudgeInput,
  form: 'file' | 'edits',
  usable: Candidate[],
): Promise<FixResult> {
  const name = judge.path.split('/').at(-1) ?? judge.path;
  const best = choose(usable);
  if (best) return { kind: 'cancelled', changeSet: changeSet(best.candidate, name) };
  if (form === 'file' || text === '') return { kind: 'cancelled' };
  const quick = { ...judge, host: { newDiagnostics: async () => null } };
  const judged = await judgeAnswer(text, quick, false);
  return judged.kind === 'usable'
    ? { kind: 'cancelled', changeSet: changeSet(judged.candidate, name) }
    : { kind: 'cancelled' };
}

function changeSet(candidate: Candidate, name: string): ChangeSet {
  return {
    id: randomUUID(),
    title: t('Fix {file}', { file: name }),
    files: candidate.files.map(fileChange),
  };
}

/** Time to an answer from the rates measured on this machine; null until they are measured. */
function estimateMs(
  { decodeRate, prefillRate, rewriteRate }: Capabilities,
  promptTokens: number,
  answerTokens: number,
  repeatsFile: boolean,
): { rate: number; ms: number } | null {
  const rate = (repeatsFile ? rewriteRate : undefined) ?? decodeRate;
  if (!rate || !prefillRate) return null;
  return { rate, ms: Math.round((promptTokens / prefillRate + answerTokens / rate) * 1000) };
}

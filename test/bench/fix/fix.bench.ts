import { extname } from 'node:path';
import type { Candidate } from '../../../sidecar/agent/candidates.ts';
import { fixFile } from '../../../sidecar/agent/fixFile.ts';
import { judgeAnswer } from '../../../sidecar/agent/judgeAnswer.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../../sidecar/models/backend.ts';
import type { FileText } from '../../../sidecar/protocol/text.ts';
import { hashText } from '../../../sidecar/workspace/fileText.ts';
import { editorDiagnostics, type FixCase, loadCorpus } from './corpus.ts';
import { runHiddenTests } from './hiddenTests.ts';

type Verdict = 'repaired' | 'unchanged' | 'wrong';

export interface FixRow {
  id: string;
  greedy: Verdict;
  greedySeconds: number;
  ours: Verdict;
  oursSeconds: number;
  answers: number;
  /** Whether a right answer was among those sampled. */
  amongSampled: boolean;
}

export interface FixTable {
  rows: FixRow[];
  greedy: Record<Verdict, number> & { seconds: number };
  ours: Record<Verdict, number> & { seconds: number };
  amongSampled: number;
}

const never = new AbortController().signal;
const noEditor = { newDiagnostics: async () => null };

/** Passes a backend through and keeps each answer's text and the time it took. */
function recording(inner: Backend): { backend: Backend; answers: { text: string; ms: number }[] } {
  const answers: { text: string; ms: number }[] = [];
  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    const started = performance.now();
    let text = '';
    for await (const event of inner.stream(request, signal)) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'finish' || event.type === 'error') answers.push({ text, ms: performance.now() - started });
      yield event;
    }
  }
  return { backend: { ...inner, stream }, answers };
}

async function verdict(fixCase: FixCase, text: string | null): Promise<Verdict> {
  if (text === null) return 'unchanged';
  return (await runHiddenTests(fixCase, text, never)).kind === 'passed' ? 'repaired' : 'wrong';
}

/**
 * The fix table: one greedy answer beside ours (candidates, checks, agreement), same run. The greedy answer is the first of
 * ours, taken as it is: what it says is applied if it can be parsed at all.
 */
export async function runFixBench(
  backend: Backend,
  attempts: number,
  only: string | undefined,
  log: (line: string) => void,
): Promise<FixTable> {
  const rows: FixRow[] = [];
  for (const fixCase of loadCorpus()) {
    if (only && !fixCase.id.includes(only)) continue;
    const { backend: recorder, answers } = recording(backend);
    const sha256 = hashText(fixCase.buggyText);
    const file: FileText = {
      text: fixCase.buggyText,
      eol: '\n',
      mixedEol: false,
      bom: false,
      encoding: 'utf8',
      revision: { kind: 'disk', sha256 },
    };
    const input = {
      uri: `file:///work/${fixCase.file}`,
      path: fixCase.file,
      languageId: fixCase.language || extname(fixCase.file).slice(1),
      file,
      instruction: fixCase.instruction ?? undefined,
      diagnostics: editorDiagnostics(fixCase),
      roots: [],
    };
    const started = performance.now();
    const result = await fixFile(input, {
      backend: recorder,
      host: noEditor,
      readOther: async () => null,
      attempts,
      report: () => undefined,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined, recentProblems: () => [] },
      signal: never,
    });
    const oursSeconds = (performance.now() - started) / 1000;
    if (result.kind === 'failed') throw new Error(`${fixCase.id}: ${result.problem.title}: ${result.problem.sentence}`);
    const judge = {
      ...input,
      base: file,
      baseHasErrors: false,
      readOther: async () => null,
      host: noEditor,
      signal: never,
    };
    const candidates: (Candidate | null)[] = [];
    for (const answer of answers) {
      const judged = await judgeAnswer(answer.text, judge);
      candidates.push(judged.kind === 'usable' ? judged.candidate : null);
    }
    const verdicts: Verdict[] = [];
    for (const candidate of candidates) verdicts.push(await verdict(fixCase, candidate?.files[0]?.text ?? null));
    const ours =
      result.kind === 'proposed'
        ? await verdict(fixCase, result.changeSet.files[0]?.proposedText ?? null)
        : 'unchanged';
    const row: FixRow = {
      id: fixCase.id,
      greedy: verdicts[0] ?? 'unchanged',
      greedySeconds: (answers[0]?.ms ?? 0) / 1000,
      ours,
      oursSeconds,
      answers: answers.length,
      amongSampled: verdicts.includes('repaired'),
    };
    rows.push(row);
    log(
      `${row.id}: greedy ${row.greedy} ${row.greedySeconds.toFixed(0)} s, ours ${row.ours} ${row.oursSeconds.toFixed(0)} s, ${verdicts.join(' ')}`,
    );
  }
  const count = (key: 'greedy' | 'ours', seconds: 'greedySeconds' | 'oursSeconds') => ({
    repaired: rows.filter((row) => row[key] === 'repaired').length,
    unchanged: rows.filter((row) => row[key] === 'unchanged').length,
    wrong: rows.filter((row) => row[key] === 'wrong').length,
    seconds: Math.round(rows.reduce((sum, row) => sum + row[seconds], 0)),
  });
  return {
    rows,
    greedy: count('greedy', 'greedySeconds'),
    ours: count('ours', 'oursSeconds'),
    amongSampled: rows.filter((row) => row.amongSampled).length,
  };
}

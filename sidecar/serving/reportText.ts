import type { LevelResult } from './levelResult.ts';
import type { Summary } from './statistics.ts';

/** How tokens are counted, for reports and for --help. */
export const tokenRule =
  'Tokens of an answer are those that its usage says were produced; only an answer without usage counts one a chunk. ' +
  'TPOT and tokens a second follow them; ITL is the gap between chunks, however many tokens a chunk holds.';

/** What `devstral bench serve` prints for one level. */
export function levelText(result: LevelResult): string {
  const { requests, throughput, tokens } = result;
  const head = `${loadText(result)}: ${requests.completed} answered, ${requests.failed} failed${
    requests.unfinished > 0 ? `, ${requests.unfinished} unfinished` : ''
  }${result.cutShort ? ', cut short' : ''}, ${number(result.durationMs / 1000)} s`;
  const metrics: [string, Summary | null][] = [
    ['TTFT', result.ttft],
    ['TPOT', result.tpot],
    ['ITL', result.itl],
    ['E2E', result.e2e],
  ];
  const rows = metrics.map(([name, summary]) => [name, ...columns.map((column) => cell(summary?.[column]))]);
  const table = align([['ms', ...columns], ...rows]);
  const input = throughput.inputTokens === null ? '' : `, ${number(throughput.inputTokens)} read`;
  const rate = `${number(throughput.requests)} requests, ${number(throughput.outputTokens)} tokens written${input} a second; ${number(result.concurrency)} at once on average`;
  const read = tokens.input === null ? '' : `, ${tokens.input} read${cached(tokens.input, tokens.cachedInput)}`;
  const counts = `${tokens.output} tokens written in ${tokens.chunks} chunks${read}`;
  return [head, table, rate, counts, ...levelNotes(result)].join('\n');
}

const columns = ['mean', 'median', 'std', 'p95', 'p99', 'max'] as const;

/** One line a level, for a sweep. */
export function sweepText(results: readonly LevelResult[]): string {
  const head = ['at once', 'TTFT median', 'p99', 'TPOT median', 'p99', 'ITL median', 'p99', 'E2E median', 'p99'];
  const rows = results.map((result) => [
    result.maxConcurrency === null ? number(result.concurrency) : String(result.maxConcurrency),
    ...[result.ttft, result.tpot, result.itl, result.e2e].flatMap((one) => [cell(one?.median), cell(one?.p99)]),
    number(result.throughput.outputTokens),
    number(result.throughput.requests),
    String(result.requests.failed),
  ]);
  return align([[...head, 'tok/s', 'req/s', 'failed'], ...rows]);
}

/** What load a level was, in words. */
export function loadText({ maxConcurrency, rate }: Pick<LevelResult, 'maxConcurrency' | 'rate'>): string {
  if (rate === null) return `${maxConcurrency} at once`;
  return `${rate} requests a second${maxConcurrency === null ? '' : `, ${maxConcurrency} at once at most`}`;
}

/** What a reader of the numbers has to know. */
function levelNotes({ failures, tokens, clientBusy }: LevelResult): string[] {
  const notes = failures.map(
    ({ reason, count, example }) => `${count} failed: ${reason}${example === '' ? '' : ` (${example})`}`,
  );
  if (tokens.byChunks > 0 && tokens.byUsage + tokens.byChunks > 0) {
    notes.push(`${tokens.byChunks} answers came without usage: one token a chunk was counted`);
  }
  if (tokens.disagreeing > 0) {
    notes.push(`${tokens.disagreeing} answers have another number of tokens than chunks: the usage counts`);
  }
  if (clientBusy > 0.7) {
    notes.push(`this process was busy ${Math.round(clientBusy * 100)} % of the time: its times may be late`);
  }
  return notes;
}

const cached = (input: number, reused: number | null) =>
  reused ? ` (${Math.round((100 * reused) / input)} % from the prefix cache)` : '';

const cell = (value: number | undefined) => (value === undefined ? '-' : value.toFixed(2));

/** Three digits or so. */
const number = (value: number) => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((text, column) => text.padStart(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `  ${line(row)}`).join('\n');
}

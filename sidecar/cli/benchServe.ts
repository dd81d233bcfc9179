import { writeFile } from 'node:fs/promises';
import { createTerminalHost } from '../host/terminalHost.ts';
import { createLog } from '../log.ts';
import { parseServerUrl, type ServerUrl } from '../models/backends/remote/serverUrl.ts';
import { loadEnvironmentProxy } from '../models/http.ts';
import { problem } from '../protocol/problems.ts';
import { type BenchEvent, benchServer } from '../serving/benchServer.ts';
import { type BenchTarget, openTarget } from '../serving/benchTarget.ts';
import type { LevelResult } from '../serving/levelResult.ts';
import type { FailedRequest, Measured } from '../serving/measureRequest.ts';
import { levelText, loadText, sweepText, tokenRule } from '../serving/reportText.ts';
import { type BenchChoices, type BenchServeOptions, readBenchOptions } from './benchOptions.ts';
import { CommandFailed, printResult, problemLine } from './common.ts';
import { createStatusLine, type StatusLine } from './statusLine.ts';

type DrawChart = typeof import('../serving/latencyChart.ts').latencyChart;

/**
 * `devstral bench serve URL`: latency and throughput of a server under load. Exit 0 measured, though requests may have
 * failed; 1 ended before the last load was measured; 2 no request was answered, or wrong options.
 */
export async function runBenchServe(url: string, options: BenchServeOptions, signal: AbortSignal): Promise<number> {
  const choices = readBenchOptions(options);
  const server = parseServerUrl(url);
  if (!server) throw new CommandFailed(`${url} is not an address of a server`);
  if (options.offline && !server.loopback) {
    throw new CommandFailed(problemLine(problem('offline', { action: server.shown })));
  }
  // Before the measuring: it takes a moment, and what it lacks is then said at once.
  const draw = choices.svg === null ? null : await loadChart();
  const model = options.model === undefined ? undefined : String(options.model);
  const target = await openOrFail(server, model, choices, signal);
  try {
    return await measure(target, server, choices, { draw, json: options.json ?? false }, signal);
  } finally {
    await target.close();
  }
}

/** What --help says after the options. */
export const benchServeHelp = `URL is an OpenAI-compatible server, with or without /v1; its key is read from DEVSTRAL_API_KEY.
  --model is what the server calls the model; without it the first that it lists is measured.
  TTFT: send to first chunk with text. TPOT: (E2E - TTFT) / (tokens - 1). ITL: between chunks. E2E: send to last chunk.
  ${tokenRule.replaceAll('. ', '.\n  ')}
  A .jsonl file has one prompt a line: "text", {"prompt": "text"} or {"messages": [...], "tools": [...]}.
  Any other file is cut to pieces of about --input-tokens, four characters a token.
  Ctrl+C ends early and prints what was measured.`;

async function openOrFail(
  server: ServerUrl,
  model: string | undefined,
  { silenceMs }: BenchChoices,
  signal: AbortSignal,
): Promise<BenchTarget> {
  const host = createTerminalHost({ env: process.env, servers: [{ name: 'server', url: server.origin }] });
  const log = createLog((line) => {
    if (process.env.DEVSTRAL_DEBUG) process.stderr.write(`${line}\n`);
  });
  const opened = await openTarget(
    {
      server,
      model,
      proxy: loadEnvironmentProxy(process.env),
      getKey: (origin) => host.secret(origin),
      log,
      connectTimeoutMs: 15_000,
      silenceMs,
    },
    signal,
  );
  if (opened.kind === 'ready') return opened.target;
  throw new CommandFailed(signal.aborted ? 'stopped before the first answer' : problemLine(opened.problem));
}

async function measure(
  target: BenchTarget,
  server: ServerUrl,
  { plan, svg, details }: BenchChoices,
  output: { draw: DrawChart | null; json: boolean },
  signal: AbortSignal,
): Promise<number> {
  const { facts } = target;
  const { workload, seed } = plan;
  const results: LevelResult[] = [];
  const lines: string[] = [];
  const status = createStatusLine(process.stderr);
  const say = (text: string) => {
    status.clear();
    (output.json ? process.stderr : process.stdout).write(`${text}\n`);
  };
  const served = `${server.shown}, ${facts.model || 'its only model'}`;
  say(`${served}: ${workload.description}, seed ${seed}`);

  const ended = await benchServer(target, plan, (event) => tell(event, { status, say, results, lines }), signal);
  status.clear();
  if (results.every(({ requests }) => requests.completed === 0)) {
    if (ended === 'stopped') process.stderr.write('devstral: stopped before the first answer\n');
    else if (ended) throw new CommandFailed(`${server.shown} answered no request: ${failureText(ended)}`);
  }
  if (results.length > 1) say(sweepText(results));
  if (typeof ended === 'object' && ended) {
    process.stderr.write(`devstral: ended where no request was answered: ${failureText(ended)}\n`);
  }
  if (results.length > 0) say(tokenRule);
  if (details !== null) {
    await save(details, lines.join(''));
    say(`Requests: ${details}`);
  }
  if (svg !== null && output.draw) {
    await save(
      svg,
      output.draw(results, `${facts.model || 'Model'} under load`, `${server.shown}; ${workload.description}`),
    );
    say(`Picture: ${svg}`);
  }
  if (output.json) {
    const about = { url: server.shown, model: facts.model, server: facts.kind, workload: workload.name, seed };
    const objects = results.map((result) => ({ ...about, ...result }));
    printResult(plan.loads.length > 1 ? objects : (objects[0] ?? { ...about, cutShort: true }));
  }
  return ended === null ? 0 : 1;
}

function tell(
  event: BenchEvent,
  {
    status,
    say,
    results,
    lines,
  }: { status: StatusLine; say(text: string): void; results: LevelResult[]; lines: string[] },
): void {
  switch (event.type) {
    case 'progress': {
      const { load, answered, failed, of, chunks, ms } = event;
      const rate = load && load.kind === 'rate' ? load.perSecond : null;
      const phase = load ? loadText({ maxConcurrency: load.concurrency, rate }) : 'Warm-up';
      const speed = chunks > 0 ? `, ${Math.round((chunks / ms) * 1000)} chunks a second` : '';
      status.show(`${phase}: ${answered + failed} of ${of}${failed > 0 ? `, ${failed} failed` : ''}${speed}`, phase);
      break;
    }
    case 'warmupFailed':
      status.clear();
      process.stderr.write(`Warm-up: ${failureText(event.failure)}\n`);
      break;
    case 'level':
      results.push(event.result);
      lines.push(...event.measured.map((one) => detailLine(event.result, one)));
      say(`${levelText(event.result)}\n`);
  }
}

/** A request as `--details` writes it: `sentAt` is a time of day (ms since 1970), the others are spans (ms). */
function detailLine({ maxConcurrency, rate }: LevelResult, measured: Measured): string {
  const at = measured.kind === 'answered' ? { sentAt: performance.timeOrigin + measured.sentAt } : {};
  return `${JSON.stringify({ maxConcurrency, rate, ...measured, ...at })}\n`;
}

const failureText = ({ reason, example }: FailedRequest) => (example === '' ? reason : `${reason} (${example})`);

/** The chart library is as large as all the rest: a file of its own beside this one, loaded when a picture is asked for. */
async function loadChart(): Promise<DrawChart> {
  const file = new URL('./latencyChart.mjs', import.meta.url).href;
  const { latencyChart } = (await import(file)) as typeof import('../serving/latencyChart.ts');
  return latencyChart;
}

async function save(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new CommandFailed(`${path} cannot be written (${code})`);
  }
}

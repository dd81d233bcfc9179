#!/usr/bin/env node
import cac from 'cac';
import { version } from '../version.ts';
import { type AskOptions, runAsk } from './ask.ts';
import type { BenchServeOptions } from './benchOptions.ts';
import { benchServeHelp, runBenchServe } from './benchServe.ts';
import { CommandFailed, type CommonOptions } from './common.ts';
import { type CudaCommandOptions, runCuda } from './cuda.ts';
import { runDoctor } from './doctor.ts';
import { runFix } from './fix.ts';
import { type LaunchOptions, runLaunch } from './launch.ts';
import { type ModelsOptions, runModels } from './models.ts';
import { type RenderOptions, runRender } from './render.ts';
import { runRules } from './rules.ts';
import { runSessions, type SessionsOptions } from './sessions.ts';

/**
 * The command line. Exit 0: done; 1: nothing changed or not done; 2: usage or failure, one clear line on stderr.
 * With `--json` the last line of stdout is the result object; progress goes to stderr.
 */
const cli = cac('devstral');

cli
  .option('--model <model>', 'Catalog id or path of a GGUF')
  .option('--endpoint <url>', 'OpenAI-compatible server, with or without /v1')
  .option('--cwd <dir>', 'Folder to work in')
  .option('--json', 'Result as JSON on the last line of stdout')
  .option('--offline', 'Open no network connection but loopback');

cli
  .command('fix <...files>', 'Fix files: shows the diff, asks, applies')
  .option('--instruction <text>', 'What to change')
  .option('--yes', 'Apply without asking')
  .action((files: string[], options: CommonOptions) => run((signal) => runFix(files, options, signal)));

cli
  .command('ask <...prompt>', 'One turn of the agent in this folder')
  .option('--mode <mode>', 'plan | ask | accept-edits | auto')
  .option('--yes', 'Accept the edits unseen; it allows nothing else')
  .option('--steps <n>', 'Most answers of the model (50)')
  .option('--resume <id>', 'Go on with a session')
  .action((prompt: string[], options: AskOptions) => run((signal) => runAsk(prompt.join(' '), options, signal)));

cli
  .command('sessions [action] [argument]', 'list | export ID | import FILE | remove ID, of this folder')
  .option('--markdown', 'Export to read, not to import again')
  .action((action: string | undefined, argument: string | undefined, options: SessionsOptions) =>
    run(() => runSessions(action ?? 'list', argument, options)),
  );

cli
  .command('rules [action] [...rule]', 'list | remove RULE: commands that "always" allowed in this folder')
  .action((action: string | undefined, rule: string[], options: CommonOptions) =>
    run(() => runRules(action ?? 'list', rule.join(' '), options)),
  );

cli
  .command('models [action] [argument]', 'list | plan [ID] | pull ID | add FILE | verify ID | remove ID')
  .option('--accept-licence', 'For a model whose licence limits its use')
  .action((action: string | undefined, argument: string | undefined, options: ModelsOptions) =>
    run((signal) => runModels(action ?? 'list', argument, options, signal)),
  );

cli
  .command('doctor [url]', 'What this computer can run models with; with an address, what is wrong with that server')
  .action((url: string | undefined, options: CommonOptions) => run((signal) => runDoctor(url, options, signal)));

cli
  .command('cuda', 'Download what runs models with CUDA on an NVIDIA card')
  .option('--remove', 'Remove it again')
  .action((options: CudaCommandOptions) => run((signal) => runCuda(options, signal)));

cli
  .command('launch <server>', 'The command that serves a model on your GPUs: vllm | sglang')
  .option('--gpus <gpus>', '4xH100, 2x24GB, 8x192GB-amd, 2*8xH100 (two nodes); H100: as many as it needs')
  .option('--context <tokens>', 'Tokens of one conversation, for example 65536 or 64k')
  .option('--nodes <n>', 'Machines with these GPUs each')
  .option('--head <address>', 'Address of the first of several nodes')
  .option('--kv <type>', 'Type of the KV cache: auto | fp8')
  .option('--ngram', 'Draft tokens from the prompt')
  .option('--docker', 'As docker run')
  .option('--port <port>', 'Port of the server')
  .option('--params <n>', 'For a model that is not known: parameters, for example 24B')
  .option('--layers <n>', 'For a model that is not known')
  .option('--heads <n>', 'For a model that is not known: attention heads')
  .option('--kv-heads <n>', 'For a model that is not known')
  .option('--head-dim <n>', 'For a model that is not known (128)')
  .option('--bits <n>', 'For a model that is not known: bits of a weight (16)')
  .action((server: string, options: LaunchOptions) => run((signal) => runLaunch(server, options, signal)));

cli
  .command('render', 'Write a conversation from stdin as a model reads it; repairs nothing')
  .option('--format <version>', 'v3 | v7 | v11 | v13')
  .option('--tokens', 'Print token ids, by the vocabulary of --model FILE')
  .action((options: RenderOptions) => run(() => runRender(options)));

cli
  .command('bench <what> <url>', 'serve URL: latency and throughput of a server under load')
  .option('--requests <n>', 'Requests to measure at each load (default: 32)')
  .option('--concurrency <n>', 'Requests at once; several, such as 1,4,16, are measured in turn (default: 1)')
  .option('--rate <r>', 'Send so many requests a second on average (Poisson), not the next after an answer')
  .option('--workload <name>', 'random | file | agent: growing conversations with tools (default: random)')
  .option('--input-tokens <n>', 'Length of a prompt (default: 512)')
  .option('--output-tokens <n>', 'Length of an answer (default: 128; agent: at most 256)')
  .option('--file <file>', 'Prompts of the file workload')
  .option('--seed <n>', 'The same seed, the same requests (default: another each time)')
  .option('--warmup <n>', 'Requests before, which are not measured (default: 1)')
  .option('--timeout <s>', 'Seconds of silence after which a request has failed (default: 600)')
  .option('--svg <file>', 'Draw latency against load into this file')
  .option('--details <file>', 'Write each request with its times into this file, one a line of JSON')
  .action((what: string, url: string, options: BenchServeOptions) =>
    run((signal) => {
      if (what !== 'serve') throw new CommandFailed(`bench knows serve, not "${what}"`);
      return runBenchServe(url, options, signal);
    }),
  );

cli.help((sections) =>
  cli.matchedCommand?.name === 'bench' ? [...sections, { title: 'Measuring', body: `  ${benchServeHelp}` }] : sections,
);
cli.version(version);

async function run(command: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const abort = new AbortController();
  // The first Ctrl+C stops cleanly and keeps what is usable; a second one ends at once.
  process.once('SIGINT', () => {
    abort.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  // A terminal that is closed, or somebody who ends programs: with what they started.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => abort.abort());
  try {
    process.exitCode = await command(abort.signal);
  } catch (error) {
    if (!(error instanceof CommandFailed) && process.env.DEVSTRAL_DEBUG) console.error(error);
    process.stderr.write(`devstral: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
  // llama.cpp's worker threads must not keep a finished command alive.
  process.exit();
}

try {
  cli.parse(process.argv, { run: false });
  if (!cli.matchedCommand && !cli.options.help && !cli.options.version) {
    cli.outputHelp();
    process.exit(2);
  }
  await cli.runMatchedCommand();
} catch (error) {
  process.stderr.write(`devstral: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}

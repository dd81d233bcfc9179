import { findServerModel } from '../launch/findModel.ts';
import { parseGpus } from '../launch/gpus.ts';
import { headPlaceholder, type LaunchRequest, launch } from '../launch/launch.ts';
import { launchResult, launchText, suggestionText } from '../launch/launchText.ts';
import { modelFromNumbers } from '../launch/modelConfig.ts';
import { type ServerModel, serverModels } from '../launch/serverModels.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult } from './common.ts';

/** As typed: a number where it looks like one. */
type Typed = string | number | undefined;

export interface LaunchOptions extends CommonOptions {
  gpus?: Typed;
  context?: Typed;
  nodes?: Typed;
  head?: Typed;
  kv?: Typed;
  ngram?: boolean;
  docker?: boolean;
  port?: Typed;
  params?: Typed;
  layers?: Typed;
  heads?: Typed;
  kvHeads?: Typed;
  headDim?: Typed;
  bits?: Typed;
}

/**
 * `devstral launch vllm|sglang`: the command first, then the plan, then each option with its reason. Exit 1 when the
 * model does not fit, 2 for bad usage.
 */
export async function runLaunch(server: string, options: LaunchOptions, signal: AbortSignal): Promise<number> {
  const request = await requestOf(server, options, signal);
  const outcome = launch(request);
  if (outcome.kind === 'refused') throw new CommandFailed(outcome.reason);
  if (options.json) printResult(launchResult(request, outcome));
  else if (outcome.kind === 'command') process.stdout.write(launchText(request, outcome));
  else
    process.stderr.write(
      `${[outcome.reason, ...outcome.suggestions.map((each) => `- ${suggestionText(each)}`)].join('\n')}\n`,
    );
  return outcome.kind === 'command' ? 0 : 1;
}

async function requestOf(server: string, options: LaunchOptions, signal: AbortSignal): Promise<LaunchRequest> {
  if (server !== 'vllm' && server !== 'sglang') {
    throw new CommandFailed(`launch knows vllm and sglang, not "${server}"`);
  }
  const { kv = 'auto', head } = options;
  if (kv !== 'auto' && kv !== 'fp8') throw new CommandFailed('--kv is auto or fp8');
  const nodes = number('nodes', options.nodes, 1, 64);
  const parsed = parseGpus(String(options.gpus ?? ''), nodes);
  if (parsed.kind === 'invalid') throw new CommandFailed(parsed.reason);
  const context = number('context', options.context, 1, 1e8);
  const port = number('port', options.port, 1, 65_535);
  return {
    server,
    model: await modelOf(options, context, signal),
    gpus: parsed.gpus,
    ...(context === undefined ? {} : { context }),
    kv,
    ngram: options.ngram ?? false,
    docker: options.docker ?? false,
    ...(port === undefined ? {} : { port }),
    headAddress: head === undefined ? headPlaceholder : String(head),
  };
}

async function modelOf(options: LaunchOptions, context: number | undefined, signal: AbortSignal): Promise<ServerModel> {
  const { model: name } = options;
  if (!name) {
    throw new CommandFailed(`which model? --model with ${serverModels.map(({ id }) => id).join(', ')}; or org/repo`);
  }
  const { cwd, models } = commandContext({ ...options, model: 'auto' });
  const found =
    options.params === undefined
      ? await findServerModel(String(name), { cwd, ...models.settings(), signal })
      : modelFromNumbers(String(name), {
          params: needed('params', options.params, 1e13),
          layers: needed('layers', options.layers, 1000),
          heads: needed('heads', options.heads, 1000),
          kvHeads: needed('kv-heads', options.kvHeads, 1000),
          headDim: number('head-dim', options.headDim, 1, 4096) ?? 128,
          bits: number('bits', options.bits, 1, 32) ?? 16,
          context: context ?? 131_072,
        });
  if (found.kind === 'model') return found.model;
  const numbers = '--params 24B --layers 40 --heads 32 --kv-heads 8';
  throw new CommandFailed(`${name}: ${found.reason}. Its numbers can be given instead: ${numbers}`);
}

const units: Record<string, number> = { '': 1, k: 1024, K: 1024, M: 1e6, B: 1e9 };

/** A whole number such as 65536, 64k, 24B; k is 1024. */
function number(name: string, typed: Typed, least: number, most: number): number | undefined {
  if (typed === undefined) return undefined;
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKMB]?)$/.exec(String(typed)) ?? [];
  const value = Math.round(Number(digits) * (units[unit] ?? Number.NaN));
  if (value >= least && value <= most) return value;
  throw new CommandFailed(`--${name} is a number from ${least} to ${most}, not "${typed}"`);
}

function needed(name: string, typed: Typed, most: number): number {
  const value = number(name, typed, 1, most);
  if (value === undefined) throw new CommandFailed(`with --params, --${name} is needed too`);
  return value;
}

import { t } from '../protocol/translate.ts';
import { type CommandLine, type Flag, flag } from './commandLine.ts';
import type { LaunchRequest } from './launch.ts';
import { gibText } from './overheads.ts';
import type { ServingPlan } from './servingPlan.ts';

/** What n-gram speculation drafts, as published for Devstral. */
const ngram = { method: 'ngram', num_speculative_tokens: 5, prompt_lookup_max: 4 };

/** `vllm serve`; every option was looked up in vLLM 0.32.0 and 0.33.0 (engine/arg_utils.py, cli_args.py). */
export function vllmCommand(request: LaunchRequest, plan: ServingPlan): CommandLine {
  const { model, docker, port } = request;
  return {
    // The image runs `vllm serve` itself.
    program: docker ? ['--model', model.repository] : ['vllm', 'serve', model.repository],
    flags: [
      ...formatFlags(request),
      ...parallelFlags(plan),
      ...memoryFlags(request, plan),
      ...speculation(request),
      ...network(docker && plan.nodes === 1, port),
    ],
  };
}

function formatFlags({ model }: LaunchRequest): Flag[] {
  const { mistralTokenizer, mistralFormat, toolParser } = model;
  const flags: Flag[] = [];
  if (mistralTokenizer) {
    const why = t("Mistral's own tokenizer writes the prompt exactly and binds tool calls to valid JSON.");
    flags.push(flag('--tokenizer-mode', 'mistral', why));
  }
  if (mistralFormat) {
    flags.push(
      flag('--config-format', 'mistral', t('Its card says so: params.json is read instead of config.json.')),
      flag('--load-format', 'mistral', t('Its card says so: consolidated*.safetensors are loaded.')),
    );
  }
  if (toolParser !== null) {
    flags.push(
      flag('--tool-call-parser', toolParser, t('Tool calls arrive as calls, not as text.')),
      flag('--enable-auto-tool-choice', null, t('Without it every request that has tools is answered with 400.')),
    );
  }
  return flags;
}

function parallelFlags({ tensorParallel: tp, pipelineParallel: pp }: ServingPlan): Flag[] {
  const flags: Flag[] = [];
  if (tp > 1)
    flags.push(flag('--tensor-parallel-size', tp, t('Each layer is shared by {count} GPUs of a node.', { count: tp })));
  if (pp > 1) {
    flags.push(
      flag(
        '--pipeline-parallel-size',
        pp,
        t('The layers are divided among {count} nodes: little goes over the network.', { count: pp }),
      ),
      flag('--distributed-executor-backend', 'ray', t('Ray starts the workers on the other nodes.')),
    );
  }
  return flags;
}

function memoryFlags({ model, kv }: LaunchRequest, plan: ServingPlan): Flag[] {
  const { context, memoryFraction, memory } = plan;
  const why =
    context === model.context
      ? t('All that the model was trained for; vLLM refuses to start when one such conversation does not fit.')
      : t('What is planned; vLLM refuses to start when one such conversation does not fit.');
  const flags = [
    flag('--max-model-len', context, why),
    flag(
      '--gpu-memory-utilization',
      memoryFraction,
      t('vLLM takes {memory} of each GPU; lower it if other programs use the GPU.', {
        memory: gibText(memory * memoryFraction),
      }),
    ),
  ];
  if (kv === 'fp8') flags.push(flag('--kv-cache-dtype', 'fp8', t('The KV cache takes half the memory of 16 bits.')));
  return flags;
}

function speculation(request: LaunchRequest): Flag[] {
  if (!request.ngram) return [];
  const why = t('Answers about code repeat the prompt: tokens that follow the same words there are tried first.');
  return [flag('--speculative-config', JSON.stringify(ngram), why)];
}

function network(published: boolean, port: number | undefined): Flag[] {
  const usage = t('Each answer then says how much of the prompt was reused.');
  return [
    flag('--enable-prompt-tokens-details', null, usage),
    published
      ? flag('--host', '0.0.0.0', t('Inside the container; outside, only the port published above is reachable.'))
      : flag(
          '--host',
          '127.0.0.1',
          t('Only this machine reaches it; vLLM would listen on every network without a key.'),
        ),
    ...(port === undefined ? [] : [flag('--port', port, t('As asked; vLLM takes 8000.'))]),
  ];
}

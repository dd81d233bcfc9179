import { t } from '../protocol/translate.ts';
import { type CommandLine, type Flag, flag } from './commandLine.ts';
import type { LaunchRequest } from './launch.ts';
import { gibText } from './overheads.ts';
import type { ServingPlan } from './servingPlan.ts';

/** `sglang.launch_server`; every option was looked up in SGLang 0.5.23 (srt/arg_groups/fields). Published commands use this module; `sglang serve` takes the same. */
export function sglangCommand(request: LaunchRequest, plan: ServingPlan): CommandLine {
  const { model, gpus, docker, port } = request;
  const { tensorParallel: tp, nodes } = plan;
  const flags: Flag[] = [];
  if (model.toolParser !== null) {
    flags.push(flag('--tool-call-parser', model.toolParser, t('Tool calls arrive as calls, not as text.')));
  }
  if (tp > 1) {
    const why =
      nodes > 1
        ? t('Each layer is shared by {count} GPUs of {nodes} nodes.', { count: tp, nodes })
        : t('Each layer is shared by {count} GPUs.', { count: tp });
    flags.push(flag('--tp-size', tp, why));
  }
  flags.push(...memoryFlags(request, plan));
  if (request.ngram) {
    const why = t('Answers about code repeat the prompt: tokens that follow the same words there are tried first.');
    flags.push(flag('--speculative-algorithm', 'NGRAM', why));
  }
  flags.push(flag('--enable-cache-report', null, t('Each answer then says how much of the prompt was reused.')));
  if (gpus.card.vendor === 'amd') {
    const why = t('Published for AMD. It runs Python files of the repository, if it has any.');
    flags.push(flag('--trust-remote-code', null, why));
  }
  if (docker && nodes === 1) {
    flags.push(
      flag('--host', '0.0.0.0', t('Inside the container; outside, only the port published above is reachable.')),
    );
  }
  if (port !== undefined) flags.push(flag('--port', port, t('As asked; SGLang takes 30000.')));
  // The images have python3 for certain.
  return { program: [docker ? 'python3' : 'python', '-m', 'sglang.launch_server', '--model', model.repository], flags };
}

function memoryFlags({ model, kv }: LaunchRequest, { context, memory, memoryFraction }: ServingPlan): Flag[] {
  const why =
    context === model.context
      ? t('All that the model was trained for; longer requests are refused, not cut.')
      : t('What is planned; longer requests are refused, not cut.');
  const flags = [
    flag('--context-length', context, why),
    flag(
      '--mem-fraction-static',
      memoryFraction,
      t('Weights and KV cache get {memory} of each GPU; lower it when memory runs out.', {
        memory: gibText(memory * memoryFraction),
      }),
    ),
  ];
  if (kv === 'fp8')
    flags.push(flag('--kv-cache-dtype', 'fp8_e4m3', t('The KV cache takes half the memory of 16 bits.')));
  return flags;
}

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
    flags.push(flag('--tool-call-parser', model.toolParser, 'Tool calls arrive as calls, not as text.'));
  }
  if (tp > 1) {
    const where = nodes > 1 ? `${tp} GPUs of ${nodes} nodes` : `${tp} GPUs`;
    flags.push(flag('--tp-size', tp, `Each layer is shared by ${where}.`));
  }
  flags.push(...memoryFlags(request, plan));
  if (request.ngram) {
    const why = 'Answers about code repeat the prompt: tokens that follow the same words there are tried first.';
    flags.push(flag('--speculative-algorithm', 'NGRAM', why));
  }
  flags.push(flag('--enable-cache-report', null, 'Each answer then says how much of the prompt was reused.'));
  if (gpus.card.vendor === 'amd') {
    const why = 'Published for AMD. It runs Python files of the repository, if it has any.';
    flags.push(flag('--trust-remote-code', null, why));
  }
  if (docker && nodes === 1) {
    flags.push(flag('--host', '0.0.0.0', 'Inside the container; outside, only the port published above is reachable.'));
  }
  if (port !== undefined) flags.push(flag('--port', port, 'As asked; SGLang takes 30000.'));
  // The images have python3 for certain.
  return { program: [docker ? 'python3' : 'python', '-m', 'sglang.launch_server', '--model', model.repository], flags };
}

function memoryFlags({ model, kv }: LaunchRequest, { context, memory, memoryFraction }: ServingPlan): Flag[] {
  const whole = context === model.context ? 'All that the model was trained for' : 'What is planned';
  const flags = [
    flag('--context-length', context, `${whole}; longer requests are refused, not cut.`),
    flag(
      '--mem-fraction-static',
      memoryFraction,
      `Weights and KV cache get ${gibText(memory * memoryFraction)} of each GPU; lower it when memory runs out.`,
    ),
  ];
  if (kv === 'fp8') flags.push(flag('--kv-cache-dtype', 'fp8_e4m3', 'The KV cache takes half the memory of 16 bits.'));
  return flags;
}

import { t } from '../protocol/translate.ts';
import { argvOf, type Flag, oneLine, severalLines, shellQuote } from './commandLine.ts';
import { gpusText } from './gpus.ts';
import type { LaunchOutcome, LaunchRequest, Suggestion } from './launch.ts';
import { gibText, tokensText } from './overheads.ts';
import type { ServingPlan } from './servingPlan.ts';

type Command = Extract<LaunchOutcome, { kind: 'command' }>;

/** The command as it can be copied, then the plan, then each option with its reason: a script whose rest is comments. */
export function launchText(request: LaunchRequest, outcome: Command): string {
  const { steps, flags, plan, notes } = outcome;
  const several = steps.length > 1;
  const commands = steps.map(({ where, command }) => `${several ? `# ${upper(where)}\n` : ''}${severalLines(command)}`);
  const about = [
    ...planLines(request, plan),
    '',
    ...flags.map(reasonLine),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
    t('Estimated before the start, not measured:'),
    ...plan.assumptions.map((each) => `- ${each}`),
  ];
  return `${commands.join('\n\n')}\n\n${about.map((line) => (line === '' ? '#' : `# ${line}`)).join('\n')}\n`;
}

function planLines({ model, gpus, kv }: LaunchRequest, plan: ServingPlan): string[] {
  const { gpusPerNode, nodes, weights, kvBytesPerToken, kvTokens, context, conversations, memory, overhead } = plan;
  const memories = {
    memory: gibText(memory),
    weights: gibText(weights),
    server: gibText(overhead),
    cache: gibText(kvTokens * kvBytesPerToken),
  };
  return [
    t('{model}, {licence}, on {gpus}', {
      model: model.title,
      licence: model.licence,
      gpus: gpusText(gpus.card, gpusPerNode, nodes),
    }),
    gpusPerNode * nodes > 1
      ? t('On each GPU: {memory}, weights {weights}, server {server}, KV cache {cache}', memories)
      : t('On the GPU: {memory}, weights {weights}, server {server}, KV cache {cache}', memories),
    t('KV cache: {size} KiB a token in {type}, {tokens} in all', {
      size: kvBytesPerToken / 1024,
      type: kv === 'fp8' ? 'FP8' : t('{count} bits', { count: 16 }),
      tokens: tokensText(kvTokens),
    }),
    t('Context: {tokens}, {count} conversations of that length at once', {
      tokens: tokensText(context),
      count: conversations.toFixed(1),
    }),
  ];
}

/** A script as a value stands above in full. */
function reasonLine({ flag, value = '', reason }: Flag): string {
  return `${value === '' || value.length > 100 ? flag : `${flag} ${value}`}: ${reason}`;
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** "More GPUs: --gpus 2xH100". */
export const suggestionText = ({ label, option, value }: Suggestion): string =>
  `${label}: --${option} ${shellQuote(value)}`;

/** The same for programs. `command` and `argv` are those of the step that starts the server; a shell expands `$HOME`. */
export function launchResult({ server, model, gpus }: LaunchRequest, outcome: LaunchOutcome) {
  if (outcome.kind === 'doesNotFit') {
    return { status: outcome.kind, reason: outcome.reason, suggestions: outcome.suggestions.map(suggestionText) };
  }
  if (outcome.kind === 'refused') return { status: outcome.kind, reason: outcome.reason };
  const steps = outcome.steps.map(({ where, command }) => ({
    where,
    command: oneLine(command),
    argv: argvOf(command),
  }));
  // On several nodes vLLM is started last, once the cluster is there; SGLang and containers answer on the first node.
  const main = steps.find(({ argv }) => argv[0] === 'vllm') ?? steps[0];
  return {
    status: 'ok',
    server,
    model: model.repository,
    gpu: gpus.card.name,
    command: main?.command ?? '',
    argv: main?.argv ?? [],
    ...(steps.length > 1 ? { steps } : {}),
    flags: outcome.flags,
    plan: outcome.plan,
    notes: outcome.notes,
  };
}

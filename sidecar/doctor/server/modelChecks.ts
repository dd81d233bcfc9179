import { askContext, type ServerFacts } from '../../models/backends/remote/serverFacts.ts';
import { full } from '../../protocol/numbers.ts';
import type { Check } from '../checks.ts';
import { type Findings, fail, ok, type Visit, warn, within } from './visit.ts';

/** Fewer tokens than this and the agent condenses all the time: instructions and tools alone take about 4k. */
export const agentContext = 16_384;
/** What is good to set where there is memory for it. */
const goodContext = 32_768;

const count = (tokens: number) => full(tokens, 'en');

/** The model that will answer, and whether the server has it. */
export async function modelListed({ facts, wanted, server }: Visit): Promise<Findings> {
  const { kind, listed, model } = facts;
  const has = listed.some((id) => id === model || id === `${model}:latest`);
  if (has) {
    const more = listed.length > 1 ? `, one of ${listed.length}` : '';
    const loaded = wanted === undefined && listed.length > 1 ? ' (the first, as none is named)' : '';
    return { checks: [ok('model', `Model: ${model}${more}${loaded}`)] };
  }
  if (listed.length === 0) {
    if (kind === 'ollama' || kind === 'lmstudio' || kind === 'vllm')
      return {
        checks: [fail('model', `${server.shown} has no model`, noModelFix[kind])],
        stop: true,
      };
    return { checks: [ok('model', model === '' ? 'Model: the one the server was started with' : `Model: ${model}`)] };
  }
  const names = listed.slice(0, 8).join(', ') + (listed.length > 8 ? `, and ${listed.length - 8} more` : '');
  const message = `${server.shown} does not list ${model}`;
  const fix = `Use one of its names: ${names} (model of the server in devstral.servers, or --model)`;
  // These answer to any name with the model that they have.
  if (kind === 'sglang' || kind === 'llamacpp') return { checks: [warn('model', message, fix)] };
  return { checks: [fail('model', message, fix)], stop: true };
}

const noModelFix = {
  ollama: 'Fetch one: ollama pull devstral-small-2',
  lmstudio: 'Download one in LM Studio, then load it',
  vllm: 'Start vLLM with a model: vllm serve MODEL',
};

/** After a first answer, as some servers load the model, and tell its context, only then. */
export async function contextSize(visit: Visit): Promise<Findings> {
  const { facts, connection, server } = visit;
  facts.contextSize ??= await askContext(connection, server, facts, within(visit, visit.times.askMs));
  const { contextSize: tokens, trainedContext } = facts;
  if (tokens === null) {
    const how = facts.kind === 'ollama' || facts.kind === 'lmstudio' ? `: ${contextFix(facts)}` : '';
    const fix = `Make sure it is ${count(agentContext)} tokens or more${how}`;
    return { checks: [warn('context', 'Context: the server does not say its size', fix)] };
  }
  const made = trainedContext !== null && trainedContext > tokens ? `, ${count(trainedContext)} possible` : '';
  if (tokens >= agentContext) return { checks: [ok('context', `Context: ${count(tokens)} tokens${made}`)] };
  const message = `Context: ${count(tokens)} tokens${made}; the agent needs ${count(agentContext)} at least`;
  return { checks: [fail('context', message, contextFix(facts))] };
}

/** How each server is given a larger context, exactly. */
export function contextFix({ kind, model, trainedContext }: ServerFacts): string {
  if (trainedContext !== null && trainedContext < agentContext)
    return `The model was made for ${count(trainedContext)} tokens: use one with a larger context`;
  const tokens = Math.min(goodContext, trainedContext ?? goodContext);
  switch (kind) {
    case 'vllm':
      return `Start vLLM with --max-model-len ${tokens}`;
    case 'sglang':
      return `Start SGLang with --context-length ${tokens}`;
    case 'llamacpp':
      return `Start llama-server with -c ${tokens}; with -np N the context is shared out, so N times as much`;
    case 'ollama':
      return `Start it with OLLAMA_CONTEXT_LENGTH=${tokens} ollama serve, or put PARAMETER num_ctx ${tokens} into the Modelfile and ollama create`;
    case 'lmstudio':
      return `Load the model with Context Length ${tokens} in LM Studio, or: lms load ${model || 'MODEL'} --context-length ${tokens}`;
    case 'mistral':
    case 'transformers':
      return 'Use a model with a larger context';
    case 'other':
      return `Give the server a context of ${count(tokens)} tokens`;
  }
}

/** Whether a prompt that has only grown is read again from its start. Nothing where the server does not say. */
export function prefixCaching({ kind, prefixCaching: caches }: ServerFacts): Check[] {
  if (caches === null) return [];
  if (caches) return [ok('prefixCache', 'Prefix cache: on, so that each step reads only what is new')];
  const fix =
    kind === 'vllm'
      ? 'Start vLLM without --no-enable-prefix-caching'
      : kind === 'sglang'
        ? 'Start SGLang without --disable-radix-cache'
        : 'Switch the prefix cache on';
  return [warn('prefixCache', 'Prefix cache: off, so that each step reads the whole conversation again', fix)];
}

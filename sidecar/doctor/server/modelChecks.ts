import { askContext, type ServerFacts } from '../../models/backends/remote/serverFacts.ts';
import { full } from '../../protocol/numbers.ts';
import { displayLanguage, t } from '../../protocol/translate.ts';
import type { Check } from '../checks.ts';
import { type Findings, fail, ok, type Visit, warn, within } from './visit.ts';

/** Fewer tokens than this and the agent condenses all the time: instructions and tools alone take about 4k. */
export const agentContext = 16_384;
/** What is good to set where there is memory for it. */
const goodContext = 32_768;

const count = (tokens: number) => full(tokens, displayLanguage());

/** The model that will answer, and whether the server has it. */
export async function modelListed({ facts, wanted, server }: Visit): Promise<Findings> {
  const { kind, listed, model } = facts;
  const has = listed.some((id) => id === model || id === `${model}:latest`);
  if (has) {
    return { checks: [ok('model', listedText(model, listed.length, wanted === undefined))] };
  }
  if (listed.length === 0) {
    if (kind === 'ollama' || kind === 'lmstudio' || kind === 'vllm')
      return {
        checks: [fail('model', t('{url} has no model', { url: server.shown }), noModelFix[kind])],
        stop: true,
      };
    return {
      checks: [
        ok('model', model === '' ? t('Model: the one the server was started with') : t('Model: {model}', { model })),
      ],
    };
  }
  const some = listed.slice(0, 8).join(', ');
  const names = listed.length > 8 ? t('{names} and {count} more', { names: some, count: listed.length - 8 }) : some;
  const message = t('{url} does not list {model}', { url: server.shown, model });
  const fix = t('Use one of its names: {names} (model of the server in devstral.servers, or --model)', { names });
  // These answer to any name with the model that they have.
  if (kind === 'sglang' || kind === 'llamacpp') return { checks: [warn('model', message, fix)] };
  return { checks: [fail('model', message, fix)], stop: true };
}

function listedText(model: string, count: number, unnamed: boolean): string {
  if (count < 2) return t('Model: {model}', { model });
  return unnamed
    ? t('Model: {model}, one of {count} (the first, as none is named)', { model, count })
    : t('Model: {model}, one of {count}', { model, count });
}

const noModelFix = {
  ollama: t('Fetch one: ollama pull devstral-small-2'),
  lmstudio: t('Download one in LM Studio, then load it'),
  vllm: t('Start vLLM with a model: vllm serve MODEL'),
};

/** After a first answer, as some servers load the model, and tell its context, only then. */
export async function contextSize(visit: Visit): Promise<Findings> {
  const { facts, connection, server } = visit;
  facts.contextSize ??= await askContext(connection, server, facts, within(visit, visit.times.askMs));
  const { contextSize: tokens, trainedContext } = facts;
  if (tokens === null) {
    const least = count(agentContext);
    const fix =
      facts.kind === 'ollama' || facts.kind === 'lmstudio'
        ? t('Make sure it is {least} tokens or more: {how}', { least, how: contextFix(facts) })
        : t('Make sure it is {least} tokens or more', { least });
    return { checks: [warn('context', t('Context: the server does not say its size'), fix)] };
  }
  const size = sizeText(tokens, trainedContext);
  if (tokens >= agentContext) return { checks: [ok('context', size)] };
  const message = t('{size}; the agent needs {least} at least', { size, least: count(agentContext) });
  return { checks: [fail('context', message, contextFix(facts))] };
}

function sizeText(tokens: number, trained: number | null): string {
  return trained !== null && trained > tokens
    ? t('Context: {tokens} tokens, {trained} possible', { tokens: count(tokens), trained: count(trained) })
    : t('Context: {tokens} tokens', { tokens: count(tokens) });
}

/** How each server is given a larger context, exactly. */
export function contextFix({ kind, model, trainedContext }: ServerFacts): string {
  if (trainedContext !== null && trainedContext < agentContext)
    return t('The model was made for {tokens} tokens: use one with a larger context', {
      tokens: count(trainedContext),
    });
  const tokens = Math.min(goodContext, trainedContext ?? goodContext);
  switch (kind) {
    case 'vllm':
      return t('Start vLLM with --max-model-len {tokens}', { tokens });
    case 'sglang':
      return t('Start SGLang with --context-length {tokens}', { tokens });
    case 'llamacpp':
      return t('Start llama-server with -c {tokens}; with -np N the context is shared out, so N times as much', {
        tokens,
      });
    case 'ollama':
      return t(
        'Start it with OLLAMA_CONTEXT_LENGTH={tokens} ollama serve, or put PARAMETER num_ctx {tokens} into the Modelfile and ollama create',
        { tokens },
      );
    case 'lmstudio':
      return t(
        'Load the model with Context Length {tokens} in LM Studio, or: lms load {model} --context-length {tokens}',
        { tokens, model: model || 'MODEL' },
      );
    case 'mistral':
    case 'transformers':
      return t('Use a model with a larger context');
    case 'other':
      return t('Give the server a context of {tokens} tokens', { tokens: count(tokens) });
  }
}

/** Whether a prompt that has only grown is read again from its start. Nothing where the server does not say. */
export function prefixCaching({ kind, prefixCaching: caches }: ServerFacts): Check[] {
  if (caches === null) return [];
  if (caches) return [ok('prefixCache', t('Prefix cache: on, so that each step reads only what is new'))];
  const fix =
    kind === 'vllm'
      ? t('Start vLLM without --no-enable-prefix-caching')
      : kind === 'sglang'
        ? t('Start SGLang without --disable-radix-cache')
        : t('Switch the prefix cache on');
  return [warn('prefixCache', t('Prefix cache: off, so that each step reads the whole conversation again'), fix)];
}

import { plural, t } from '../protocol/translate.ts';
import { allFlags, type Flag } from './commandLine.ts';
import { dockerImage } from './dockerForm.ts';
import { type GpuSet, gpusText } from './gpus.ts';
import { type LaunchStep, launchSteps } from './nodes.ts';
import { gibText, tokensText } from './overheads.ts';
import { type ServerModel, serverModels } from './serverModels.ts';
import {
  dividesHeads,
  type KvType,
  layouts,
  loadsWeights,
  planServing,
  type Server,
  type ServingPlan,
  smallestContext,
} from './servingPlan.ts';
import { sglangCommand } from './sglangCommand.ts';
import { vllmCommand } from './vllmCommand.ts';

export interface LaunchRequest {
  server: Server;
  model: ServerModel;
  gpus: GpuSet;
  /** Tokens; without it, as many as fit and the model knows. */
  context?: number;
  kv: KvType;
  /** Drafts tokens from the prompt itself. */
  ngram: boolean;
  docker: boolean;
  port?: number;
  /** Address of the first of several nodes, as the others reach it. */
  headAddress: string;
}

/** What would fit: one answer that is given otherwise. */
export interface Suggestion {
  label: string;
  option: 'context' | 'kv' | 'gpus' | 'model';
  value: string;
}

export type LaunchOutcome =
  | { kind: 'command'; steps: LaunchStep[]; flags: Flag[]; plan: ServingPlan; notes: string[] }
  | { kind: 'doesNotFit'; reason: string; suggestions: Suggestion[] }
  /** Not at all: what was asked for does not go together. */
  | { kind: 'refused'; reason: string };

/** The command that serves a model on these GPUs, with the plan that justifies it. */
export function launch(request: LaunchRequest): LaunchOutcome {
  const reason = contradiction(request);
  if (reason !== null) return { kind: 'refused', reason };
  const planned = planServing(request);
  if (planned.kind === 'noLayout') return { kind: 'refused', reason: headsReason(request) };
  if (planned.kind === 'tooSmall') {
    return { kind: 'doesNotFit', reason: tooSmallReason(request, planned.best), suggestions: suggestions(request) };
  }
  const { plan } = planned;
  const command = (request.server === 'vllm' ? vllmCommand : sglangCommand)(request, plan);
  const image = request.docker ? dockerImage(request.server, request.gpus.card) : null;
  const steps = launchSteps(command, image, request, plan);
  return { kind: 'command', steps, flags: distinct(steps), plan, notes: notes(request, plan) };
}

/** Why a request cannot be met whatever the memory; null if it can. */
function contradiction({ server, model, gpus, context, ngram, docker }: LaunchRequest): string | null {
  const { card } = gpus;
  if (context !== undefined && context > model.context) {
    return t('{model} was trained for {most}; {asked} are more.', {
      model: model.title,
      most: tokensText(model.context),
      asked: tokensText(context),
    });
  }
  if (!loadsWeights(model, card))
    return t('{name} has no FP8, and {repository} has FP8 weights only.', {
      name: card.name,
      repository: model.repository,
    });
  if (server === 'sglang' && ngram && card.vendor === 'amd') {
    return t("SGLang's n-gram speculation does not run on AMD GPUs; vLLM's does, or leave out --ngram.");
  }
  if (docker && dockerImage(server, card) === null) {
    return t('SGLang publishes no image for {name}; leave out --docker, or name an Instinct card such as MI300X.', {
      name: card.name,
    });
  }
  return null;
}

function headsReason({ model, gpus, server }: LaunchRequest): string {
  const { heads, kvHeads } = model.shape;
  const nodes = gpus.nodes ?? 1;
  const asked =
    gpus.count === null
      ? t('any number of GPUs on {nodes} nodes', { nodes })
      : t('{count} GPUs on {nodes} nodes', { count: gpus.count, nodes });
  const possible = [1, 2, 4, 8, 16, 32].filter((count) => dividesHeads(model.shape, count)).join(', ');
  return t('{heads} heads and {kvHeads} KV heads cannot be shared by {asked} in {server}; {possible} GPUs can.', {
    heads,
    kvHeads,
    asked,
    server,
    possible,
  });
}

function tooSmallReason(request: LaunchRequest, best: ServingPlan): string {
  const { model, gpus, context } = request;
  const { weights, memory, overhead, kvTokens, gpusPerNode, nodes } = best;
  const on = gpusText(gpus.card, gpusPerNode, nodes);
  if (weights + overhead > memory) {
    return t(
      '{model} does not fit on {gpus}: each GPU has {memory}, the weights take {weights} of it and the server {overhead}.',
      { model: model.title, gpus: on, memory: gibText(memory), weights: gibText(weights), overhead: gibText(overhead) },
    );
  }
  const values = { model: model.title, gpus: on, room: tokensText(kvTokens) };
  return context === undefined
    ? t('{model} on {gpus} leaves room for {room}; at least {least} are needed.', {
        ...values,
        least: tokensText(smallestContext),
      })
    : t('{model} on {gpus} leaves room for {room}; {asked} were asked for.', {
        ...values,
        asked: tokensText(context),
      });
}

/** What would fit: less context, a smaller KV cache, more GPUs, a smaller model. Each was planned. */
function suggestions(request: LaunchRequest): Suggestion[] {
  const { model, gpus, context, kv } = request;
  const found: Suggestion[] = [];
  const { context: _asked, ...open } = request;
  const shorter = context === undefined ? null : fitting(open);
  if (shorter) found.push({ label: t('Shorter context'), option: 'context', value: String(shorter.context) });
  if (kv === 'auto' && canKeepFp8(request) && fitting({ ...request, kv: 'fp8' })) {
    found.push({ label: t('KV cache in FP8'), option: 'kv', value: 'fp8' });
  }
  const free = { ...gpus, count: null, nodes: null };
  const more = fitting({ ...request, context: context ?? Math.min(smallestContext, model.context), gpus: free });
  if (more) {
    const value = gpusText(gpus.card, more.gpusPerNode, more.nodes);
    found.push({ label: t('More GPUs'), option: 'gpus', value });
  }
  const other = serverModels.find(
    (each) =>
      each.weightBits <= 8 &&
      each.id !== model.id &&
      (context ?? 0) <= each.context &&
      loadsWeights(each, gpus.card) &&
      fitting({ ...request, model: each }),
  );
  if (other) found.push({ label: t('Another model'), option: 'model', value: other.id });
  return found;
}

function fitting(request: LaunchRequest): ServingPlan | null {
  if (layouts(request).length === 0) return null;
  const planned = planServing(request);
  return planned.kind === 'fits' ? planned.plan : null;
}

/**
 * SGLang keeps FP8 where the GPU computes with it. vLLM unpacks it on older NVIDIA cards too (its FlashInfer backend).
 * Of a card that is given by its memory only the person knows.
 */
function canKeepFp8({ server, gpus }: LaunchRequest): boolean {
  const { fp8 } = gpus.card;
  return fp8 === 'native' || fp8 === 'unknown' || (fp8 === 'weights' && server === 'vllm');
}

function notes(request: LaunchRequest, plan: ServingPlan): string[] {
  const { server, model, gpus, kv, docker } = request;
  const { count, card } = gpus;
  const told: string[] = [];
  if (server === 'vllm' && model.mistralTokenizer) {
    told.push(
      docker
        ? t(
            'If every chat is answered with 400 "get_lark_from_jinja": mistral-common 1.13 does not go with vLLM 0.32; take an image of another version.',
          )
        : t(
            'If every chat is answered with 400 "get_lark_from_jinja": mistral-common 1.13 does not go with vLLM 0.32; {command}.',
            { command: "pip install 'mistral-common<1.13'" },
          ),
    );
  }
  if (server === 'sglang') told.push(t('SGLang needs transformers 5 or later for these models.'));
  if (server === 'sglang' && model.mistralFormat) {
    told.push(
      t('For {repository} a command is published for vLLM only; we have not seen SGLang serve it.', {
        repository: model.repository,
      }),
    );
  }
  if (model.toolParser === null) {
    told.push(
      t('Which parser reads the tool calls of this model is not known: without one Devstral reads them itself.'),
    );
  }
  if (count !== null && count > plan.gpusPerNode) {
    told.push(
      t('{free} of {count} GPUs stay free: {heads} heads and {kvHeads} KV heads divide by {used}.', {
        free: count - plan.gpusPerNode,
        count,
        heads: model.shape.heads,
        kvHeads: model.shape.kvHeads,
        used: plan.gpusPerNode,
      }),
    );
  }
  if (plan.kvCopies > 1)
    told.push(
      t('Each KV head is kept on {count} GPUs, as there are more GPUs than KV heads.', { count: plan.kvCopies }),
    );
  const fewer = count !== null && count > 1 ? fitting({ ...request, gpus: { ...gpus, count: null } }) : null;
  if (fewer && fewer.gpusPerNode < plan.gpusPerNode && plan.nodes === 1) {
    told.push(
      plural(
        fewer.gpusPerNode,
        {
          one: '{count} of these GPUs is enough for {tokens}.',
          other: '{count} of these GPUs are enough for {tokens}.',
        },
        { tokens: tokensText(fewer.context) },
      ),
    );
  }
  if (kv === 'fp8' && !canKeepFp8(request))
    told.push(t('{name} does not compute with FP8: the server may refuse this KV type.', { name: card.name }));
  if (model.weightBits === 8 && card.fp8 === 'weights') {
    told.push(
      t('{name} does not compute with FP8: the weights stay in FP8 and are unpacked for each use.', {
        name: card.name,
      }),
    );
  }
  if (plan.nodes > 1) {
    told.push(
      t('The nodes need the same version of the server and a private network: it is neither encrypted nor locked.'),
    );
    if (server === 'vllm') {
      told.push(t('Ray is installed with "pip install ray"; vLLM waits 30 minutes for the other nodes.'));
      told.push(t('On a node with several networks, set VLLM_HOST_IP to its address in the private one.'));
    }
    if (request.headAddress === headPlaceholder)
      told.push(t('Replace {name} with the address of the first node.', { name: headPlaceholder }));
  }
  if (docker && dockerImage(server, card)?.endsWith(':latest')) {
    told.push(t('Once it runs, name a version of the image instead of the newest one.'));
  }
  return told;
}

/** What stands for the first node's address until the person fills it in. */
export const headPlaceholder = 'FIRST_NODE';

/** Each option once, with its first reason. */
function distinct(steps: LaunchStep[]): Flag[] {
  const seen = new Map<string, Flag>();
  for (const flag of steps.flatMap(({ command }) => allFlags(command))) {
    const key = `${flag.flag} ${flag.value ?? ''}`;
    if (!seen.has(key)) seen.set(key, flag);
  }
  return [...seen.values()];
}

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
    return `${model.title} was trained for ${tokensText(model.context)}; ${tokensText(context)} are more.`;
  }
  if (!loadsWeights(model, card)) return `${card.name} has no FP8, and ${model.repository} has FP8 weights only.`;
  if (server === 'sglang' && ngram && card.vendor === 'amd') {
    return "SGLang's n-gram speculation does not run on AMD GPUs; vLLM's does, or leave out --ngram.";
  }
  if (docker && dockerImage(server, card) === null) {
    return `SGLang publishes no image for ${card.name}; leave out --docker, or name an Instinct card such as MI300X.`;
  }
  return null;
}

function headsReason({ model, gpus, server }: LaunchRequest): string {
  const { heads, kvHeads } = model.shape;
  const asked = `${gpus.count ?? 'any number of'} GPUs on ${gpus.nodes ?? 1} nodes`;
  const possible = [1, 2, 4, 8, 16, 32].filter((count) => dividesHeads(model.shape, count)).join(', ');
  return `${heads} heads and ${kvHeads} KV heads cannot be shared by ${asked} in ${server}; ${possible} GPUs can.`;
}

function tooSmallReason(request: LaunchRequest, best: ServingPlan): string {
  const { model, gpus, context } = request;
  const { weights, memory, overhead, kvTokens, gpusPerNode, nodes } = best;
  const on = gpusText(gpus.card, gpusPerNode, nodes);
  if (weights + overhead > memory) {
    return `${model.title} does not fit on ${on}: each GPU has ${gibText(memory)}, the weights take ${gibText(weights)} of it and the server ${gibText(overhead)}.`;
  }
  const wanted =
    context === undefined
      ? `at least ${tokensText(smallestContext)} are needed`
      : `${tokensText(context)} were asked for`;
  return `${model.title} on ${on} leaves room for ${tokensText(kvTokens)}; ${wanted}.`;
}

/** What would fit: less context, a smaller KV cache, more GPUs, a smaller model. Each was planned. */
function suggestions(request: LaunchRequest): Suggestion[] {
  const { model, gpus, context, kv } = request;
  const found: Suggestion[] = [];
  const { context: _asked, ...open } = request;
  const shorter = context === undefined ? null : fitting(open);
  if (shorter) found.push({ label: 'Shorter context', option: 'context', value: String(shorter.context) });
  if (kv === 'auto' && canKeepFp8(request) && fitting({ ...request, kv: 'fp8' })) {
    found.push({ label: 'KV cache in FP8', option: 'kv', value: 'fp8' });
  }
  const free = { ...gpus, count: null, nodes: null };
  const more = fitting({ ...request, context: context ?? Math.min(smallestContext, model.context), gpus: free });
  if (more) {
    const value = gpusText(gpus.card, more.gpusPerNode, more.nodes);
    found.push({ label: 'More GPUs', option: 'gpus', value });
  }
  const other = serverModels.find(
    (each) =>
      each.weightBits <= 8 &&
      each.id !== model.id &&
      (context ?? 0) <= each.context &&
      loadsWeights(each, gpus.card) &&
      fitting({ ...request, model: each }),
  );
  if (other) found.push({ label: 'Another model', option: 'model', value: other.id });
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
    const mend = docker ? 'take an image of another version' : "pip install 'mistral-common<1.13'";
    told.push(
      `If every chat is answered with 400 "get_lark_from_jinja": mistral-common 1.13 does not go with vLLM 0.32; ${mend}.`,
    );
  }
  if (server === 'sglang') told.push('SGLang needs transformers 5 or later for these models.');
  if (server === 'sglang' && model.mistralFormat) {
    told.push(`For ${model.repository} a command is published for vLLM only; we have not seen SGLang serve it.`);
  }
  if (model.toolParser === null) {
    told.push('Which parser reads the tool calls of this model is not known: without one Devstral reads them itself.');
  }
  if (count !== null && count > plan.gpusPerNode) {
    told.push(
      `${count - plan.gpusPerNode} of ${count} GPUs stay free: ${model.shape.heads} heads and ${model.shape.kvHeads} KV heads divide by ${plan.gpusPerNode}.`,
    );
  }
  if (plan.kvCopies > 1)
    told.push(`Each KV head is kept on ${plan.kvCopies} GPUs, as there are more GPUs than KV heads.`);
  const fewer = count !== null && count > 1 ? fitting({ ...request, gpus: { ...gpus, count: null } }) : null;
  if (fewer && fewer.gpusPerNode < plan.gpusPerNode && plan.nodes === 1) {
    const enough = fewer.gpusPerNode === 1 ? 'One of these GPUs is' : `${fewer.gpusPerNode} of these GPUs are`;
    told.push(`${enough} enough for ${tokensText(fewer.context)}.`);
  }
  if (kv === 'fp8' && !canKeepFp8(request))
    told.push(`${card.name} does not compute with FP8: the server may refuse this KV type.`);
  if (model.weightBits === 8 && card.fp8 === 'weights') {
    told.push(`${card.name} does not compute with FP8: the weights stay in FP8 and are unpacked for each use.`);
  }
  if (plan.nodes > 1) {
    told.push(
      'The nodes need the same version of the server and a private network: it is neither encrypted nor locked.',
    );
    if (server === 'vllm') {
      told.push('Ray is installed with "pip install ray"; vLLM waits 30 minutes for the other nodes.');
      told.push('On a node with several networks, set VLLM_HOST_IP to its address in the private one.');
    }
    if (request.headAddress === headPlaceholder)
      told.push(`Replace ${headPlaceholder} with the address of the first node.`);
  }
  if (docker && dockerImage(server, card)?.endsWith(':latest')) {
    told.push('Once it runs, name a version of the image instead of the newest one.');
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

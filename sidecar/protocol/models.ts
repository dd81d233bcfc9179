import * as z from 'zod/mini';
import { notification, request } from './message.ts';
import { ProblemReport } from './problemReport.ts';

/** The model in use and what it is doing: what the status bar shows. */
export const ModelStatus = z.object({
  /** Short name, at most 14 characters, as the status bar shows it. Empty: none is set up. */
  name: z.string(),
  kind: z.enum(['none', 'local', 'server']),
  state: z.discriminatedUnion('state', [
    z.object({ state: z.literal('none') }),
    z.object({ state: z.literal('off') }),
    z.object({ state: z.literal('downloading'), fraction: z.number() }),
    z.object({ state: z.literal('loading'), fraction: z.number() }),
    z.object({ state: z.literal('ready') }),
    z.object({ state: z.literal('reading'), fraction: z.number() }),
    z.object({ state: z.literal('writing'), tokensPerSecond: z.number() }),
    z.object({ state: z.literal('lost') }),
    z.object({ state: z.literal('failed'), problem: ProblemReport }),
  ]),
  detail: z.optional(
    z.object({
      title: z.string(),
      contextUsed: z.optional(z.number()),
      contextSize: z.optional(z.number()),
      decodeRate: z.optional(z.number()),
      prefillRate: z.optional(z.number()),
      memoryBytes: z.optional(z.number()),
      network: z.string(),
      /** While another model than the chosen one answers: which, and why. */
      notice: z.optional(z.string()),
    }),
  ),
});
export type ModelStatus = z.infer<typeof ModelStatus>;

/** Sent at most once a second while something changes. */
export const modelStatus = notification('devstral/model/status', ModelStatus);

/** What can be switched to. `id` is what the setting `devstral.model` takes. */
export const ModelEntry = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  detail: z.string(),
  group: z.enum(['inUse', 'onThisComputer', 'canBeDownloaded', 'doesNotFit', 'servers']),
  /** 0 where it is not known. */
  bytes: z.number(),
  recommended: z.boolean(),
  /** Must be read and accepted before the model is fetched. */
  licence: z.optional(z.object({ name: z.string(), url: z.string() })),
  /** A file of ours, which can be removed. */
  path: z.optional(z.string()),
});
export type ModelEntry = z.infer<typeof ModelEntry>;

export const modelList = request('devstral/model/list', z.object({}), z.object({ models: z.array(ModelEntry) }));

/** Stops every answer that runs in this window, as Stop does. */
export const modelStopTurns = request('devstral/model/stopTurns', z.object({}), z.object({}));

/** The person has read the licence of a catalog model. */
export const modelAcceptLicence = request('devstral/model/acceptLicence', z.object({ id: z.string() }), z.object({}));

/** Removes the files of a model from our own folder; one that is in memory is unloaded first. */
export const modelRemove = request(
  'devstral/model/remove',
  z.object({ path: z.string() }),
  z.object({ freed: z.number(), problem: z.optional(ProblemReport) }),
);

/** What this computer can run models with, as lines of text. */
export const machineDescribe = request('devstral/machine/describe', z.object({}), z.object({ text: z.string() }));

/** Makes the model ready: downloads, checks and loads it if need be, with progress. `reason` is set if it cannot be. */
export const modelPrepare = request(
  'devstral/model/prepare',
  z.object({ workDoneToken: z.optional(z.string()) }),
  z.object({ ready: z.boolean(), problem: z.optional(ProblemReport) }),
);

/** Fetches a model while the one in use goes on serving; progress through `workDoneToken`. */
export const modelDownload = request(
  'devstral/model/download',
  z.object({ id: z.string(), workDoneToken: z.optional(z.string()) }),
  z.object({ ready: z.boolean(), problem: z.optional(ProblemReport) }),
);

/** One server of the person's settings. Its key is kept elsewhere, by origin. */
export const ServerEntry = z.object({
  name: z.string(),
  url: z.string(),
  model: z.optional(z.string()),
  headers: z.optional(z.record(z.string(), z.string())),
  /** Tokens: the most to use of its context, or its context if it does not say. */
  contextTokens: z.optional(z.number()),
  /** Tokens: the most in one answer. */
  maxOutputTokens: z.optional(z.number()),
});
export type ServerEntry = z.infer<typeof ServerEntry>;

/** Settings that the sidecar needs; machine scope, never taken from a workspace. */
export const SidecarSettings = z.object({
  /** `auto`, `starter`, a path of a GGUF, or the name of one of `servers`. */
  model: z.string(),
  modelsFolder: z.string(),
  contextSize: z.number(),
  threads: z.number(),
  gpu: z.enum(['auto', 'cuda', 'vulkan', 'metal', 'off']),
  offline: z.boolean(),
  fixAttempts: z.number(),
  /** Minutes after which a model that is not used leaves the memory; 0: it stays. */
  idleUnloadMinutes: z.number(),
  servers: z.array(ServerEntry),
  /** Names of servers or models that answer, in this order, while the chosen server is down. */
  fallback: z.optional(z.array(z.string())),
  proxy: z.object({ url: z.string(), noProxy: z.array(z.string()), strictTls: z.boolean() }),
});
export type SidecarSettings = z.infer<typeof SidecarSettings>;

/** Frees the memory of the model once its running answer has ended. */
export const modelUnload = request('devstral/model/unload', z.object({}), z.object({}));

export const settingsChanged = notification('devstral/settings/changed', SidecarSettings);

import * as z from 'zod/mini';
import { ImageRule } from './images.ts';
import { notification, request } from './message.ts';
import { ProblemReport } from './problemReport.ts';

/** A download that runs somewhere on this computer, or that can be resumed. Bytes. */
export const UnfinishedDownload = z.object({
  /** What `devstral/model/download` takes. */
  id: z.string(),
  /** Short name for people. */
  name: z.string(),
  /** Where the file will be. */
  path: z.string(),
  received: z.number(),
  /** 0 where it is not known. */
  total: z.number(),
  bytesPerSecond: z.number(),
  /** `here`: this window downloads it and can pause it. */
  runs: z.enum(['here', 'elsewhere', 'no']),
});
export type UnfinishedDownload = z.infer<typeof UnfinishedDownload>;

/** What a plan says that a model takes. Bytes; `gpuTotal` is what the GPU has. */
const MemoryUse = z.object({
  gpu: z.number(),
  gpuTotal: z.number(),
  ram: z.number(),
  /** That such plans were never compared with what a load takes; empty where they were. */
  unchecked: z.string(),
});
export type MemoryUse = z.infer<typeof MemoryUse>;

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
    /** Other answers come first; `ahead` of them, if that is known. */
    z.object({ state: z.literal('queued'), ahead: z.optional(z.number()) }),
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
      /** How it reads images; null: it sees none; absent until the model was asked. */
      images: z.optional(z.nullable(ImageRule)),
      decodeRate: z.optional(z.number()),
      prefillRate: z.optional(z.number()),
      /** "Q4_K_M"; absent where the file's name does not say. */
      quantisation: z.optional(z.string()),
      /** What it runs on: "RTX 4090 (CUDA)", "Processor". */
      device: z.optional(z.string()),
      /** As planned at the load. */
      memory: z.optional(MemoryUse),
      /** Tokens since this window's sidecar was started. */
      session: z.optional(z.object({ read: z.number(), reused: z.number(), written: z.number() })),
      network: z.string(),
      /** While another model than the chosen one answers: which, and why. */
      notice: z.optional(z.string()),
    }),
  ),
  /** What a person should know of how the model was loaded: a smaller context, no GPU. */
  notices: z.optional(z.array(ProblemReport)),
  /** Downloads that are not finished, of any window or terminal; absent until the sidecar has looked. */
  downloads: z.optional(z.array(UnfinishedDownload)),
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
  /** How a model of the catalog would run here; empty where its size is not known. */
  how: z.optional(z.string()),
  /** A model of the catalog that is for chat and not slow here. */
  suits: z.optional(z.boolean()),
  recommended: z.boolean(),
  /** Must be read and accepted before the model is fetched. */
  licence: z.optional(z.object({ name: z.string(), url: z.string() })),
  /** A file of ours, which can be removed. */
  path: z.optional(z.string()),
  /** Address of a server. */
  server: z.optional(z.string()),
  /** Another program's file, used in place. */
  foundAt: z.optional(z.string()),
  download: z.optional(UnfinishedDownload),
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
export const machineDescribe = request(
  'devstral/machine/describe',
  z.object({}),
  /** All that was found, and the same in a few words. */
  z.object({ text: z.string(), short: z.string() }),
);

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

/** Stops a download that this window runs; what is there is kept. */
export const modelPauseDownload = request(
  'devstral/model/pauseDownload',
  z.object({ id: z.string() }),
  z.object({ paused: z.boolean() }),
);

/** Downloads that are not finished, of any window or terminal. */
export const modelDownloads = request(
  'devstral/model/downloads',
  z.object({}),
  z.object({ downloads: z.array(UnfinishedDownload) }),
);

/** Compares the files of a model (absent: the one in use) with what is published; progress through `workDoneToken`. */
export const modelVerify = request(
  'devstral/model/verify',
  z.object({ path: z.optional(z.string()), workDoneToken: z.optional(z.string()) }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('asPublished'), file: z.string() }),
    /** `path` is the damaged file's, where it is one of ours. */
    z.object({ kind: z.literal('failed'), problem: ProblemReport, path: z.optional(z.string()) }),
    z.object({ kind: z.literal('cancelled') }),
  ]),
);

/** How a model would run here, the best first: what `devstral models plan` computes. */
export const modelChoices = request(
  'devstral/model/choices',
  z.object({ id: z.string() }),
  z.object({
    choices: z.array(z.object({ text: z.string(), context: z.number(), kvCache: z.enum(['f16', 'q8_0', 'q4_0']) })),
    /** Why there is none, or none better; empty if there is nothing to say. */
    note: z.string(),
    problem: z.optional(ProblemReport),
  }),
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
/** How the agent works. All of it the person's own: a workspace can set none of it. */
export const AgentSettings = z.object({
  /** Answers of the model in one turn before it asks. */
  maxSteps: z.number(),
  /** Allow rules of this workspace. */
  rules: z.array(z.string()),
  /** Language of answers; `auto`: that of the question. */
  answerLanguage: z.string(),
  sandbox: z.enum(['auto', 'off', 'docker', 'podman']),
  /** Image for `docker` and `podman`; empty: our default. */
  sandboxImage: z.string(),
  /** Whether commands in the sandbox have the network. */
  sandboxNetwork: z.boolean(),
  fetchUrl: z.boolean(),
  /** As in the settings; what is none is left out with a line in the log. */
  mcpServers: z.array(z.unknown()),
  /** The workspace is trusted: commands, MCP servers and its own instructions are used. */
  trusted: z.boolean(),
  /** The editor's own ripgrep; empty: none. */
  ripgrep: z.string(),
});
export type AgentSettings = z.infer<typeof AgentSettings>;

export const SidecarSettings = z.object({
  /** `auto`, `starter`, a path of a GGUF, or the name of one of `servers`. */
  model: z.string(),
  modelsFolder: z.string(),
  contextSize: z.number(),
  kvCache: z.enum(['auto', 'f16', 'q8_0', 'q4_0']),
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
  agent: z.optional(AgentSettings),
});
export type SidecarSettings = z.infer<typeof SidecarSettings>;

/** Frees the memory of the model once its running answer has ended. */
export const modelUnload = request('devstral/model/unload', z.object({}), z.object({}));

export const settingsChanged = notification('devstral/settings/changed', SidecarSettings);

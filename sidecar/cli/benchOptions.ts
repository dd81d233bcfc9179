import { randomInt } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { agentWorkload } from '../serving/agentWorkload.ts';
import type { BenchPlan } from '../serving/benchServer.ts';
import { fileWorkload, readPrompts } from '../serving/fileWorkload.ts';
import { randomWorkload } from '../serving/randomWorkload.ts';
import type { Load } from '../serving/runLevel.ts';
import type { Workload } from '../serving/workload.ts';
import { CommandFailed, type CommonOptions } from './common.ts';

/** As typed: numbers come as numbers, or as text where they are none. */
export interface BenchServeOptions extends CommonOptions {
  requests?: unknown;
  concurrency?: unknown;
  rate?: unknown;
  workload?: unknown;
  inputTokens?: unknown;
  outputTokens?: unknown;
  file?: unknown;
  seed?: unknown;
  warmup?: unknown;
  timeout?: unknown;
  svg?: unknown;
  details?: unknown;
}

export interface BenchChoices {
  plan: BenchPlan;
  /** Longest silence of the server (ms). */
  silenceMs: number;
  svg: string | null;
  details: string | null;
}

/** The plan that the options ask for. What they cannot mean is refused before anything is sent. */
export function readBenchOptions(options: BenchServeOptions): BenchChoices {
  const cwd = resolve(options.cwd ?? process.env.INIT_CWD ?? process.cwd());
  const seed = whole('--seed', options.seed, 0, 2 ** 32 - 1) ?? randomInt(2 ** 32);
  const workload = chooseWorkload(options, cwd, seed);
  const requests = whole('--requests', options.requests, 1, 1_000_000) ?? 32;
  const loads = chooseLoads(options, workload, requests);
  const warmup = whole('--warmup', options.warmup, 0, 10_000) ?? 1;
  const seconds = whole('--timeout', options.timeout, 1, 86_400) ?? 600;
  return {
    plan: { workload, loads, requests, warmup, seed },
    silenceMs: seconds * 1000,
    svg: outputPath('--svg', options.svg, cwd),
    details: outputPath('--details', options.details, cwd),
  };
}

function chooseWorkload(options: BenchServeOptions, cwd: string, seed: number): Workload {
  const name = options.workload ?? (options.file === undefined ? 'random' : 'file');
  const input = whole('--input-tokens', options.inputTokens, 1, 1_000_000);
  const output = whole('--output-tokens', options.outputTokens, 1, 1_000_000);
  if (options.file !== undefined && name !== 'file') throw new CommandFailed('--file goes with --workload file');
  if (name === 'random') return randomWorkload(seed, input ?? 512, output ?? 128);
  if (name === 'agent') {
    if (input !== undefined) throw new CommandFailed('--input-tokens: the agent workload has its own sizes');
    return agentWorkload(seed, output ?? 256);
  }
  if (name !== 'file') throw new CommandFailed('--workload is one of random, file, agent');
  if (options.file === undefined) throw new CommandFailed('--workload file needs --file FILE');
  const path = resolve(cwd, String(options.file));
  const read = readPrompts(path, readText(path, String(options.file)), input ?? 512);
  if (read.kind === 'bad') throw new CommandFailed(`${String(options.file)}: ${read.reason}`);
  return fileWorkload(basename(path), read.prompts, output ?? 128);
}

function chooseLoads(options: BenchServeOptions, workload: Workload, requests: number): Load[] {
  const given = options.concurrency === undefined ? null : String(options.concurrency).split(',');
  const levels = (given ?? ['1']).map((text) => whole('--concurrency', text, 1, 10_000) ?? 1);
  const highest = Math.max(...levels);
  if (highest > requests)
    throw new CommandFailed(`${requests} requests are never ${highest} at once: raise --requests`);
  if (options.rate === undefined) return levels.map((concurrency) => ({ kind: 'closed', concurrency }));
  const perSecond = Number(options.rate);
  if (!(perSecond > 0 && perSecond <= 100_000)) {
    throw new CommandFailed(`--rate is a number of requests a second above 0, not "${String(options.rate)}"`);
  }
  if (workload.name === 'agent')
    throw new CommandFailed('--rate: a turn of the agent workload waits for the one before');
  if (!given) return [{ kind: 'rate', perSecond, concurrency: null }];
  return levels.map((concurrency) => ({ kind: 'rate', perSecond, concurrency }));
}

/** A whole number, or undefined if the option was not given. */
function whole(option: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const text = String(value);
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const limits = `a whole number from ${least} to ${most}`;
  throw new CommandFailed(`${option} is ${limits}, not "${text.slice(0, 40)}"`);
}

function readText(path: string, shown: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailed(`${shown} cannot be read (${codeOf(error)})`);
  }
}

/** Where a result is to be written; null if it is not wanted. */
function outputPath(option: string, value: unknown, cwd: string): string | null {
  if (value === undefined) return null;
  const path = resolve(cwd, String(value));
  try {
    accessSync(dirname(path), constants.W_OK);
    return path;
  } catch (error) {
    throw new CommandFailed(`${option}: the folder of ${path} cannot be written (${codeOf(error)})`);
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : 'unknown');

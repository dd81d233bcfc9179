import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTurn } from '../../../sidecar/agent/agentLoop.ts';
import { isKept } from '../../../sidecar/agent/loopEvents.ts';
import { agentSystemPrompt } from '../../../sidecar/agent/prompts/agent.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../../sidecar/models/backends/local/localBackend.ts';
import { createTekken, type Tekken } from '../../../sidecar/models/formats/mistral/tekken.ts';
import { readVocabulary } from '../../../sidecar/models/gguf/readVocabulary.ts';
import type { AgentEvent } from '../../../sidecar/protocol/agentEvents.ts';
import type { AnyTool } from '../../../sidecar/tools/tool.ts';
import { tinyModel } from '../../models/modelFiles.ts';
import { allTools, v13Tokens } from '../../unit/promptAtTurnOne.ts';
import { agentDeps, gateThat } from '../../unit/scriptedAgent.ts';
import { seeded } from '../../unit/seeded.ts';

export interface Prefilled {
  turns: number;
  prompts: number;
  /** Tokens that the model read. */
  evaluated: number;
  /** Tokens after the longest beginning that one of the session's earlier prompts had in common, and one a prompt. */
  fresh: number;
  ratio: number;
  denied: number;
  cancelled: number;
  condensed: number;
}

/** What a prompt cost, and how much of it was read before it was stopped. */
interface Read {
  tokens: number[];
  evaluated: number;
}

/**
 * The tiny Devstral reads every prompt; the answers are ours, so that each turn calls tools, is denied or is cancelled, while
 * it reads or while it writes. Its 4,096 tokens of context are full every few turns.
 */
function readingBackend(inner: Backend, tekken: Tekken, random: () => number) {
  const reads: Read[] = [];
  const session: { cancel(): void; cancelled: number; calls: number } = { cancel() {}, cancelled: 0, calls: 0 };
  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const tokens = v13Tokens(tekken, request.messages, request.tools);
    const stopReading = random() < 0.05;
    let done = 0;
    let reused = 0;
    let ended = false;
    const asked = { ...request, sampling: { ...request.sampling, maxTokens: 1 } };
    for await (const event of inner.stream(asked, signal)) {
      if (event.type === 'error') throw new Error(`${event.problem.title}: ${event.problem.sentence}`);
      if (event.type === 'prefill') {
        ({ done, reused } = event);
        if (stopReading && done > reused && !signal.aborted) {
          session.cancelled++;
          session.cancel();
        }
      }
      if (event.type === 'usage') {
        if (event.promptTokens !== tokens.length) throw new Error(`${event.promptTokens} tokens, not ${tokens.length}`);
        done = event.promptTokens;
        reused = event.reusedTokens;
        ended = true;
      }
    }
    reads.push({ tokens: tokens.slice(0, done), evaluated: done - reused });
    if (!ended || signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
    yield* answer(request, signal);
  }

  async function* answer({ messages }: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const last = messages.at(-1);
    const prompt = { type: 'usage', promptTokens: reads.at(-1)?.tokens.length ?? 0 } as const;
    const usage = { ...prompt, reusedTokens: 0, outputTokens: 20, tokensPerSecond: 9 };
    if (last?.role === 'user' && last.content.includes('no longer fits')) {
      yield { type: 'text', text: 'They want the parser mended; src/parser.ts was read, and one test fails still.' };
      yield { type: 'finish', reason: 'stop' };
      return;
    }
    if (random() < 0.08) {
      yield { type: 'text', text: 'I start, and then' };
      session.cancelled++;
      session.cancel();
    }
    if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
    if (last?.role === 'tool' && random() < 0.6) {
      yield { type: 'text', text: 'That is done: see `src/parser.ts:12`.' };
      yield usage;
      return yield { type: 'finish', reason: 'stop' };
    }
    yield { type: 'text', text: 'I look at it.' };
    for (let index = 0; index <= (random() < 0.3 ? 1 : 0); index++) {
      const n = ++session.calls;
      const [name, args] =
        random() < 0.4
          ? ['edit', { file_path: `src/part${n}.ts`, old_string: 'return 1;', new_string: `return ${n};` }]
          : ['read', { file_path: `src/part${n}.ts`, offset: n }];
      yield { type: 'toolCallBegin', index, id: `id${String(n).padStart(7, '0')}`, name: `${name}` };
      yield { type: 'toolCallArguments', index, text: JSON.stringify(args) };
      yield { type: 'toolCallEnd', index };
    }
    yield usage;
    yield { type: 'finish', reason: 'toolCalls' };
  }
  return { backend: { ...inner, stream }, reads, session };
}

/** The file tools as the model is told of them, with a result of some lines. All of them would fill its context. */
const stubs = (): AnyTool[] =>
  allTools()
    .slice(0, 5)
    .map((tool) => ({
      ...tool,
      run: async (args: { file_path?: string }) => {
        const lines = Array.from({ length: 3 }, (_, at) => `${at + 1}\tconst value${at} = parse(${at});`);
        return { ok: true, text: `${args.file_path}\n${lines.join('\n')}`, summary: '' };
      },
    }));

/** Tokens that a local model reads over scripted turns of one session, beside those that are new. */
export async function runPrefilled(turns: number, seed: number): Promise<Prefilled> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-prefilled-'));
  const log = { info: () => undefined, warn: () => undefined };
  const options = { name: 'Tiny', contextSize: 4096, threads: 1, gpu: 'off' as const, dataFolder: folder, log };
  const modelPath = tinyModel(folder);
  const inner = createLocalBackend({ ...options, modelPath });
  const random = seeded(seed);
  // A vocabulary of its own, smaller than the real one.
  const vocabulary = await readVocabulary(modelPath);
  if (vocabulary.kind !== 'ok') throw new Error(vocabulary.reason);
  const { backend, reads, session } = readingBackend(inner, createTekken(vocabulary.tokens), random);
  const events: AgentEvent[] = [];
  let denied = 0;
  const deps = agentDeps(backend, stubs(), {
    systemPrompt: agentSystemPrompt,
    gate: gateThat(({ tool: { effect } }) => {
      if (effect !== 'edit' || random() < 0.5) return { kind: 'run' };
      denied++;
      return { kind: 'refused', text: 'The person did not allow this.', summary: 'rejected' };
    }),
  });
  try {
    for (let turn = 1; turn <= turns; turn++) {
      const stop = new AbortController();
      session.cancel = () => stop.abort();
      const message = {
        type: 'user',
        id: `${turn}`,
        text: `Now step ${turn}, please mind the tests.`,
        context: '',
      } as const;
      for await (const event of runTurn(message, [...events], deps, stop.signal)) if (isKept(event)) events.push(event);
      const end = events.at(-1);
      if (end?.type === 'end' && end.reason === 'failed') throw new Error(JSON.stringify(end.problem));
    }
  } finally {
    await inner.dispose();
    rmSync(folder, { recursive: true });
  }
  const fresh = reads.reduce((sum, read, at) => sum + newTokens(read, reads.slice(0, at)), 0);
  const evaluated = reads.reduce((sum, read) => sum + read.evaluated, 0);
  const condensed = events.filter(({ type }) => type === 'condensed').length;
  const { cancelled } = session;
  return { turns, prompts: reads.length, evaluated, fresh, ratio: evaluated / fresh, denied, cancelled, condensed };
}

/** Tokens that no earlier prompt of the session begins with, and the one that is read again to go on from. */
function newTokens({ tokens }: Read, earlier: readonly Read[]): number {
  const common = earlier.map((read) => {
    const end = tokens.findIndex((token, at) => read.tokens[at] !== token);
    return end === -1 ? tokens.length : end;
  });
  return tokens.length - Math.max(0, ...common) + (earlier.length > 0 ? 1 : 0);
}

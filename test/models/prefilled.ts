import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { runTurn } from '../../sidecar/agent/agentLoop.ts';
import { isKept } from '../../sidecar/agent/loopEvents.ts';
import { agentSystemPrompt } from '../../sidecar/agent/prompts/agent.ts';
import type { Backend, Message, ModelEvent, StreamRequest, Tool } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { modelFormat } from '../../sidecar/models/backends/local/modelFormat.ts';
import { sharedTokens } from '../../sidecar/models/backends/local/stateFiles.ts';
import { createTokenTable } from '../../sidecar/models/backends/local/tokens.ts';
import { readFileHeader } from '../../sidecar/models/ggufFile.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { describeTools } from '../../sidecar/tools/readCall.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';
import { allTools } from '../unit/promptAtTurnOne.ts';
import { agentDeps, gateThat } from '../unit/scriptedAgent.ts';
import { seeded } from '../unit/seeded.ts';
import { type TinyFormat, tinyModelOf } from './tinyFormats.ts';

export interface Prefilled {
  turns: number;
  prompts: number;
  /** Tokens that the model read. */
  evaluated: number;
  /** Tokens after the longest beginning that one of the session's earlier prompts had in common, and one a prompt. */
  fresh: number;
  /** The same without the tools, which v7 and v11 move to the newest message of the person, and the tools once. */
  freshWithoutTools: number;
  denied: number;
  cancelled: number;
  condensed: number;
}

/** What a prompt cost, and how much of it was read before it was stopped. */
interface Read {
  tokens: number[];
  evaluated: number;
  /** The conversation without tools. */
  bare: number[];
}

type Tokenise = (messages: readonly Message[], tools: readonly Tool[]) => number[];

/**
 * The tiny Devstral reads every prompt; the answers are ours, so that each turn calls tools, is denied or is cancelled, while
 * it reads or while it writes.
 */
function readingBackend(inner: Backend, tokenise: Tokenise, random: () => number) {
  const reads: Read[] = [];
  const session: { cancel(): void; cancelled: number; calls: number } = { cancel() {}, cancelled: 0, calls: 0 };
  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    const tokens = tokenise(request.messages, request.tools);
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
    const bare = tokenise(request.messages, []);
    // What was not read of a prompt that was stopped is its end, where no tools stand or little else.
    const read = done === tokens.length ? bare : bare.slice(0, Math.max(0, bare.length - (tokens.length - done)));
    reads.push({ tokens: tokens.slice(0, done), evaluated: done - reused, bare: read });
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

/** Tokens that a local model reads over scripted turns of one session, beside those that are new. `contextSize` in tokens. */
export async function runPrefilled(
  format: TinyFormat,
  { turns, seed, contextSize }: { turns: number; seed: number; contextSize: number },
): Promise<Prefilled> {
  const folder = mkdtempSync(join(tmpdir(), 'devstral-prefilled-'));
  const log = { info: () => undefined, warn: () => undefined };
  const options = { name: 'Tiny', contextSize, threads: 1, gpu: 'off' as const, dataFolder: folder, log };
  const modelPath = tinyModelOf(format, folder);
  const inner = createLocalBackend({ ...options, modelPath });
  const random = seeded(seed);
  const { tokenise, close } = await tokensOf(modelPath);
  const { backend, reads, session } = readingBackend(inner, tokenise, random);
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
  const ask = [{ role: 'user', content: '' }] as const;
  const ofTools = tokenise(ask, describeTools(stubs())).length - tokenise(ask, []).length;
  await close();
  const condensed = events.filter(({ type }) => type === 'condensed').length;
  return {
    turns,
    prompts: reads.length,
    evaluated: reads.reduce((sum, { evaluated }) => sum + evaluated, 0),
    fresh: newTokens(reads.map(({ tokens }) => tokens)),
    freshWithoutTools: newTokens(reads.map(({ bare }) => bare)) + ofTools,
    denied,
    cancelled: session.cancelled,
    condensed,
  };
}

/** Tokens that no earlier prompt of the session begins with, and one a prompt: the one that is read again to go on from. */
function newTokens(prompts: readonly (readonly number[])[]): number {
  return prompts.reduce((sum, tokens, at) => {
    const common = prompts.slice(0, at).map((earlier) => sharedTokens(earlier, tokens));
    return sum + tokens.length - Math.max(0, ...common) + (at > 0 ? 1 : 0);
  }, 0);
}

/** Tokens of a conversation as this file's format has them, counted by a model of its own that holds words only. */
async function tokensOf(modelPath: string): Promise<{ tokenise: Tokenise; close(): Promise<void> }> {
  const options = { build: 'never', skipDownload: true, progressLogs: false, maxThreads: 1 } as const;
  const llama = await getLlama({ ...options, gpu: false, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath, vocabOnly: true });
  const read = await readFileHeader(modelPath);
  if (read.kind !== 'ok') throw new Error('the tiny model has no header');
  const { chatTemplate } = read.header;
  const { format, encodeText } = await modelFormat({ path: modelPath, chatTemplate, bos: '<s>', eos: '</s>' });
  const table = createTokenTable(model, encodeText);
  return {
    tokenise: (messages, tools) => table.encode(format.render(messages, tools)).map(Number),
    close: () => model.dispose(),
  };
}

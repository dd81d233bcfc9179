import * as z from 'zod';
import type { AgentDeps } from '../../sidecar/agent/agentLoop.ts';
import type { Gate } from '../../sidecar/agent/runCalls.ts';
import type { Backend, Message, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { ReadyCall } from '../../sidecar/tools/readCall.ts';
import type { AnyTool, ToolResult } from '../../sidecar/tools/tool.ts';

/** What the model answers next: text, calls as name and arguments, or raw events. */
export type Scripted = { text?: string; calls?: [name: string, args: string][]; events?: ModelEvent[] };

/** A model that answers what it is told to, and keeps what it was asked. `chars` a token; answers "ok" when it runs out. */
export function scriptedBackend(answers: readonly Scripted[], contextSize: number | null = 100_000, chars = 4) {
  const asked: StreamRequest[] = [];
  const tokens = (messages: readonly Message[]) => Math.ceil(JSON.stringify(messages).length / chars);
  let next = 0;
  let calls = 0;
  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    asked.push({ ...request, messages: [...request.messages] });
    const { text, calls: made = [], events } = answers[next++] ?? { text: 'ok' };
    if (events) return yield* events;
    for (const piece of (text ?? '').match(/[\s\S]{1,3}/g) ?? []) {
      if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      yield { type: 'text', text: piece };
    }
    for (const [index, [name, args]] of made.entries()) {
      if (signal.aborted) return yield { type: 'finish', reason: 'cancelled' };
      yield { type: 'toolCallBegin', index, id: `call${String(++calls).padStart(5, '0')}`, name };
      yield { type: 'toolCallArguments', index, text: args };
      yield { type: 'toolCallEnd', index };
    }
    const promptTokens = tokens(request.messages);
    yield { type: 'usage', promptTokens, reusedTokens: 0, outputTokens: 5, tokensPerSecond: 9 };
    yield { type: 'finish', reason: made.length > 0 ? 'toolCalls' : 'stop' };
  }
  const backend: Backend = {
    name: 'Scripted',
    kind: 'server',
    stream,
    async *prepare() {
      yield { type: 'finish', reason: 'stop' };
    },
    capabilities: async () => ({
      contextSize,
      tools: true,
      images: false,
      exactTokenCounts: true,
      decodeRate: null,
      prefillRate: null,
    }),
    countTokens: async (messages) => tokens(messages),
    dispose: async () => undefined,
  };
  return { backend, asked };
}

/** A tool whose result is what `run` says. */
export function tool(
  name: string,
  effect: AnyTool['effect'],
  run: (args: Record<string, string>) => Partial<ToolResult> | Promise<Partial<ToolResult>>,
): AnyTool {
  return {
    name,
    description: name,
    effect,
    args: z.strictObject({ path: z.string().optional(), text: z.string().optional() }),
    title: () => name,
    run: async (args) => ({ ok: true, text: '', summary: '', ...(await run(args as Record<string, string>)) }),
  };
}

export const agentDeps = (backend: Backend, tools: readonly AnyTool[], more: Partial<AgentDeps> = {}): AgentDeps => ({
  backend,
  tools,
  aliases: new Map(),
  systemPrompt: 'You are an agent.',
  sampling: { temperature: 0 },
  maxSteps: 20,
  takeSteer: async () => undefined,
  // No tool of these tests looks at the workspace.
  context: { roots: [], files: undefined as never, host: undefined as never, askPerson: async () => null },
  gate: gateThat(() => ({ kind: 'run' })),
  async *finish() {},
  ...more,
});

/** A gate that decides without asking anybody. */
export const gateThat = (decide: (call: ReadyCall) => Gate): AgentDeps['gate'] =>
  // biome-ignore lint/correctness/useYield: it has nothing to tell.
  async function* (call) {
    return decide(call);
  };

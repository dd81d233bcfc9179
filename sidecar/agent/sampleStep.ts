import type { Backend, Message, SamplingOptions, Tool } from '../models/backend.ts';
import type { AgentCall, AgentEvent, StepUsage } from '../protocol/agentEvents.ts';
import type { ProblemReport } from '../protocol/problems.ts';
import type { LoopEvent } from './loopEvents.ts';
import { modelProgress } from './modelProgress.ts';
import { createWritingMeter } from './writingMeter.ts';

export interface StepAnswer {
  event: Extract<AgentEvent, { type: 'answer' }>;
  ending: 'whole' | 'length' | 'stopped' | { problem: ProblemReport };
}

interface Step {
  messages: readonly Message[];
  tools: readonly Tool[];
  sampling: SamplingOptions;
  /** Text that the answer will repeat much of. */
  draft?: string;
}

/** One answer of the model, told while it comes. Whatever the model or the server does, it ends with what arrived. */
export async function* sampleStep(
  backend: Backend,
  step: Step,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, StepAnswer> {
  let text = '';
  let reasoning = '';
  let usage: StepUsage | undefined;
  const calls: AgentCall[] = [];
  const meter = createWritingMeter();
  // A stream that ends without saying how was stopped from outside.
  let ending: StepAnswer['ending'] = 'stopped';
  for await (const event of backend.stream(step, signal)) {
    if (event.type === 'text' || event.type === 'reasoning' || event.type === 'toolCallArguments') {
      const progress = meter.feed(event.text, event.type === 'toolCallArguments' ? 'call' : 'words');
      if (progress) yield { type: 'progress', progress };
    }
    switch (event.type) {
      case 'text':
        text += event.text;
        yield event;
        break;
      case 'reasoning':
        reasoning += event.text;
        yield event;
        break;
      case 'toolCallBegin':
        calls[event.index] = { id: event.id, name: event.name, arguments: '' };
        break;
      case 'toolCallArguments': {
        const call = calls[event.index];
        if (call) call.arguments += event.text;
        break;
      }
      case 'usage': {
        const { promptTokens, reusedTokens, outputTokens, tokensPerSecond } = event;
        usage = { promptTokens, reusedTokens, outputTokens, tokensPerSecond };
        break;
      }
      case 'error':
        ending = { problem: event.problem };
        break;
      case 'finish':
        if (event.reason !== 'cancelled') ending = event.reason === 'length' ? 'length' : 'whole';
        break;
      default: {
        const progress = modelProgress(event, backend.name);
        if (progress) yield { type: 'progress', progress };
      }
    }
  }
  const cut = ending === 'whole' ? undefined : typeof ending === 'string' ? ending : 'failed';
  // Of an answer that broke off, a call may lack half of its arguments: it was never made.
  const made = cut === 'stopped' || cut === 'failed' ? [] : calls.filter(Boolean);
  const event = { type: 'answer', text, reasoning, calls: made } as const;
  return { event: { ...event, ...(usage ? { usage } : {}), ...(cut ? { cut } : {}) }, ending };
}

import { full } from '../../../protocol/numbers.ts';
import { type ProblemReport, problem } from '../../../protocol/problems.ts';
import { displayLanguage } from '../../../protocol/translate.ts';
import type { ServerFacts } from './serverFacts.ts';

/** Tokens that an answer should have room for beside the prompt. */
const answerRoom = 4096;
/** Servers are given contexts in steps of this, and at least four of them. */
const step = 8192;

/**
 * A prompt of `used` tokens is more than the server's context of `ctx`. With `first`, it is the first of a conversation:
 * condensing would free nothing, so the server's own option is offered, and taking context away.
 */
export function contextProblem(
  used: number,
  ctx: number,
  first: ServerFacts | undefined,
  details: string,
): ProblemReport {
  if (!first) return problem('contextFull', { used, ctx }, details);
  const language = displayLanguage();
  const need = full(used, language);
  const report = problem('serverContextSmall', { ctx: full(ctx, language), need }, details);
  const option = contextOption(first, used);
  return option === null ? report : { ...report, copy: option };
}

/** How the server is started with a context that holds a prompt of `used` tokens; null where it cannot be chosen. */
export function contextOption({ kind, model, trainedContext }: ServerFacts, used: number): string | null {
  const wanted = Math.max(4 * step, Math.ceil((used + answerRoom) / step) * step);
  const tokens = Math.min(wanted, trainedContext ?? wanted);
  if (tokens <= used) return null;
  switch (kind) {
    case 'vllm':
      return `--max-model-len ${tokens}`;
    case 'sglang':
      return `--context-length ${tokens}`;
    case 'llamacpp':
      return `-c ${tokens}`;
    case 'ollama':
      return `OLLAMA_CONTEXT_LENGTH=${tokens} ollama serve`;
    case 'lmstudio':
      return `lms load ${model || 'MODEL'} --context-length ${tokens}`;
    default:
      return null;
  }
}

import type { ProblemReport } from '../../../protocol/problems.ts';
import type { Backend, ModelEvent } from '../../backend.ts';
import { likelyPromptTokens } from './estimateTokens.ts';

/** A backend whose every answer is one problem, and which sends nothing. */
export function refusingBackend(name: string, report: ProblemReport): Backend {
  async function* refuse(): AsyncIterable<ModelEvent> {
    yield { type: 'error', problem: report };
  }
  return {
    name,
    kind: 'server',
    prepare: refuse,
    stream: refuse,
    complete: refuse,
    countTokens: async (messages, tools) => likelyPromptTokens(messages, tools),
    capabilities: async () => ({
      contextSize: null,
      tools: true,
      images: false,
      exactTokenCounts: false,
      decodeRate: null,
      prefillRate: null,
    }),
    dispose: async () => {},
  };
}

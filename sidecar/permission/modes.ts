import type { AgentMode } from '../protocol/agentMode.ts';
import type { Effect, Risk } from '../tools/tool.ts';

/** `stage`: done in the overlay, where the review comes before the disk. */
export type Verdict = 'run' | 'ask' | 'refuse' | 'stage';

type ByRisk = Record<Risk, Verdict>;

const always = (verdict: Verdict): ByRisk => ({ low: verdict, medium: verdict, high: verdict });
const highAsks = (verdict: Verdict): ByRisk => ({ low: verdict, medium: verdict, high: 'ask' });

/** What reads: high is a secret or outside of the workspace. */
const reads = { none: always('run'), read: highAsks('run'), disk: highAsks('run') };

/** Mode and effect to what happens. `network` is also any tool of an MCP server: low says that it only reads. */
export const modeTable: Record<AgentMode, Record<Effect, ByRisk>> = {
  plan: {
    ...reads,
    edit: always('refuse'),
    command: always('refuse'),
    network: { low: 'ask', medium: 'refuse', high: 'refuse' },
  },
  ask: { ...reads, edit: highAsks('stage'), command: always('ask'), network: always('ask') },
  'accept-edits': { ...reads, edit: highAsks('run'), command: always('ask'), network: always('ask') },
  auto: { ...reads, edit: highAsks('run'), command: highAsks('run'), network: highAsks('run') },
};

import type { AgentMode } from '../protocol/agentMode.ts';
import type { Assessment, Effect } from '../tools/tool.ts';
import { modeTable } from './modes.ts';
import { rulesAllow } from './rules.ts';

export interface Question {
  mode: AgentMode;
  effect: Effect;
  /** Absent for what is never asked about. */
  assessment?: Assessment | undefined;
  /** The workspace's stored rules. */
  rules: readonly string[];
  /** Somebody can be asked. In a terminal without a person the answer is no. */
  person: boolean;
}

export type Decision =
  | { verdict: 'run' | 'stage' | 'ask' }
  /** `reason` is for the model. */
  | { verdict: 'refuse'; reason: string };

/** What happens with a call. Nothing that a file, an output or a page says gets in here: only what the call would do. */
export function decide({ mode, effect, assessment, rules, person }: Question): Decision {
  if (assessment?.refused !== undefined) {
    return { verdict: 'refuse', reason: `Not allowed: ${assessment.refused}. No one can allow this here.` };
  }
  const byMode = modeTable[mode][effect][assessment?.risk ?? (neverAssessed(effect) ? 'low' : 'high')];
  // What strangers wrote runs at once, with the network: nobody has read it, whatever the sandbox holds back.
  const installs = effect === 'command' && assessment?.command?.parts.some(({ network }) => network) === true;
  const verdict = byMode === 'run' && installs ? 'ask' : byMode;
  if (verdict === 'refuse') {
    const reason = 'Plan mode: nothing is changed and no command runs. Say what you would do, or finish.';
    return { verdict, reason };
  }
  if (verdict !== 'ask') return { verdict };
  if (assessment !== undefined && ruled(effect, assessment, rules)) return { verdict: 'run' };
  if (person) return { verdict };
  const reason = 'Nobody is here to allow this, so it did not run. Go on without it, or finish and say what is needed.';
  return { verdict: 'refuse', reason };
}

/** Effects whose tools need no assessment; a tool of another kind without one is taken at its worst. */
function neverAssessed(effect: Effect): boolean {
  return effect === 'none' || effect === 'read' || effect === 'disk';
}

/** Reads and edits are asked about only where no rule may answer. */
function ruled(effect: Effect, assessment: Assessment, rules: readonly string[]): boolean {
  if (effect === 'command') return assessment.command !== undefined && rulesAllow(rules, assessment.command);
  if (effect !== 'network' || assessment.risk === 'high') return false;
  return assessment.rule !== undefined && rules.includes(assessment.rule);
}

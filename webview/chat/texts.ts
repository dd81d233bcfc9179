import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import { compact, full } from '../../sidecar/protocol/numbers.ts';
import type { DroppedTurn, PanelModel, PanelSummary } from '../protocol.ts';
import { words } from '../words.ts';
import type { Turn } from './view.ts';

/** What the panel says, in one place. Numbers are formatted before they get here or by the language that is given. */

/** A count with its noun: "1 file", "3 files". */
export function counted(count: number, one: string, many: string, language: string): string {
  return `${full(count, language)} ${count === 1 ? one : many}`;
}

export const modeNames: Record<AgentMode, string> = {
  plan: 'Plan',
  ask: 'Ask',
  'accept-edits': 'Accept Edits',
  auto: 'Auto',
};

/** What an empty conversation says: what this is for, and where the code stays. */
export function emptyText(model: PanelModel): string {
  return model.kind === 'server'
    ? `Ask about your code. What you send goes to ${model.name} and nowhere else.`
    : 'Ask about your code. The model runs on this computer; your code stays here.';
}

export function clock(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** Name of a key: Alt+Y, ⌘Y on a Mac. */
export function keyName(name: 'allow' | 'reject' | 'queue' | 'steer', platform: string): string {
  const mac = platform === 'mac';
  switch (name) {
    case 'allow':
      return mac ? '⌘Y' : 'Alt+Y';
    case 'reject':
      return mac ? '⇧⌘Y' : 'Alt+N';
    case 'queue':
      return mac ? '⌥Enter' : 'Alt+Enter';
    case 'steer':
      return 'Enter';
  }
}

/** The same for speech. */
export function spokenKey(name: 'allow' | 'reject', platform: string): string {
  const mac = platform === 'mac';
  if (name === 'allow') return mac ? 'Command Y' : 'Alt Y';
  return mac ? 'Shift Command Y' : 'Alt N';
}

/** Of an image that goes along: "screenshot.png, 800 × 600, about 1.2k tokens". */
export function imageText(
  name: string,
  { width, height }: { width: number; height: number },
  tokens: number | undefined,
  { images }: PanelModel,
  language: string,
): string {
  const size = `${name}, ${full(width, language)} × ${full(height, language)}`;
  if (tokens === undefined || !images) return size;
  return `${size}, ${images.exact ? '' : 'about '}${tokensText(tokens, language)} tokens`;
}

/** "Condensing drops 3,880 tokens (turns 1-6)." */
export function droppedText(turns: readonly DroppedTurn[], language: string): string {
  const tokens = turns.reduce((sum, turn) => sum + turn.tokens, 0);
  const [first, last] = [turns[0]?.turn ?? 0, turns.at(-1)?.turn ?? 0];
  const which = first === last ? `turn ${first}` : `turns ${first}-${last}`;
  return `Condensing drops ${full(tokens, language)} tokens (${which}).`;
}

export const condensedText = (before: number, after: number, language: string): string =>
  `Condensed from ${full(before, language)} to ${full(after, language)} tokens.`;

/** Why an image stays behind. */
export const unseenText = ({ kind, name }: PanelModel): string =>
  kind === 'server'
    ? `Not sent: ${name} does not see images.`
    : 'Not sent: the engine on this computer has no part for images; a server with a model that sees does.';

/** "1 of 2": which version of a prompt is shown, from 0. */
export const branchText = (current: number, count: number) => `${current + 1} of ${count}`;

/** Announced when a turn ends. Words, not tokens. */
export function finishedText(turn: Turn, changes: number, waiting: number, language: string): string {
  if (turn.end?.reason === 'stopped')
    return `Stopped. What arrived is kept.${waiting > 0 ? ` ${words.sendNextAsk}` : ''}`;
  const text = turn.steps.map((step) => (step.kind === 'answer' ? step.text : '')).join(' ');
  const written = counted(text.split(/\s+/).filter(Boolean).length, 'word', 'words', language);
  const stagedText = changes === 0 ? '' : `, ${counted(changes, 'change', 'changes', language)} staged`;
  return `Answer finished, ${written}${stagedText}`;
}

/** "12 files, 3 changes" of what is under review. */
export function stagedText(files: number, changes: number, language: string): string {
  return `${counted(files, 'file', 'files', language)}, ${counted(changes, 'change', 'changes', language)}`;
}

/** A dash until they are counted. */
export const tokensText = (tokens: number | undefined, language: string) =>
  tokens === undefined ? '–' : compact(tokens, language);

/** The state of a session in the history, where it is worth a word. */
export const stateTexts: Record<PanelSummary['state'], string> = {
  new: '',
  running: 'running',
  interrupted: 'interrupted',
  waits: 'to review',
  done: '',
  asks: 'needs you',
  stopped: 'stopped',
  steps: 'not finished',
  stuck: 'needs a hint',
  failed: 'ended with an error',
};

/** One line about how a turn ended, where it is not simply done. */
export const endTexts = {
  steps: {
    title: 'The turn reached its limit',
    sentence: 'As many steps as the settings allow were taken; staged changes are kept.',
  },
  stuck: {
    title: 'The model is not getting further',
    sentence: 'Its last steps repeat each other; staged changes are kept.',
  },
  interrupted: {
    title: 'The turn was interrupted',
    sentence: 'Its process ended before it was done; what arrived is kept.',
  },
} as const;

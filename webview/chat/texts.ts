import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import { compact, full } from '../../sidecar/protocol/numbers.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';
import type { DroppedTurn, PanelModel, PanelSummary } from '../protocol.ts';
import { appliedEdits } from './appliedEdits.ts';
import type { Turn } from './view.ts';

/** What the panel says, in one place. Numbers are formatted before they get here or by the language that is given. */

export const filesText = (count: number): string => plural(count, { one: '{count} file', other: '{count} files' });

export const changesText = (count: number): string =>
  plural(count, { one: '{count} change', other: '{count} changes' });

/** For a label that a screen reader reads. */
export const riskNames = { low: t('low risk'), medium: t('medium risk'), high: t('high risk') };

export const modeNames: Record<AgentMode, string> = {
  plan: t('Plan'),
  ask: t('Ask'),
  'accept-edits': t('Accept Edits'),
  auto: t('Auto'),
};

/** What an empty conversation says: what this is for, and where the code stays. */
export function emptyText(model: PanelModel): string {
  return model.kind === 'server'
    ? t('Ask about your code. What you send goes to {name} and nowhere else.', { name: model.name })
    : t('Ask about your code. The model runs on this computer; your code stays here.');
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** The time of day, in hours and minutes. To make a format of dates takes tens of milliseconds: one for each language. */
export function clock(ms: number, language: string): string {
  let format = clocks.get(language);
  if (!format) {
    format = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' });
    clocks.set(language, format);
  }
  return format.format(ms);
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
      return `${mac ? '⌥' : 'Alt+'}${t('Enter')}`;
    case 'steer':
      return t('Enter');
  }
}

/** The same for speech. */
export function spokenKey(name: 'allow' | 'reject', platform: string): string {
  const mac = platform === 'mac';
  if (name === 'allow') return mac ? t('Command Y') : 'Alt Y';
  return mac ? t('Shift Command Y') : 'Alt N';
}

/** Of an image that goes along: "screenshot.png, 800 × 600, about 1.2k tokens". */
export function imageText(
  name: string,
  { width, height }: { width: number; height: number },
  tokens: number | undefined,
  { images }: PanelModel,
  language: string,
): string {
  const size = t('{width} × {height}', { width: full(width, language), height: full(height, language) });
  if (tokens === undefined || !images) return listed([name, size]);
  const counted = { tokens: tokensText(tokens, language) };
  const cost = images.exact
    ? plural(tokens, { one: '{tokens} token', other: '{tokens} tokens' }, counted)
    : plural(tokens, { one: 'about {tokens} token', other: 'about {tokens} tokens' }, counted);
  return listed([name, size, cost]);
}

/** "Condensing drops 3,880 tokens (turns 1-6)." */
export function droppedText(turns: readonly DroppedTurn[]): string {
  const tokens = turns.reduce((sum, turn) => sum + turn.tokens, 0);
  const [first, last] = [turns[0]?.turn ?? 0, turns.at(-1)?.turn ?? 0];
  if (first === last) {
    return plural(
      tokens,
      {
        one: 'Condensing drops {count} token (turn {first}).',
        other: 'Condensing drops {count} tokens (turn {first}).',
      },
      { first },
    );
  }
  return plural(
    tokens,
    {
      one: 'Condensing drops {count} token (turns {first}-{last}).',
      other: 'Condensing drops {count} tokens (turns {first}-{last}).',
    },
    { first, last },
  );
}

export const condensedText = (before: number, after: number, language: string): string =>
  plural(
    after,
    { one: 'Condensed from {before} to {count} token.', other: 'Condensed from {before} to {count} tokens.' },
    { before: full(before, language) },
  );

/** Why an image stays behind. */
export const unseenText = ({ kind, name }: PanelModel): string =>
  kind === 'server'
    ? t('Not sent: {name} does not see images.', { name })
    : t('Not sent: the engine on this computer has no part for images; a server with a model that sees does.');

/** "1 of 2": which version of a prompt is shown, from 0. */
export const branchText = (current: number, count: number) =>
  t('{done} of {total}', { done: current + 1, total: count });

/** Announced when a turn ends. Words, not tokens. */
export function finishedText(turn: Turn, changes: number, waiting: number): string {
  if (turn.end?.reason === 'stopped') {
    return waiting > 0 ? t('Stopped. What arrived is kept. Send next?') : t('Stopped. What arrived is kept.');
  }
  const text = turn.steps.map((step) => (step.kind === 'answer' ? step.text : '')).join(' ');
  const written = plural(text.split(/\s+/).filter(Boolean).length, {
    one: 'Answer finished, {count} word',
    other: 'Answer finished, {count} words',
  });
  const applied = appliedEdits(turn);
  if (applied) return listed([written, appliedText(applied.files)]);
  if (changes === 0) return written;
  return listed([written, plural(changes, { one: '{count} change staged', other: '{count} changes staged' })]);
}

/** Of what was written without a review. */
export const appliedText = (files: number): string =>
  plural(files, { one: 'Applied changes to {count} file', other: 'Applied changes to {count} files' });

/** "12 files, 3 changes" of what is under review. */
export function stagedText(files: number, changes: number): string {
  return listed([filesText(files), changesText(changes)]);
}

/** A dash until they are counted. */
export const tokensText = (tokens: number | undefined, language: string) =>
  tokens === undefined ? '–' : compact(tokens, language);

/** The state of a session in the history, where it is worth a word. */
export const stateTexts: Record<PanelSummary['state'], string> = {
  new: '',
  running: t('running'),
  interrupted: t('interrupted'),
  waits: t('to review'),
  done: '',
  asks: t('needs you'),
  stopped: t('stopped'),
  steps: t('not finished'),
  stuck: t('needs a hint'),
  failed: t('ended with an error'),
};

/** One line about how a turn ended, where it is not simply done. */
export const endTexts = {
  steps: {
    title: t('The turn reached its limit'),
    sentence: t('As many steps as the settings allow were taken; staged changes are kept.'),
  },
  stuck: {
    title: t('The model is not getting further'),
    sentence: t('Its last steps repeat each other; staged changes are kept.'),
  },
  interrupted: {
    title: t('The turn was interrupted'),
    sentence: t('Its process ended before it was done; what arrived is kept.'),
  },
};

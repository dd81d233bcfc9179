import type { PanelModel, Turn } from '../protocol.ts';

/** What an empty conversation says: what this is for, and where the code stays. */
export function firstRunText(model: PanelModel): string {
  return model.kind === 'server'
    ? `Ask about your code. What you send goes to ${model.name} and nowhere else.`
    : 'Ask about your code. The model runs on this computer; your code stays here.';
}

export function clock(ms: number, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(ms);
}

/** Announced when a turn ends. Words, not tokens. */
export function finishedText(turn: Turn): string {
  if (turn.state === 'stopped') return 'Stopped. What arrived is kept.';
  const words = turn.answer.split(/\s+/).filter(Boolean).length;
  return `Answer finished, ${words} ${words === 1 ? 'word' : 'words'}`;
}

import type { PanelSummary } from '../protocol.ts';
import { words } from '../words.ts';

/** Sessions by the day they were last used on, in the order in which they came. Pure but for the zone of the clock. */
export function byDay(
  sessions: readonly PanelSummary[],
  now: number,
  language: string,
): { day: string; sessions: PanelSummary[] }[] {
  const days: { day: string; sessions: PanelSummary[] }[] = [];
  for (const session of sessions) {
    const day = dayName(session.changedAt, now, language);
    const last = days.at(-1);
    if (last?.day === day) last.sessions.push(session);
    else days.push({ day, sessions: [session] });
  }
  return days;
}

function dayName(at: number, now: number, language: string): string {
  const start = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  // Half a day more, so that a night with 23 hours counts as one.
  const daysAgo = Math.floor((start(now) - start(at) + 12 * 3_600_000) / 86_400_000);
  if (daysAgo <= 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  return new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(at);
}

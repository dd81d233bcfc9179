import type { Risk } from '../tools/tool.ts';

/** The highest of some risks; low for none. */
export function highest(risks: readonly Risk[]): Risk {
  if (risks.includes('high')) return 'high';
  return risks.includes('medium') ? 'medium' : 'low';
}

/** One thing that was looked at: how it is, what that means, and what to do about it. */
export interface Check {
  id: string;
  state: 'ok' | 'warn' | 'fail';
  message: string;
  /** The exact thing to do; absent where there is nothing. */
  fix?: string;
}

const marks = { ok: '✓', warn: '!', fail: '✗' } as const;

/** Checks as lines for a terminal or a text editor. */
export const checksText = (checks: readonly Check[]): string =>
  checks.map(({ state, message, fix }) => `${marks[state]} ${message}${fix ? `\n  ${fix}` : ''}`).join('\n');

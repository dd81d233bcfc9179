import type { ModelStatus } from '../../sidecar/protocol/models.ts';
import { percent, rate } from '../../sidecar/protocol/numbers.ts';

/** What the status bar says for a state (ui.md 5). `colour` is a theme colour id. */
export interface StatusText {
  text: string;
  colour?: 'statusBarItem.warningBackground' | 'statusBarItem.errorBackground';
  /** For a screen reader. */
  label: string;
}

/** Characters beside the icon. */
const longest = 24;

/** Text of at most 24 characters beside the icon. Pure. */
export function statusText(status: ModelStatus, toReview: number, language: string): StatusText {
  const { name, state } = status;
  if (toReview > 0)
    return { text: `$(bell-dot) Devstral: ${toReview} to review`, label: `Devstral, ${toReview} to review` };
  switch (state.state) {
    case 'none':
      return { text: '$(chip) Devstral: set up', label: 'Devstral, no model yet' };
    case 'off':
      return { text: `$(chip) ${name} (off)`, label: `Devstral, ${name}, not loaded` };
    case 'downloading':
      return withShare('cloud-download', name, state.fraction, 'downloading', language);
    case 'loading':
      return withShare('loading~spin', name, state.fraction, 'loading', language);
    case 'reading':
      return withShare('loading~spin', name, state.fraction, 'reading', language);
    case 'writing': {
      const speed = state.tokensPerSecond > 0 ? ` ${rate(state.tokensPerSecond, language)}` : '';
      const short = name.slice(0, longest - speed.length);
      return { text: `$(loading~spin) ${short}${speed}`, label: `Devstral, ${name}, writing` };
    }
    case 'lost':
      return {
        text: `$(debug-disconnect) ${name}`,
        colour: 'statusBarItem.warningBackground',
        label: `Devstral, ${name}, no connection`,
      };
    case 'failed':
      return {
        text: `$(error) ${name}`,
        colour: 'statusBarItem.errorBackground',
        label: `Devstral, ${name}, ${state.problem.title}`,
      };
    case 'ready': {
      const icon = status.kind === 'server' ? 'server-process' : 'chip';
      return { text: `$(${icon}) ${name}`, label: `Devstral, ${name}, ready` };
    }
  }
}

function withShare(icon: string, name: string, fraction: number, what: string, language: string): StatusText {
  const share = percent(fraction, language);
  return { text: `$(${icon}) ${name} ${share}`, label: `Devstral, ${name}, ${what}, ${share}` };
}

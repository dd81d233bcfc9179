import type { ModelStatus, UnfinishedDownload } from '../../sidecar/protocol/models.ts';
import { percent, rate } from '../../sidecar/protocol/numbers.ts';
import { listed, plural, t } from '../../sidecar/protocol/translate.ts';

/** What the status bar says for a state (ui.md 5). `colour` is a theme colour id. */
export interface StatusText {
  text: string;
  colour?: 'statusBarItem.warningBackground' | 'statusBarItem.errorBackground';
  /** For a screen reader. */
  label: string;
}

/** Characters beside the icon. */
const longest = 24;

/** Decisions that wait for the person. */
export interface Waiting {
  toAllow: number;
  toReview: number;
}

/** Text of at most 24 characters beside the icon. Pure. */
export function statusText(status: ModelStatus, { toAllow, toReview }: Waiting, language: string): StatusText {
  const { name, state } = status;
  if (toAllow > 0) return asking(plural(toAllow, { one: '{count} to allow', other: '{count} to allow' }));
  if (toReview > 0) return asking(plural(toReview, { one: '{count} to review', other: '{count} to review' }));
  const download = shownDownload(status);
  if (download) return downloadState(download, language);
  switch (state.state) {
    case 'none':
      return { text: `$(chip) ${t('Devstral: set up')}`, label: spoken(t('no model yet')) };
    case 'off':
      return { text: `$(chip) ${t('{name} (off)', { name })}`, label: spoken(name, t('not loaded')) };
    case 'downloading':
      return withShare('cloud-download', name, state.fraction, t('downloading'), language);
    case 'loading':
      return withShare('loading~spin', name, state.fraction, t('loading'), language);
    case 'queued': {
      const { ahead = 1 } = state;
      const place = plural(ahead, { one: '{count} first', other: '{count} first' });
      const label = spoken(name, t('waiting'), aheadText(ahead));
      return { text: `$(loading~spin) ${fitted(name, `, ${place}`)}`, label };
    }
    case 'reading':
      return withShare('loading~spin', name, state.fraction, t('reading'), language);
    case 'writing': {
      const speed = state.tokensPerSecond > 0 ? ` ${rate(state.tokensPerSecond, language)}` : '';
      return { text: `$(loading~spin) ${fitted(name, speed)}`, label: spoken(name, t('writing')) };
    }
    case 'lost':
      return {
        text: `$(debug-disconnect) ${name}`,
        colour: 'statusBarItem.warningBackground',
        label: spoken(name, t('no connection')),
      };
    case 'failed':
      return {
        text: `$(error) ${name}`,
        colour: 'statusBarItem.errorBackground',
        label: spoken(name, state.problem.title),
      };
    case 'ready': {
      const icon = status.kind === 'server' ? 'server-process' : 'chip';
      return { text: `$(${icon}) ${name}`, label: spoken(name, t('ready')) };
    }
  }
}

/** "1 answer comes first". */
export const aheadText = (ahead: number): string =>
  plural(ahead, { one: '{count} answer comes first', other: '{count} answers come first' });

const spoken = (...facts: string[]): string => listed(['Devstral', ...facts]);

const asking = (what: string): StatusText => ({
  text: `$(bell-dot) ${t('Devstral: {what}', { what })}`,
  label: spoken(what),
});

/**
 * The download that the item shows: one that runs, in any window, while the model in use does nothing; one that was left
 * unfinished only where nothing is loaded.
 */
export function shownDownload({ state, downloads = [] }: ModelStatus): UnfinishedDownload | undefined {
  if (!['none', 'off', 'ready'].includes(state.state)) return undefined;
  const running = downloads.find(({ runs }) => runs !== 'no');
  return running ?? (state.state === 'ready' ? undefined : downloads[0]);
}

function downloadState({ name, received, total, runs }: UnfinishedDownload, language: string): StatusText {
  const short = name.slice(0, 14);
  const [icon, what] =
    runs === 'no' ? ['debug-pause', t('download not finished')] : ['cloud-download', t('downloading')];
  if (total === 0) return { text: `$(${icon}) ${short}`, label: spoken(name, what) };
  return withShare(icon, short, received / total, what, language);
}

const fitted = (name: string, rest: string) => `${name.slice(0, longest - rest.length)}${rest}`;

function withShare(icon: string, name: string, fraction: number, what: string, language: string): StatusText {
  const share = percent(fraction, language);
  return { text: `$(${icon}) ${name} ${share}`, label: spoken(name, what, share) };
}

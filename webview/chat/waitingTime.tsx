import { t } from '../../sidecar/protocol/translate.ts';
import { useElapsed } from './elapsed.ts';

/** How long the person has been waited for: "Waiting for you, 0:42". */
export function WaitingTime({ since }: { since: number }) {
  const seconds = Math.floor(useElapsed(since) / 1000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return <div class="quiet waiting-time">{t('Waiting for you, {time}', { time })}</div>;
}

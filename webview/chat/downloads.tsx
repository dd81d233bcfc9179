import { useRef } from 'preact/hooks';
import { fileSize, percent, wholeDuration } from '../../sidecar/protocol/numbers.ts';
import { listed, t } from '../../sidecar/protocol/translate.ts';
import type { PanelDownload } from '../protocol.ts';
import { words } from '../words.ts';
import { post } from './hostApi.ts';
import { useOneStop } from './oneStop.ts';
import { downloads, language } from './store.ts';

/** Downloads that run or wait; they stay in sight until they are done. */
export function Downloads() {
  return downloads.value.length === 0 ? null : <Rows all={downloads.value} />;
}

function Rows({ all }: { all: readonly PanelDownload[] }) {
  const section = useRef<HTMLElement>(null);
  useOneStop(section);
  return (
    <section class="bar downloads" aria-label={words.downloads} ref={section} data-group>
      {all.map((download) => (
        <DownloadRow key={download.id} download={download} />
      ))}
    </section>
  );
}

function DownloadRow({ download }: { download: PanelDownload }) {
  const { id, name, received, total, bytesPerSecond, runs } = download;
  const locale = language.value;
  const share = total > 0 ? received / total : 0;
  const sizes = t('{done} of {total}', { done: fileSize(received, locale), total: fileSize(total, locale) });
  const speed = runs && bytesPerSecond > 0 ? t('{size}/s', { size: fileSize(bytesPerSecond, locale) }) : '';
  const left =
    runs && bytesPerSecond > 0
      ? t('{time} left', { time: wholeDuration(((total - received) / bytesPerSecond) * 1000, locale) })
      : '';
  const act = (action: 'pause' | 'resume' | 'cancel') => post({ type: 'download', id, action });
  const value = listed([percent(share, locale), sizes, left]);
  return (
    <div class="download">
      <div class="download-head">
        <span class="row-title">{name}</span>
        <span class="quiet">{sizes}</span>
      </div>
      <div class="progress-line">
        <progress aria-label={name} aria-valuetext={value} max={1} value={share} />
        <span class="progress-percent" aria-hidden="true">
          {percent(share, locale)}
        </span>
      </div>
      <div class="download-foot">
        <span class="quiet">{runs ? listed([speed, left]) : words.paused}</span>
        <span class="download-actions">
          <button type="button" class="text-button" onClick={() => act(runs ? 'pause' : 'resume')}>
            {runs ? words.pause : words.resume}
          </button>
          <button type="button" class="text-button" onClick={() => act('cancel')}>
            {words.cancel}
          </button>
        </span>
      </div>
    </div>
  );
}

import type { Log } from '../log.ts';
import type { ServerEntry, SidecarSettings } from '../protocol/models.ts';
import type { Backend } from './backend.ts';
import { createRemoteBackend } from './backends/remote/remoteBackend.ts';

interface Deps {
  settings: Pick<SidecarSettings, 'offline' | 'proxy'>;
  getKey(origin: string): Promise<string | null>;
  log: Log;
}

/** The backend of a server of the person's settings. */
export function openServer(entry: ServerEntry, { settings, getKey, log }: Deps): Backend {
  const { name, url, model, headers, contextTokens, maxOutputTokens } = entry;
  return createRemoteBackend({
    name,
    url,
    ...(model === undefined ? {} : { model }),
    ...(headers === undefined ? {} : { headers }),
    ...(contextTokens === undefined ? {} : { contextSize: contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    offline: settings.offline,
    proxy: settings.proxy,
    getKey,
    log,
  });
}

/** Host and port of an address as people write it. */
export const hostOf = (url: string) => {
  const full = /^https?:/.test(url) ? url : `http://${url}`;
  return URL.canParse(full) ? new URL(full).host : url;
};

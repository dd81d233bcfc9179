import type { UnfinishedDownload } from '../../protocol/models.ts';
import { quantisationOf } from '../catalog/ggufNames.ts';
import { parseModelReference } from '../catalog/modelReference.ts';
import { hubAddress } from './hubRequest.ts';
import { isMeant } from './provideModel.ts';
import { type DiskDownload, unfinishedDownloads } from './unfinishedDownloads.ts';

/** The downloads that this process runs, and those that others run or left behind, as they lie on the disk. */
export interface Downloads {
  /** Runs a download that `pause` can end. */
  run<T>(name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Ends the downloads of a model that run here; false if there is none. What is there is kept. */
  pause(name: string): boolean;
  /** As it was last seen; undefined before the first look. */
  list(): UnfinishedDownload[] | undefined;
  /** Looks again; `onChange` is called if something is different. */
  look(): Promise<void>;
  /** Looks regularly: once a second while something comes. */
  watch(): void;
  dispose(): void;
}

const busyMs = 1000;
const quietMs = 3000;
/** The rate is that of the last looks. */
const keptLooks = 5;

export function createDownloads(folder: () => string, onChange: () => void): Downloads {
  const mine = new Map<AbortController, string>();
  const looks = new Map<string, { at: number; received: number }[]>();
  let disk: DiskDownload[] = [];
  let listed: UnfinishedDownload[] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let watching = false;

  const isMine = (download: DiskDownload) => [...mine.values()].some((name) => means(name, download));

  function rateOf({ path, received, runs }: DiskDownload): number {
    const now = { at: performance.now(), received };
    const kept = runs ? [...(looks.get(path) ?? []), now].slice(-keptLooks) : [];
    looks.set(path, kept);
    const first = kept[0] ?? now;
    return now.at > first.at ? Math.max(0, Math.round(((received - first.received) * 1000) / (now.at - first.at))) : 0;
  }

  async function look(): Promise<void> {
    disk = await unfinishedDownloads(folder());
    const next = disk.map((each): UnfinishedDownload => {
      const { id, name, path, received, total, runs } = each;
      const by = !runs ? 'no' : isMine(each) ? 'here' : 'elsewhere';
      return { id, name, path, received, total, bytesPerSecond: rateOf(each), runs: by };
    });
    const changed = JSON.stringify(next) !== JSON.stringify(listed);
    listed = next;
    if (changed) onChange();
  }

  function again(): void {
    clearTimeout(timer);
    if (!watching) return;
    const busy = mine.size > 0 || (listed ?? []).some(({ runs }) => runs !== 'no');
    timer = setTimeout(
      () =>
        void look()
          .catch(() => undefined)
          .finally(again),
      busy ? busyMs : quietMs,
    );
    timer.unref();
  }

  return {
    async run(name, signal, work) {
      const own = new AbortController();
      mine.set(own, name);
      again();
      try {
        return await work(AbortSignal.any([signal, own.signal]));
      } finally {
        mine.delete(own);
        if (watching) await look();
      }
    },
    pause(name) {
      const meant = disk.find(({ id }) => id === name);
      const ended = [...mine].filter(([, each]) => each === name || (meant !== undefined && means(each, meant)));
      for (const [own] of ended) own.abort();
      return ended.length > 0;
    },
    list: () => listed,
    look,
    watch() {
      watching = true;
      void look()
        .catch(() => undefined)
        .finally(again);
    },
    dispose() {
      watching = false;
      clearTimeout(timer);
    },
  };
}

/** Whether a model's name means the file of a download. */
function means(name: string, download: { path: string; repo?: string; file?: string }): boolean {
  const reference = parseModelReference(name, { cwd: process.cwd(), hub: hubAddress() });
  if (reference.kind !== 'catalog' && reference.kind !== 'hub') return false;
  return isMeant({ ...download, quantisation: quantisationOf(download.path) }, reference);
}

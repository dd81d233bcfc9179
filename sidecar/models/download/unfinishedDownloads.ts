import type { UnfinishedDownload } from '../../protocol/models.ts';
import { catalogModel } from '../catalog/catalog.ts';
import { partNames, quantisationOf } from '../catalog/ggufNames.ts';
import { type BegunDownload, begunDownloads } from '../catalog/installedModels.ts';
import { starterModel } from '../catalog/starter.ts';
import { bytesOf } from './diskSpace.ts';
import { isLocked } from './fileLock.ts';
import { readPublished } from './publishedRecord.ts';

/** A download as it lies on the disk: whoever runs it, its bytes and the record of what it will be are there. */
export type DiskDownload = Omit<UnfinishedDownload, 'bytesPerSecond' | 'runs'> & {
  runs: boolean;
  repo?: string;
  file?: string;
};

/** The downloads in a models folder that are not finished; a split model is one, under the path of its first part. */
export async function unfinishedDownloads(folder: string): Promise<DiskDownload[]> {
  const models = new Map<string, BegunDownload[]>();
  for (const begun of await begunDownloads(folder)) {
    const first = partNames(begun.path)[0] ?? begun.path;
    models.set(first, [...(models.get(first) ?? []), begun]);
  }
  return Promise.all([...models].map(([path, parts]) => onDisk(path, parts)));
}

async function onDisk(path: string, parts: readonly BegunDownload[]): Promise<DiskDownload> {
  const [one] = parts;
  const files = await Promise.all(
    partNames(path).map(async (file) => ({
      received: parts.find((part) => part.path === file)?.received ?? (await bytesOf(file)),
      published: (await readPublished(file)) ?? (one?.id === starterModel.id ? starterModel : null),
      runs: await isLocked(`${file}.lock`),
    })),
  );
  const sum = (of: (file: (typeof files)[number]) => number) => files.reduce((all, file) => all + of(file), 0);
  const known = files.every(({ published }) => published !== null);
  const { repo, file = path } = one ?? {};
  return {
    id: one ? resumeId(one) : path,
    name: catalogModel(one?.id ?? '')?.name ?? file.replace(/^.*[\\/]|\.gguf$/gi, ''),
    path,
    received: sum(({ received }) => received),
    total: known ? sum(({ published }) => published?.size ?? 0) : 0,
    runs: files.some(({ runs }) => runs),
    ...(repo === undefined ? {} : { repo, file }),
  };
}

/** What fetches the rest of exactly this file, and not of the one that the catalog would choose today. */
function resumeId({ id, path, repo, file }: BegunDownload): string {
  if (repo === undefined || file === undefined) return id === starterModel.id ? id : path;
  const known = catalogModel(id);
  return known?.repo === repo && known.files[0]?.quantisation === quantisationOf(file) ? id : `${repo}:${file}`;
}

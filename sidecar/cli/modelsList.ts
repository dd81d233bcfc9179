import { catalog } from '../models/catalog/catalog.ts';
import { findModels, machineCacheFolders } from '../models/catalog/foundFiles.ts';
import { begunDownloads, installedModels } from '../models/catalog/installedModels.ts';
import { sizeText } from '../models/sizeText.ts';

/** One line of `devstral models list`. */
export interface ModelRow {
  /** What `--model` and `models pull` take. */
  id: string;
  title: string;
  /** File on this disk, or the repository that has it. */
  file: string;
  quantisation: string;
  /** Bytes; 0 where the publisher's listing has to be asked. */
  bytes: number;
  state: 'ready' | 'begun' | 'found' | 'can be downloaded';
  /** Whose cache it was found in. */
  source?: 'huggingface' | 'lmstudio' | 'ollama';
  licence?: string;
}

/** What is installed, begun, in other programs' caches and, once for each model, what can be downloaded. */
export async function modelRows(folder: string): Promise<ModelRow[]> {
  const title = (id: string) => catalog.find((model) => model.id === id)?.title ?? '';
  const installed = await installedModels(folder);
  const begun = await begunDownloads(folder);
  const found = await findModels(await machineCacheFolders());
  const rows: ModelRow[] = [
    ...installed.map(({ id, path, size, quantisation }) => {
      return { id, title: title(id), file: path, quantisation, bytes: size, state: 'ready' as const };
    }),
    ...begun.map(({ id, path, received }) => {
      return { id, title: title(id), file: path, quantisation: '', bytes: received, state: 'begun' as const };
    }),
    ...found.map(({ source, name, path, size, quantisation }) => {
      return { id: path, title: name, file: path, quantisation, bytes: size, state: 'found' as const, source };
    }),
  ];
  const there = new Set(installed.map(({ id }) => id));
  for (const { id, title: named, repo, files, licence } of catalog) {
    if (there.has(id)) continue;
    const { quantisation = '', size = 0 } = files[0] ?? {};
    const state = 'can be downloaded';
    rows.push({ id, title: named, file: repo, quantisation, bytes: size, state, licence: licence.name });
  }
  return rows;
}

const sources = { huggingface: 'Hugging Face', lmstudio: 'LM Studio', ollama: 'Ollama' };

/** Columns apart by tabs. */
export function rowText({ id, title, quantisation, bytes, state, source, licence }: ModelRow): string {
  const size = bytes > 0 ? sizeText(bytes) : 'size not known yet';
  const where = source ? `found in ${sources[source]}` : state;
  return [id, title, quantisation, size, where, licence ?? ''].join('\t').trimEnd();
}

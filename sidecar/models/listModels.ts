import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { Machine } from '../hardware/machine.ts';
import type { ModelEntry, SidecarSettings } from '../protocol/models.ts';
import { catalog } from './catalog/catalog.ts';
import { findModels, machineCacheFolders } from './catalog/foundFiles.ts';
import { begunDownloads, installedModels } from './catalog/installedModels.ts';
import { expectedRate, fitOf, recommend } from './catalog/recommend.ts';
import { choiceOf } from './modelChoice.ts';
import { sizeText } from './sizeText.ts';

const programs = { huggingface: 'Hugging Face', lmstudio: 'LM Studio', ollama: 'Ollama' };

interface Folders {
  models: string;
  data: string;
}

/** Everything that can be switched to: what is in use, what lies on this computer, what can be fetched, the servers. */
export async function listModels(settings: SidecarSettings, folders: Folders, machine: Machine): Promise<ModelEntry[]> {
  const choice = choiceOf(settings);
  const bandwidth = await measuredBandwidth(folders.data);
  const recommended = recommend(catalog, machine, bandwidth);
  const how = (size: number) => howText(size, machine, bandwidth);
  const [installed, begun, found] = await Promise.all([
    installedModels(folders.models),
    begunDownloads(folders.models),
    machineCacheFolders().then(findModels),
  ]);
  const entries: ModelEntry[] = [];
  const add = (entry: Omit<ModelEntry, 'group'>, group: ModelEntry['group'], inUse: boolean) =>
    entries.push({ ...entry, group: inUse ? 'inUse' : group });

  for (const model of catalog) {
    const here = installed.find(({ id }) => id === model.id);
    const part = begun.find(({ id }) => id === model.id);
    const { quantisation = '', size: published = 0 } = model.files[0] ?? {};
    const size = here?.size ?? published;
    const notes = [
      ...(recommended?.id === model.id ? ['recommended for this computer'] : []),
      ...(size > 0 ? [how(size)] : []),
      ...(part && !here ? [`${sizeText(part.received)} are here`] : []),
      ...(model.use === 'completion' ? ['for completion'] : []),
      ...(model.licence.mustAccept ? [model.licence.name] : []),
    ];
    const { name: licence, url, mustAccept } = model.licence;
    add(
      {
        id: model.id,
        label: model.title,
        description: [here?.quantisation ?? quantisation, size > 0 ? sizeText(size) : ''].filter(Boolean).join(', '),
        detail: sentence(notes),
        bytes: size,
        recommended: recommended?.id === model.id,
        ...(mustAccept ? { licence: { name: licence, url } } : {}),
        ...(here || part ? { path: (here ?? part)?.path ?? '' } : {}),
      },
      here ? 'onThisComputer' : size > 0 && fitOf(size, machine) === 'tooLarge' ? 'doesNotFit' : 'canBeDownloaded',
      choice.kind === 'local' && choice.name === model.id,
    );
  }
  const known = new Set<string>(catalog.map(({ id }) => id));
  for (const model of installed.filter(({ id }) => !known.has(id))) {
    add(
      fileEntry(model.path, model.size, model.quantisation, how(model.size)),
      'onThisComputer',
      choice.name === model.path,
    );
  }
  for (const model of found) {
    const note = `${how(model.size)}, found in ${programs[model.source]}`;
    const entry = { ...fileEntry(model.path, model.size, model.quantisation, note), label: model.name };
    // Another program's file is used in place and never removed.
    const { path: _path, ...rest } = entry;
    add(rest, 'onThisComputer', choice.name === model.path);
  }
  if (choice.kind === 'local' && !entries.some(({ group }) => group === 'inUse')) {
    add(fileEntry(choice.name, 0, '', choice.name), 'inUse', true);
  }
  for (const server of settings.servers) {
    const inUse = choice.kind === 'server' && choice.name === server.name;
    const { name, url, model = '' } = server;
    add({ id: name, label: name, description: model, detail: url, bytes: 0, recommended: false }, 'servers', inUse);
  }
  return entries;
}

function fileEntry(path: string, size: number, quantisation: string, note: string) {
  const label = path.split(/[\\/]/).at(-1) ?? path;
  const description = [quantisation || 'GGUF', size > 0 ? sizeText(size) : ''].filter(Boolean).join(', ');
  return { id: path, label, description, detail: sentence([note]), bytes: size, recommended: false, path };
}

function howText(size: number, machine: Machine, bandwidth: number | null): string {
  switch (fitOf(size, machine)) {
    case 'gpu':
      return 'fits on the GPU';
    case 'partly':
      return 'partly on the GPU, slow';
    case 'processor': {
      // A rate is said only where one was measured.
      if (bandwidth === null) return 'on the processor';
      const rate = expectedRate(size, bandwidth);
      return `on the processor, about ${rate < 10 ? rate.toFixed(1) : rate.toFixed(0)} tok/s`;
    }
    case 'tooLarge':
      return 'too large for this computer';
  }
}

const sentence = (notes: readonly string[]) => {
  const text = notes.join(', ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};

const Calibrations = z.record(z.string(), z.object({ size: z.number(), decode: z.number(), gpu: z.string() }));

/** Bytes of weights read a second, the best that was measured on the processor; null if nothing was. */
async function measuredBandwidth(dataFolder: string): Promise<number | null> {
  try {
    const kept = Calibrations.parse(JSON.parse(await readFile(join(dataFolder, 'calibration.json'), 'utf8')));
    const rates = Object.values(kept)
      // Small models fit into the processor's caches.
      .filter(({ gpu, size }) => gpu === 'false' && size > 5e8)
      .map(({ size, decode }) => size * decode);
    return rates.length > 0 ? Math.max(...rates) : null;
  } catch {
    return null;
  }
}

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readHubJson } from '../models/download/hubApi.ts';
import { createDispatcher, type ProxySettings } from '../models/http.ts';
import { t } from '../protocol/translate.ts';
import { type FromConfig, ModelConfig, modelFromConfig } from './modelConfig.ts';
import { knownServerModel, serverModels } from './serverModels.ts';

interface Options {
  cwd: string;
  offline: boolean;
  proxy: ProxySettings;
  signal: AbortSignal;
}

const repository = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** A model by id, by repository, or by a folder on this disk: from our table, else from its `config.json`. */
export async function findServerModel(name: string, options: Options): Promise<FromConfig> {
  const known = knownServerModel(name);
  if (known) return { kind: 'model', model: known };
  if (/^(\/|\.{1,2}[\\/]|[A-Za-z]:[\\/])/.test(name)) return fromFolder(resolve(options.cwd, name));
  const ids = serverModels.map(({ id }) => id).join(', ');
  if (!repository.test(name)) {
    return {
      kind: 'unknown',
      reason: t('no server model is named so. Known: {ids}; or org/repo, or a folder with config.json', { ids }),
    };
  }
  if (options.offline)
    return { kind: 'unknown', reason: t('its config.json is on the hub, and --offline opens no connection') };
  const dispatcher = createDispatcher({ proxy: options.proxy });
  try {
    const { signal } = options;
    const read = await readHubJson(name, 'config.json', ModelConfig, { dispatcher, signal, retryDelaysMs: [1000] });
    if (read.kind === 'read') return modelFromConfig(name, read.value);
    return {
      kind: 'unknown',
      reason: read.kind === 'failed' ? read.problem.sentence.replace(/\.$/, '') : t('it was cancelled'),
    };
  } finally {
    await dispatcher.destroy();
  }
}

async function fromFolder(folder: string): Promise<FromConfig> {
  const file = join(folder, 'config.json');
  try {
    return modelFromConfig(folder, ModelConfig.parse(JSON.parse(await readFile(file, 'utf8'))));
  } catch {
    return { kind: 'unknown', reason: t('{file} is not there, or not of a model that is known', { file }) };
  }
}

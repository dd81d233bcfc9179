import { type ProblemReport, problem } from '../../protocol/problems.ts';
import { t } from '../../protocol/translate.ts';
import { findModels, machineCacheFolders } from '../catalog/foundFiles.ts';
import { installedModels } from '../catalog/installedModels.ts';
import { parseModelReference } from '../catalog/modelReference.ts';
import { hubAddress, hubFileUrl, hubToken } from '../download/hubRequest.ts';
import { isMeant } from '../download/provideModel.ts';
import { resolveModel } from '../download/resolveModel.ts';
import { type GgufHeader, readGgufHeader } from '../gguf/header.ts';
import { openHttpSource } from '../gguf/httpSource.ts';
import { joinParts } from '../gguf/joinParts.ts';
import { checkGgufFile } from '../ggufFile.ts';
import { createDispatcher, type ProxySettings } from '../http.ts';

export type HeaderOf =
  | { kind: 'ok'; header: GgufHeader; from: 'disk' | 'hub' }
  | { kind: 'failed'; problem: ProblemReport }
  | { kind: 'cancelled' };

interface Options {
  cwd: string;
  /** The models folder. */
  folder: string;
  offline: boolean;
  proxy: ProxySettings;
  signal: AbortSignal;
}

/** The header of a model by any of its names: from this disk, or by a few ranges of the file on the hub. */
export async function headerOf(name: string, options: Options): Promise<HeaderOf> {
  const reference = parseModelReference(name, { cwd: options.cwd, hub: hubAddress() });
  if (reference.kind === 'unknown') {
    return { kind: 'failed', problem: problem('internal', { reason: reference.reason }) };
  }
  if (reference.kind === 'disk') return onDisk(reference.path);
  const here = [...(await installedModels(options.folder)), ...(await findModels(await machineCacheFolders()))];
  const mine = here.find((model) => isMeant(model, reference));
  if (mine) return onDisk(mine.path);
  if (options.offline)
    return { kind: 'failed', problem: problem('offline', { action: t('Reading about {name}', { name }) }) };
  const dispatcher = createDispatcher({ proxy: options.proxy });
  try {
    const resolved = await resolveModel(reference, { dispatcher, signal: options.signal });
    if (resolved.kind !== 'resolved') return resolved;
    const token = hubToken();
    const parts: GgufHeader[] = [];
    for (const { repo, revision, file } of resolved.model.files) {
      const source = await openHttpSource(hubFileUrl(repo, revision ?? 'main', file).href, {
        dispatcher,
        signal: options.signal,
        ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
      });
      const read = await readGgufHeader(source);
      if (read.kind !== 'ok') {
        return { kind: 'failed', problem: problem('modelFileUnknown', { file, arch: read.reason }) };
      }
      parts.push(read.header);
    }
    const [first, ...others] = parts;
    if (!first) throw new Error('a model has no file');
    return { kind: 'ok', header: joinParts(first, others), from: 'hub' };
  } catch (error) {
    if (options.signal.aborted) return { kind: 'cancelled' };
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', problem: problem('internal', { reason }) };
  } finally {
    await dispatcher.destroy();
  }
}

async function onDisk(path: string): Promise<HeaderOf> {
  const checked = await checkGgufFile(path);
  if (checked.kind === 'bad') return { kind: 'failed', problem: checked.problem };
  return { kind: 'ok', header: checked.header, from: 'disk' };
}

import { catalog } from '../models/catalog/catalog.ts';
import { type ModelReference, parseModelReference } from '../models/catalog/modelReference.ts';
import { hubAddress } from '../models/download/hubRequest.ts';
import { CommandFailed } from './common.ts';

/** What a model is named by on the command line; fails with the names that are known. */
export function referenceOf(id: string, cwd: string): Exclude<ModelReference, { kind: 'unknown' }> {
  const reference = parseModelReference(id, { cwd, hub: hubAddress() });
  if (reference.kind !== 'unknown') return reference;
  throw new CommandFailed(
    `${reference.reason} Known: ${catalog.map((model) => model.id).join(', ')}; or org/repo:file`,
  );
}

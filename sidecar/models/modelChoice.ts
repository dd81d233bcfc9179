import { basename } from 'node:path';
import type { ServerEntry, SidecarSettings } from '../protocol/models.ts';
import type { SamplingOptions } from './backend.ts';
import { catalogModel, recogniseModel } from './catalog/catalog.ts';
import { starterModel } from './catalog/starter.ts';

/** What the setting `devstral.model` names. */
export type Choice =
  /** `name` is a catalog id, a path, or `org/repo:file`. */
  { kind: 'local'; name: string } | { kind: 'server'; name: string; server: ServerEntry };

const shortest = 14;

/** `auto` is the starter until the person chooses. */
export function choiceOf(settings: SidecarSettings): Choice {
  return choiceNamed(settings.model, settings);
}

/** What a name means: that of a server, or a model that runs here. */
export function choiceNamed(model: string, settings: SidecarSettings): Choice {
  if (model === 'auto' || model === '') return { kind: 'local', name: starterModel.id };
  const server = settings.servers.find((entry) => entry.name === model);
  if (server) return { kind: 'server', name: server.name, server };
  return { kind: 'local', name: model };
}

/** The chosen model and those that answer while it is down. Only a server can be down. */
export function choicesOf(settings: SidecarSettings): Choice[] {
  const first = choiceOf(settings);
  if (first.kind !== 'server') return [first];
  const names = (settings.fallback ?? []).filter((name) => name !== first.name);
  return [first, ...[...new Set(names)].map((name) => choiceNamed(name, settings))];
}

/** At most 14 characters, for the status bar. */
export function shortName(choice: Choice): string {
  if (choice.kind === 'server') return choice.name.slice(0, shortest);
  const known = catalogModel(choice.name.split(':')[0] ?? '');
  return known?.name ?? basename(choice.name, '.gguf').slice(0, shortest);
}

export function titleOf(choice: Choice): string {
  if (choice.kind === 'server') return choice.name;
  return catalogModel(choice.name.split(':')[0] ?? '')?.title ?? basename(choice.name);
}

/** How the model's makers recommend to sample answers; undefined for a model that is not known. */
export function samplingOf(choice: Choice): Omit<SamplingOptions, 'maxTokens'> | undefined {
  const name = (choice.kind === 'server' ? choice.server.model : choice.name) ?? '';
  return (catalogModel(name.split(':')[0] ?? '') ?? recogniseModel(name))?.sampling;
}

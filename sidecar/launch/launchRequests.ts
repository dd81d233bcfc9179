import type * as z from 'zod/mini';
import { knownMachineSoon } from '../hardware/knownMachine.ts';
import type { Device } from '../hardware/machine.ts';
import type { launchChoices, launchCommand } from '../protocol/launch.ts';
import type { SidecarSettings } from '../protocol/models.ts';
import { t } from '../protocol/translate.ts';
import { findServerModel } from './findModel.ts';
import { cards, parseGpus } from './gpus.ts';
import { headPlaceholder, type LaunchRequest, launch } from './launch.ts';
import { launchText } from './launchText.ts';
import { gibText, tokensText } from './overheads.ts';
import { serverModels } from './serverModels.ts';

type Choices = z.infer<typeof launchChoices.result>;
type Params = z.infer<typeof launchCommand.params>;
type Result = z.infer<typeof launchCommand.result>;

/** How long the list waits for the drivers of this computer's GPUs. */
const driversMs = 1500;

/** Answers `launchChoices`. */
export async function answerLaunchChoices(): Promise<Choices> {
  const { devices } = await knownMachineSoon(driversMs);
  const models = serverModels.map(({ id, title, context, licence, weightBits }) => {
    const bits = weightBits === 8 ? 'FP8' : t('{count} bits', { count: weightBits });
    return { id, title, context, description: `${bits}, ${tokensText(context)}, ${licence}` };
  });
  const own = ownGpus(devices);
  const table = cards.map(({ name, memory }) => ({
    text: name,
    description: t('{memory}, as many as it needs', { memory: gibText(memory) }),
  }));
  return { models, gpus: [...(own === null ? [] : [{ text: own, description: t('This computer') }]), ...table] };
}

/** This computer's NVIDIA cards as they are typed; null where there are none or the kinds differ. */
export function ownGpus(devices: readonly Device[]): string | null {
  const own = devices.filter(({ kind }) => kind === 'cuda');
  const [first] = own;
  if (!first || own.some(({ name }) => name !== first.name)) return null;
  const named = `${own.length}x${first.name}`;
  if (parseGpus(named).kind === 'gpus') return named;
  return `${own.length}x${Math.floor(first.total / 2 ** 30)}GiB`;
}

/** Answers `launchCommand`. */
export async function answerLaunchCommand(
  { server, model: name, gpus: typed, context, kv, docker }: Params,
  { offline, proxy }: Pick<SidecarSettings, 'offline' | 'proxy'>,
  signal: AbortSignal,
): Promise<Result> {
  const gpus = parseGpus(typed);
  if (gpus.kind === 'invalid') return { kind: 'refused', reason: gpus.reason };
  const found = await findServerModel(name, { cwd: process.cwd(), offline, proxy, signal });
  if (found.kind === 'unknown') return { kind: 'refused', reason: `${name}: ${found.reason}.` };
  const request: LaunchRequest = {
    server,
    model: found.model,
    gpus: gpus.gpus,
    ...(context === undefined ? {} : { context }),
    kv,
    ngram: false,
    docker,
    headAddress: headPlaceholder,
  };
  const outcome = launch(request);
  return outcome.kind === 'command' ? { kind: 'command', text: launchText(request, outcome) } : outcome;
}

import { knownMachine } from '../hardware/knownMachine.ts';
import { catalog } from '../models/catalog/catalog.ts';
import { fitOf, recommend } from '../models/catalog/recommend.ts';
import { planChoices } from '../models/plan/choices.ts';
import { choiceText, outcomeText, uncheckedText } from '../models/plan/choiceText.ts';
import { headerOf } from '../models/plan/headerOf.ts';
import { sizeText } from '../models/sizeText.ts';
import { listed } from '../protocol/translate.ts';
import { dataFolders } from '../workspace/dataFolders.ts';
import { CommandFailed, type CommonOptions, commandContext, printResult, problemLine } from './common.ts';
import { referenceOf } from './modelName.ts';

const language = 'en';

/**
 * `devstral models plan [ID]`: how a model would run here, from its header alone, before a byte of weights is fetched.
 * Without an id: which of the catalog fit, by their sizes. Exit 1 when it does not fit.
 */
export async function runModelsPlan(
  id: string | undefined,
  options: CommonOptions,
  signal: AbortSignal,
): Promise<number> {
  if (id === undefined) return overview(options);
  const { cwd, models } = commandContext(options);
  referenceOf(id, cwd);
  const { offline, proxy } = models.settings();
  const [found, machine] = await Promise.all([
    headerOf(id, { cwd, folder: dataFolders().models, offline, proxy, signal }),
    knownMachine(),
  ]);
  if (found.kind === 'failed') throw new CommandFailed(problemLine(found.problem));
  if (found.kind === 'cancelled') return 1;
  const { header } = found;
  const outcome = planChoices(header, machine, { trainedContext: header.trainedContext });
  const choices = outcome.kind === 'fits' ? outcome.choices : [];
  const quantisation = header.mixture ?? header.architecture;
  const lines = choices.map((choice) => choiceText(quantisation, choice, header.layers, machine, language));
  const note = outcomeText(outcome, language);
  if (options.json) {
    printResult({
      id,
      status: outcome.kind,
      choices: choices.map(({ kvType, context, gpuLayers, placement, plan }, i) => {
        return {
          text: lines[i],
          kvType,
          context,
          gpuLayers,
          placement,
          verified: plan.verified,
          devices: plan.devices,
        };
      }),
      note,
    });
  } else for (const line of [...lines, ...(note === '' ? [] : [note])]) process.stdout.write(`${line}\n`);
  return outcome.kind === 'fits' ? 0 : 1;
}

const words = {
  gpu: 'fits on the GPU',
  partly: 'partly on the GPU',
  processor: 'on the processor',
  tooLarge: 'too large',
};

async function overview(options: CommonOptions): Promise<number> {
  const machine = await knownMachine();
  const recommended = recommend(catalog, machine, null);
  const rows = catalog.map(({ id, title, files }) => {
    const [best] = files;
    const size = best?.size ?? 0;
    const fit = size > 0 ? fitOf(size, machine) : null;
    return { id, title, quantisation: best?.quantisation ?? '', bytes: size, fit, recommended: id === recommended?.id };
  });
  if (options.json) printResult({ models: rows });
  else
    for (const { id, quantisation, bytes, fit, recommended: best } of rows) {
      const size = bytes > 0 ? sizeText(bytes) : 'size not known yet';
      const onGpu = fit === 'gpu' || fit === 'partly';
      const unchecked = onGpu ? uncheckedText(machine.devices[0]) : '';
      const how = fit ? listed([words[fit], unchecked]) : `devstral models plan ${id} asks the hub`;
      process.stdout.write(`${[id, quantisation, size, how, best ? 'recommended' : ''].join('\t').trimEnd()}\n`);
    }
  return 0;
}

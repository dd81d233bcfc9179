import assert from 'node:assert/strict';
import type { Machine } from '../../sidecar/hardware/machine.ts';
import { gpuReserve, needs, type PlanChoice, planChoices, shortage } from '../../sidecar/models/plan/choices.ts';
import {
  choiceText,
  memoryText,
  outcomeText,
  stepDownText,
  uncheckedChoice,
} from '../../sidecar/models/plan/choiceText.ts';
import type { PlannedModel } from '../../sidecar/models/plan/memoryPlan.ts';
import { stepDown } from '../../sidecar/models/plan/stepDown.ts';
import {
  card8,
  card24,
  card24Busy,
  desktop64,
  devstralLarge,
  devstralSmall,
  laptop16,
  mac64,
} from './pretendedMachines.ts';

const trainedContext = 262_144;
const outcome = (model: PlannedModel, machine: Machine) => planChoices(model, machine, { trainedContext });

function choices(model: PlannedModel, machine: Machine): PlanChoice[] {
  const found = outcome(model, machine);
  assert.ok(found.kind === 'fits', JSON.stringify(found));
  return found.choices;
}

const texts = (model: PlannedModel, machine: Machine) =>
  choices(model, machine).map((choice) => choiceText('Q4_K_M', choice, model.layers, machine, 'en'));

describe('plan choices', () => {
  it('puts Devstral Small on a card of 24 GB with more than 32k of exact context', () => {
    const found = texts(devstralSmall, card24);
    assert.equal(found[0], 'Q4_K_M, 48k context, all on GPU, 20.8 of 24 GB, estimate, never measured on CUDA');
    assert.match(
      found[1]!,
      /^Q4_K_M, 96k context \(8-bit cache\), all on GPU, 21\.\d of 24 GB, estimate, never measured on CUDA$/,
    );
    assert.match(found[2]!, /^Q4_K_M, 192k context \(4-bit cache\), all on GPU/);
    assert.equal(found.length, 3);
  });

  it('says of a choice that nobody measured it only where the GPU has a part in it', () => {
    const said = (placement: PlanChoice['placement'], kind: 'cuda' | 'metal' | 'vulkan') =>
      uncheckedChoice({ placement }, { ...card24.devices[0]!, kind });
    assert.equal(said('gpu', 'cuda'), 'estimate, never measured on CUDA');
    assert.equal(said('split', 'metal'), 'estimate, never measured on Metal');
    assert.equal(said('gpu', 'vulkan'), '');
    assert.equal(said('cpu', 'cuda'), '');
    assert.equal(uncheckedChoice({ placement: 'gpu' }, undefined), '');
  });

  it('splits it on a card of 8 GB', () => {
    const found = texts(devstralSmall, card8);
    assert.match(
      found[0]!,
      /^Q4_K_M, 16k context, 1\d of 40 layers on GPU, 6\.\d of 8 GB and \d+(\.\d)? of 32 GB RAM, estimate, never measured on CUDA$/,
    );
    for (const choice of choices(devstralSmall, card8)) assert.equal(choice.placement, 'split');
  });

  it('counts the memory of a Mac once', () => {
    const [best] = choices(devstralSmall, mac64);
    assert.equal(best?.placement, 'gpu');
    const { gpu, ram } = needs(best!.plan);
    assert.ok(gpu + ram < mac64.ram.free);
    assert.match(
      texts(devstralSmall, mac64)[0]!,
      /all on GPU, \d+(\.\d)? of 64 GB, estimate, never measured on Metal$/,
    );
    const tight = { ...mac64, ram: { ...mac64.ram, free: 20 * 2 ** 30 } };
    assert.ok(choices(devstralSmall, tight)[0]!.context < best!.context);
  });

  it('runs on a processor with enough memory', () => {
    assert.match(texts(devstralSmall, desktop64)[0]!, /on the processor, \d+(\.\d)? of 64 GB RAM$/);
  });

  it('says what is too large, however much is free', () => {
    const small = outcome(devstralSmall, laptop16);
    assert.equal(small.kind, 'tooLarge');
    assert.match(outcomeText(small, 'en'), /needs 14\.\d GB of memory, and at most 13\.\d GB can be free/);
    for (const machine of [card24, card8, laptop16, desktop64, mac64]) {
      assert.equal(outcome(devstralLarge, machine).kind, 'tooLarge');
    }
  });

  it('says when other programs have the memory', () => {
    const taken = outcome(devstralSmall, card24Busy);
    assert.ok(taken.kind === 'takenByOthers');
    assert.equal(taken.taken.device, 'cuda');
    assert.match(
      outcomeText(taken, 'en'),
      /^Other programs use the memory on Card: \d+(\.\d)? GB are needed, 6 GB are free\.$/,
    );
    const busy = { ...desktop64, ram: { ...desktop64.ram, free: 6 * 2 ** 30 } };
    const ram = outcome(devstralSmall, busy);
    assert.ok(ram.kind === 'takenByOthers' && ram.taken.device === 'ram');
    assert.match(outcomeText(ram, 'en'), /^Other programs use the memory: /);
  });

  it('says when other programs keep it from the GPU', () => {
    const found = outcome(devstralSmall, { ...card24Busy, ram: card24.ram });
    assert.ok(found.kind === 'fits' && found.taken);
    assert.equal(found.choices[0]?.placement, 'split');
    assert.match(outcomeText(found, 'en'), /6 GB are free\. Without them it would run on the GPU\.$/);
    const free = outcome(devstralSmall, card24);
    assert.ok(free.kind === 'fits' && free.taken === null);
    assert.equal(outcomeText(free, 'en'), '');
  });

  it('falls back to the processor when the GPU is of no use', () => {
    const tiny = { ...card24, devices: [{ ...card24.devices[0]!, total: 2 ** 28, free: 2 ** 28 }] };
    const [best] = choices(devstralSmall, tiny);
    assert.equal(best?.placement, 'cpu');
    assert.equal(best?.plan.devices.length, 1);
  });

  it('steps down after a failed load until nothing is left', () => {
    const [first] = choices(devstralSmall, card24);
    const second = stepDown(devstralSmall, card24, first!, 512);
    assert.equal(second?.context, first!.context / 2);
    assert.equal(stepDownText(first!, second!, 'en'), 'There was no memory for 48k context; it runs with 24k context.');
    let steps = 0;
    for (let at: PlanChoice | null = first!; at; at = stepDown(devstralSmall, card24, at, 512)) {
      assert.ok(steps === 0 || needs(at.plan).gpu < needs(first!.plan).gpu);
      steps++;
    }
    assert.ok(steps > 4 && steps < 30, String(steps));
  });

  it('offers nothing that does not fit, and the longest that does', () => {
    for (const machine of [card24, card8, desktop64, mac64]) {
      for (const choice of choices(devstralSmall, machine)) {
        assert.equal(shortage(choice.plan, machine), null);
        assert.ok(choice.context <= trainedContext);
      }
    }
    const [best] = choices(devstralSmall, card24);
    const { gpu } = needs(best!.plan);
    const without = { ...card24, devices: [{ ...card24.devices[0]!, free: gpu + gpuReserve - 1 }] };
    assert.ok(choices(devstralSmall, without)[0]!.context < best!.context);
  });

  it('keeps to the context that a model was trained with', () => {
    const found = planChoices(devstralSmall, desktop64, { trainedContext: 10_000 });
    assert.ok(found.kind === 'fits');
    assert.deepEqual(
      found.choices.map((choice) => choice.context),
      [9984],
    );
  });

  it('writes sizes in the language', () => {
    assert.equal(memoryText(24 * 2 ** 30, 'en'), '24 GB');
    assert.equal(memoryText(21.34 * 2 ** 30, 'en'), '21.3 GB');
    assert.equal(memoryText(21.34 * 2 ** 30, 'de'), '21,3 GB');
  });
});

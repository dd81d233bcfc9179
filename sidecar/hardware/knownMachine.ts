import { totalmem } from 'node:os';
import { describeMachine, type MachineReport } from './describeMachine.ts';

let looked: Promise<MachineReport> | undefined;

/** This machine, looked at once a process: drivers of GPUs take seconds to answer. */
export function knownMachine(): Promise<MachineReport> {
  looked ??= describeMachine();
  return looked;
}

/** Something about it was changed by us: the next question looks again. */
export function forgetMachine(): void {
  looked = undefined;
}

/** The same for a list that a person waits for: without GPUs if they are not known in time, and then the next time. */
export function knownMachineSoon(limitMs: number): Promise<MachineReport> {
  const total = totalmem();
  const blank: MachineReport = {
    cpu: { model: '', physicalCores: 1, features: [] },
    ram: { total, free: total },
    devices: [],
    failures: [],
    cards: [],
  };
  return Promise.race([
    knownMachine(),
    new Promise<MachineReport>((resolve) => setTimeout(() => resolve(blank), limitMs).unref()),
  ]);
}

import { readFile } from 'node:fs/promises';
import { cpuFlags } from 'systeminformation';
import type { CpuFeature } from './machine.ts';

/** As Linux (`/proc/cpuinfo`), macOS (`sysctl`) and Windows' tools name them. */
const names: Record<CpuFeature, readonly string[]> = {
  avx: ['avx', 'avx1.0'],
  avx2: ['avx2'],
  avx512: ['avx512f'],
  amx: ['amx_int8', 'amx-int8'],
  neon: ['neon', 'asimd', 'advsimd'],
  dotprod: ['asimddp', 'feat_dotprod', 'dotprod'],
  i8mm: ['i8mm', 'feat_i8mm'],
  sve: ['sve'],
};
const all = Object.keys(names) as CpuFeature[];

/** Instruction sets of this processor that matter to llama.cpp; what cannot be found out is taken as missing. */
export async function cpuFeatures(): Promise<CpuFeature[]> {
  // Every Apple processor has these, and the system's list of flags is Intel's.
  if (process.platform === 'darwin' && process.arch === 'arm64') return ['neon', 'dotprod'];
  return featuresOf(await flags());
}

/** Reads a list of flags, separated by white space. */
export function featuresOf(text: string): CpuFeature[] {
  const flags = new Set(text.toLowerCase().split(/\s+/));
  return all.filter((feature) => names[feature].some((name) => flags.has(name)));
}

async function flags(): Promise<string> {
  if (process.platform !== 'linux') return cpuFlags().catch(() => '');
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1] ?? '';
}

/** What a model can run on. Sizes in bytes. */
export interface Machine {
  cpu: {
    /** As the processor calls itself; empty if it is not known. */
    model: string;
    physicalCores: number;
    features: CpuFeature[];
  };
  ram: { total: number; free: number };
  /** Without the processor. */
  devices: Device[];
}

/** Instruction sets for which llama.cpp has code of its own; what it repacks depends on them. */
export type CpuFeature = 'avx' | 'avx2' | 'avx512' | 'amx' | 'neon' | 'dotprod' | 'i8mm' | 'sve';

export interface Device {
  kind: 'cuda' | 'vulkan' | 'metal';
  name: string;
  total: number;
  free: number;
  /** Its memory is the machine's RAM, shared with everything else. */
  unified: boolean;
}

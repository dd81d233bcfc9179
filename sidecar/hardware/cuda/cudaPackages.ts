/** One package of the engine's CUDA binaries on the npm registry, below `@node-llama-cpp/`. Sizes in bytes. */
export interface CudaPackage {
  name: string;
  size: number;
  unpacked: number;
  /** As the registry's `dist.integrity`: `sha512-` and base64. */
  integrity: string;
}

export interface CudaEngine {
  /** That of node-llama-cpp, which takes no other. */
  version: string;
  packages: readonly CudaPackage[];
}

const version = '3.21.1';

/** The first is built with CUDA 13 and for newer cards; the second with CUDA 12 and for older ones. */
const packages: Record<string, readonly CudaPackage[]> = {
  'linux-x64': [
    {
      name: 'linux-x64-cuda',
      size: 142_850_036,
      unpacked: 188_693_843,
      integrity: 'sha512-idsE55VoD/FbvLhnBC9krUJaUoC0XnebseAAnCpm/brKf61HEbu+idgbb5eN6mxkjLSrHtILprJ0nDcUJjVrFg==',
    },
    {
      name: 'linux-x64-cuda-ext',
      size: 176_679_086,
      unpacked: 374_197_990,
      integrity: 'sha512-1PuURowccBcks3CCoMe1mTHh5vD0V5bFHMUEgtbI/OSDjpP+Pdbn+lf42CGUrepTzR8kCH1HovQ7d8q6/vuIKA==',
    },
  ],
  'win32-x64': [
    {
      name: 'win-x64-cuda',
      size: 138_542_727,
      unpacked: 175_510_346,
      integrity: 'sha512-PLz70neFEMkQTlmJqG1ujUtCSgHasLPMxQ9rLkqQVmZYAXqkRj+45TIHCjdn3XqUeaoun0vrO9rRaxZ8NVq9jg==',
    },
    {
      name: 'win-x64-cuda-ext',
      size: 175_417_684,
      unpacked: 367_830_717,
      integrity: 'sha512-L2MxLVEYPDDe4O8EDWPmX6brldc9+Vt9hNoT/anj3pSnmrjkQcmaoKhHs6oP5qhEhb5Uog0rj6lgzNGtJO3p9Q==',
    },
  ],
};

/** The CUDA binaries for a platform; null where none are published. */
export function cudaEngineFor(platform: string = process.platform, arch: string = process.arch): CudaEngine | null {
  const found = packages[`${platform}-${arch}`];
  return found ? { version, packages: found } : null;
}

/** Bytes to download. */
export const downloadBytes = (engine: CudaEngine): number => engine.packages.reduce((sum, { size }) => sum + size, 0);

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { displayLanguage, t } from '../../protocol/translate.ts';

/** The binaries' own file names: llama.cpp's backend is a library beside the addon. */
const backend = process.platform === 'win32' ? 'ggml-cuda.dll' : 'libggml-cuda.so';

/**
 * Why the downloaded CUDA binaries do not run: node-llama-cpp only says that there are none, so they are loaded here and the
 * linker asked. `name` is that of the first package. For a process of its own, which may crash. One line.
 */
export function whyCudaFails(folder: string, name: string): string {
  // The second package's library needs what comes with the addon of the first.
  loadError(join(folder, name, 'bins', name, 'llama-addon.node'));
  const first = loadError(join(folder, name, 'bins', name, backend));
  const second = first && loadError(join(folder, `${name}-ext`, 'bins', name, 'fallback', backend));
  if (first === null || second === null) return t('no card that it can use, or the NVIDIA driver is too old');
  const missing = [first, second].map((reason) => /^(\S+): cannot open shared object file/.exec(reason)?.[1]);
  if (missing.some((library) => library === undefined)) return first;
  const unique = [...new Set(missing)];
  return unique.length > 1
    ? t('{path} are missing', { path: new Intl.ListFormat(displayLanguage()).format(unique.map(String)) })
    : t('{path} is missing', { path: unique[0] ?? '' });
}

/** What the system's linker says of a library; null if it loads. */
function loadError(path: string): string | null {
  if (!existsSync(path)) return t('{path} is missing', { path });
  try {
    process.dlopen({ exports: {} }, path);
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /did not self-register/.test(message) ? null : message;
  }
}

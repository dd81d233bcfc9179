import { posix, win32 } from 'node:path';

export type CacheSource = 'huggingface' | 'lmstudio' | 'ollama';

export interface CacheFolder {
  source: CacheSource;
  path: string;
}

interface Machine {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** The person's home folder. */
  home: string;
  /** What `~/.lmstudio-home-pointer` says, if it is there. */
  lmStudioHome?: string | undefined;
}

/**
 * Where other programs keep models, whether the folders are there or not. Each program's own rules: Hugging Face's
 * "Manage huggingface_hub cache-system", LM Studio's pointer file (older versions: ~/.cache/lm-studio), Ollama's FAQ
 * ("Where are models stored?": the service of its Linux installer has its own user).
 */
export function cacheFolders({ platform, env, home, lmStudioHome }: Machine): CacheFolder[] {
  const { join } = platform === 'win32' ? win32 : posix;
  const huggingFace = env.HF_HOME || join(env.XDG_CACHE_HOME || join(home, '.cache'), 'huggingface');
  const service = platform === 'linux' ? ['/usr/share/ollama/.ollama/models'] : [];
  const bySource: Record<CacheSource, string[]> = {
    huggingface: [env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(huggingFace, 'hub')],
    lmstudio: [lmStudioHome, join(home, '.lmstudio'), join(home, '.cache', 'lm-studio')].flatMap((folder) =>
      folder ? [join(folder, 'models')] : [],
    ),
    ollama: env.OLLAMA_MODELS ? [env.OLLAMA_MODELS] : [join(home, '.ollama', 'models'), ...service],
  };
  return Object.entries(bySource).flatMap(([source, paths]) =>
    [...new Set(paths)].map((path) => ({ source: source as CacheSource, path })),
  );
}

// Environments of the servers that are Python packages, from locked lists, by uv.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findPython } from './install.mjs';

const pythonMinor = '3.12';

const uvVersion = '0.13.9';
export const uv = {
  name: 'uv',
  version: uvVersion,
  size: '60 MB',
  install: (work, step) =>
    step('binary', async (run) => {
      const python = await findPython(pythonMinor);
      await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', work, `uv==${uvVersion}`]);
    }),
};

/** The environment's Python, started by its path so that the folder may be moved. */
export const pythonIn = (folder) => join(folder, 'env', 'bin', 'python');
export const packagesIn = (folder) => join(folder, 'env', 'lib', `python${pythonMinor}`, 'site-packages');

/** Makes an environment with exactly the packages of a list in `python/`. */
export async function makeEnvironment(work, step, uvFolder, list) {
  const command = join(uvFolder, 'bin', 'uv');
  const file = join(import.meta.dirname, 'python', list);
  await step('environment', async (run) => {
    const python = await findPython(pythonMinor);
    await run(command, ['venv', '--clear', '--relocatable', '--python', python, join(work, 'env')]);
  });
  await step('packages', (run) =>
    run(command, ['pip', 'install', '--python', pythonIn(work), '--no-deps', '--requirement', file], {
      env: { ...pipsIndex(), UV_CONCURRENT_INSTALLS: '1' },
    }),
  );
}

/** uv does not read pip's settings: the index that the person set for pip is told to it. */
function pipsIndex() {
  if (process.env.UV_DEFAULT_INDEX || process.env.UV_INDEX_URL) return {};
  const fromPip = spawnSync('python3', ['-m', 'pip', 'config', 'get', 'global.index-url'], { encoding: 'utf8' });
  const index = process.env.PIP_INDEX_URL || (fromPip.status === 0 ? fromPip.stdout.trim() : '');
  return index ? { UV_DEFAULT_INDEX: index } : {};
}

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEnvironment, packagesIn, pythonIn, uv } from './pythonServers.mjs';

const version = '0.32.0';

export const vllm = {
  name: 'vllm',
  version,
  size: '5.9 GB',
  needs: [uv],
  async install(work, step, [uvFolder]) {
    await makeEnvironment(work, step, uvFolder, 'vllm.txt');
    await step('name of the package', () => nameItVllm(packagesIn(work)));
  },
  model: 'tiny',
  key: 'sk-test',
  context: 2048,
  readyPath: '/health',
  start: ({ folder, forms, port }) => ({
    command: pythonIn(folder),
    args: ['-m', 'vllm.entrypoints.cli.main', 'serve', forms.mistral, '--served-model-name', 'tiny']
      .concat(['--tokenizer-mode', 'mistral', '--config-format', 'mistral', '--load-format', 'mistral'])
      .concat(['--tool-call-parser', 'mistral', '--enable-auto-tool-choice', '--reasoning-parser', 'mistral'])
      .concat(['--dtype', 'bfloat16', '--max-model-len', '2048', '--enforce-eager', '--enable-prompt-tokens-details'])
      .concat(['--api-key', 'sk-test', '--host', '127.0.0.1', '--port', String(port)]),
    env: {
      VLLM_CPU_KVCACHE_SPACE: '1',
      VLLM_CPU_OMP_THREADS_BIND: 'nobind',
      VLLM_NO_USAGE_STATS: '1',
      DO_NOT_TRACK: '1',
      HF_HUB_OFFLINE: '1',
      OMP_NUM_THREADS: '2',
    },
  }),
};

/** The command line asks for a distribution "vllm", and takes the processor only if its version says "+cpu". */
async function nameItVllm(packages) {
  const metadata = await readFile(join(packages, `vllm_cpu-${version}.dist-info`, 'METADATA'), 'utf8');
  const folder = join(packages, `vllm-${version}+cpu.dist-info`);
  await mkdir(folder, { recursive: true });
  const renamed = metadata.replace(/^Name: .*$/m, 'Name: vllm').replace(/^Version: .*$/m, `Version: ${version}+cpu`);
  await writeFile(join(folder, 'METADATA'), renamed);
}

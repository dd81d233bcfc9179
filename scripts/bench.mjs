// `npm run bench [-- NAME [ARGUMENT …]]`: the benchmarks as tables and JSON (artifacts/bench-NAME.json). Without a name all
// that need no hour.
import { spawnSync } from 'node:child_process';
import { build } from 'esbuild';
import { prerequisites } from './prerequisites.mjs';

const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};
const run = (args) => spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;

if (run(['esbuild.mjs']) !== 0) process.exit(1);
await build({
  // Beside the benches: programs that they start.
  entryPoints: {
    bench: 'test/bench/main.ts',
    pacedServer: 'test/bench/pacedServerMain.ts',
    agentTurn: 'test/sidecar/agentTurnMain.ts',
  },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  banner,
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
});
// Kills, the agent's promises and the panel need no model, or one from the fixtures.
if (!['kill', 'agent', 'panel'].includes(process.argv[2])) prerequisites.starterModel();
process.exit(run(['dist/bench.mjs', ...process.argv.slice(2)]));

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { starterModel } from '../../sidecar/models/catalog/starter.ts';
import { dataFolders } from '../../sidecar/workspace/dataFolders.ts';
import { runActivationBench } from './activation.bench.ts';
import { runAgentBench } from './agent/agent.bench.ts';
import { runDownloadBench } from './download.bench.ts';
import { runDraftBench } from './draft.bench.ts';
import { runEngineBench } from './engine.bench.ts';
import { runFirstTokenBench } from './firstToken.bench.ts';
import { runFixBench } from './fix/fix.bench.ts';
import { runFuzzBench } from './fuzz.bench.ts';
import { runKillBench } from './kill.bench.ts';
import { runLocalBench } from './local.bench.ts';
import { runPanelBench } from './panel/panel.bench.ts';
import { runPlanBench } from './plan.bench.ts';
import { runPromptBench } from './prompt.bench.ts';
import { runReadAheadBench } from './readAhead.bench.ts';
import { runStreamsBench } from './streams.bench.ts';
import { runTasksBench } from './tasks/tasks.bench.ts';

/** Names of the benchmarks; `fix` takes about an hour on two cores and `tasks` ten minutes, so they run only when named. */
const quick = [
  'prompt',
  'readAhead',
  'activation',
  'firstToken',
  'engine',
  'draft',
  'local',
  'download',
  'streams',
  'fuzz',
  'kill',
  'agent',
  'panel',
];
const modelPath = join(dataFolders().models, starterModel.file);
const log = { info: () => undefined, warn: console.error, error: console.error, recentProblems: () => [] };

const backend = (path = modelPath) =>
  createLocalBackend({
    modelPath: path,
    name: starterModel.name,
    contextSize: 0,
    threads: 0,
    gpu: 'off',
    dataFolder: dataFolders().data,
    log,
  });

async function run(name: string, args: readonly string[]): Promise<unknown> {
  const [argument] = args;
  switch (name) {
    case 'engine':
      return runEngineBench(modelPath);
    case 'local':
      return runLocalBench(modelPath, args);
    case 'download':
      return runDownloadBench();
    case 'plan':
      return runPlanBench();
    case 'fuzz':
      return runFuzzBench();
    case 'kill':
      return runKillBench(Number(argument ?? 1));
    case 'panel':
      return runPanelBench(Number(args.find((each) => /^\d+$/.test(each)) ?? 60), args);
    case 'draft':
      return runDraftBench(modelPath);
    case 'readAhead':
      return runReadAheadBench(backend(argument));
    case 'prompt':
      return runPromptBench(backend());
    case 'streams':
      return runStreamsBench();
    case 'activation':
      return runActivationBench();
    case 'agent':
      return runAgentBench(argument, (line) => console.error(line));
    case 'tasks':
      return runTasksBench(argument, 1);
    case 'firstToken':
      return runFirstTokenBench();
    case 'fix': {
      const table = await runFixBench(backend(), 4, argument, (line) => console.error(line));
      console.table(
        table.rows.map((row) => ({
          ...row,
          greedySeconds: Math.round(row.greedySeconds),
          oursSeconds: Math.round(row.oursSeconds),
        })),
      );
      console.table({ 'one greedy answer': table.greedy, ours: table.ours });
      console.log(`a right answer was among those sampled for ${table.amongSampled} of ${table.rows.length}`);
      return table;
    }
    default:
      throw new Error(`no benchmark "${name}": ${[...quick, 'fix', 'tasks'].join(', ')}`);
  }
}

const [name, ...args] = process.argv.slice(2);
mkdirSync('artifacts', { recursive: true });
for (const each of name ? [name] : quick) {
  console.log(`\n== ${each}`);
  const result = await run(each, args);
  writeFileSync(
    `artifacts/bench-${[each, ...args].join('-').replace(/[^\w-]+/g, '-')}.json`,
    JSON.stringify(result, null, 2),
  );
  console.log(JSON.stringify(result));
}
process.exit(0);

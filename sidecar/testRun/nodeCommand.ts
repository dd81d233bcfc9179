import { type Found, isPath, quoted, type TestRequest, withCoverage } from './testCommand.ts';

type Runner = 'vitest' | 'jest' | 'mocha' | 'node' | 'other';

interface Manager {
  test: string;
  exec: string;
  /** Before the name of a package that tests need. */
  add: string;
}

const npm: Manager = { test: 'npm test --', exec: 'npx --no-install', add: 'npm install --save-dev' };
const bun: Manager = { test: 'bun run test', exec: 'bunx', add: 'bun add --dev' };
const managers: readonly [lock: string, Manager][] = [
  ['pnpm-lock.yaml', { test: 'pnpm test', exec: 'pnpm exec', add: 'pnpm add --save-dev' }],
  ['yarn.lock', { test: 'yarn test', exec: 'yarn', add: 'yarn add --dev' }],
  ['bun.lock', bun],
  ['bun.lockb', bun],
];

/** The command for a project with package.json: its own `test` script where there is one. Pure. */
export function nodeCommand(packageJson: string, paths: readonly string[], request: TestRequest): Found | null {
  const manifest = parsed(packageJson);
  const [, manager = npm] = managers.find(([lock]) => paths.includes(lock)) ?? [];
  const { test, exec } = manager;
  const packages = { ...manifest.dependencies, ...manifest.devDependencies };
  const script = manifest.scripts?.test ?? '';
  if (script !== '' && !/no test specified/.test(script)) {
    // Arguments reach the last command of a script.
    const last = script.split(/&&|;|\|\|/).at(-1) ?? '';
    const runner = runnerOf(last);
    // Options of node must stand before its files, so a plain script is run with them put in.
    if (runner === 'node' && last === script && !script.includes('|')) return plainNode(script, exec, request);
    return withArguments(test, runner, manager, packages, request);
  }
  for (const [name, command] of [
    ['vitest', 'vitest run'],
    ['jest', 'jest'],
    ['mocha', 'mocha'],
  ] as const) {
    if (name in packages) return withArguments(`${exec} ${command}`, name, manager, packages, request);
  }
  const hasTests = paths.some((path) => /[.-]test\.[cm]?[jt]s$|^test\/[^/]+\.[cm]?js$/.test(path));
  return hasTests ? plainNode('node --test', exec, request) : null;
}

interface Manifest {
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

function parsed(text: string): Manifest {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function runnerOf(command: string): Runner {
  if (/\bvitest\b/.test(command)) return 'vitest';
  if (/\bjest\b|\breact-scripts\b.*\btest\b/.test(command)) return 'jest';
  if (/\bmocha\b/.test(command)) return 'mocha';
  return /\bnode\b.*\s--test\b/.test(command) ? 'node' : 'other';
}

const nameOption: Record<Runner, string | null> = { vitest: '-t', jest: '-t', mocha: '-g', node: null, other: null };

function withArguments(
  command: string,
  runner: Runner,
  { exec, add }: Manager,
  packages: Record<string, string>,
  { filter, coverage }: TestRequest,
): Found {
  const option = nameOption[runner];
  const which =
    filter === undefined
      ? ''
      : isPath(filter) || option === null
        ? ` ${quoted(filter)}`
        : ` ${option} ${quoted(filter)}`;
  const run = `${command}${which}`;
  if (!coverage) return { command: trimmed(run) };
  const collect = 'cp "$d/lcov.info" "$f"';
  const without = (name: string): Found => {
    return { command: trimmed(run), noCoverage: `Coverage needs a package: ${add} ${name}.` };
  };
  if (runner === 'vitest') {
    // Without one it runs no test at all.
    if (!Object.keys(packages).some((name) => name.startsWith('@vitest/coverage-')))
      return without('@vitest/coverage-v8');
    const options = '--coverage.enabled=true --coverage.reporter=lcovonly --coverage.reportsDirectory="$d"';
    return { command: withCoverage(`${run} ${options}`, collect) };
  }
  if (runner === 'jest') {
    return {
      command: withCoverage(`${run} --coverage --coverageReporters=lcovonly --coverageDirectory="$d"`, collect),
    };
  }
  const recorder = ['c8', 'nyc'].find((name) => name in packages);
  if (!recorder) return without('c8');
  const folder = recorder === 'c8' ? '--reports-dir' : '--report-dir';
  return { command: withCoverage(`${exec} ${recorder} --reporter=lcovonly ${folder} "$d" ${trimmed(run)}`, collect) };
}

/** npm's `--` is only needed with something after it. */
const trimmed = (command: string) => command.replace(/ --$/, '');

function plainNode(script: string, exec: string, { filter, coverage }: TestRequest): Found {
  const options = [
    ...(filter !== undefined && !isPath(filter) ? [`--test-name-pattern=${quoted(filter)}`] : []),
    ...(coverage
      ? [
          '--experimental-test-coverage --test-reporter=spec --test-reporter-destination=stdout',
          '--test-reporter=lcov --test-reporter-destination="$f"',
        ]
      : []),
  ];
  const file = filter !== undefined && isPath(filter) ? quoted(filter) : null;
  // A file that is asked for takes the place of those that the script names.
  const base = file === null ? script : script.replace(/(\s--test\b).*$/, '$1');
  const run = [base.replace(/\s--test\b/, ` --test${options.map((option) => ` ${option}`).join('')}`), file]
    .filter(Boolean)
    .join(' ');
  // Another program before node is one of the project's packages; an assignment is the shell's.
  const command = /^(?:node\b|\w+=)/.test(run) ? run : `${exec} ${run}`;
  return { command: coverage ? withCoverage(command) : command };
}

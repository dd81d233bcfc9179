import { gradle, maven } from './javaCommand.ts';
import { nodeCommand } from './nodeCommand.ts';
import {
  type Found,
  isPath,
  type ProjectListing,
  quoted,
  type TestCommand,
  type TestRequest,
  whereItStarts,
  withCoverage,
} from './testCommand.ts';

/** Files whose texts decide. */
export const manifests = [
  'package.json',
  'pyproject.toml',
  'pytest.ini',
  'setup.cfg',
  'tox.ini',
  'requirements-dev.txt',
  'requirements.txt',
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Makefile',
  'makefile',
  'GNUmakefile',
] as const;

/** The command that runs a project's tests, or null. Pure. */
export function findTestCommand(project: ProjectListing, request: TestRequest): TestCommand | null {
  for (const find of [node, python, go, cargo, maven, gradle, make]) {
    const found = find(project, request);
    if (found)
      return { reports: [], coverageReports: [], goModule: '', noCoverage: null, coverageNeeds: null, ...found };
  }
  return null;
}

function node({ paths, texts }: ProjectListing, request: TestRequest): Found | null {
  const text = texts['package.json'];
  return text === undefined ? null : nodeCommand(text, paths, request);
}

function python({ paths, texts }: ProjectListing, { filter, coverage }: TestRequest): Found | null {
  const configured = paths.some((path) => /^(?:tests?\/)?(?:pytest\.ini|conftest\.py)$/.test(path));
  const sections = ['pyproject.toml', 'setup.cfg', 'tox.ini'].some((name) =>
    /\[(?:tool[.:])?pytest/.test(texts[name] ?? ''),
  );
  const hasTests = paths.some((path) => /(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(path));
  if (!configured && !sections && !hasTests) return null;
  const venv = paths.find((path) => /^\.?venv\/bin$/.test(path));
  // Its own interpreter needs no program that might install something first.
  const python = venv
    ? `${venv}/python`
    : paths.includes('uv.lock')
      ? 'uv run python'
      : paths.includes('poetry.lock')
        ? 'poetry run python'
        : 'python3';
  const which = filter === undefined ? '' : isPath(filter) ? ` ${quoted(filter)}` : ` -k ${quoted(filter)}`;
  const pytest = `pytest -q --tb=short -rfE -p no:cacheprovider${which}`;
  const plain = `${python} -m ${pytest}`;
  if (!coverage) return { command: plain };
  const recorded = `${python} -m coverage run --data-file="$d/data" --source=. -m ${pytest}`;
  const byCoverage = whereItStarts(`${python} -c 'import coverage'`, recorded, plain);
  const report = `[ -e "$f" ] || ${python} -m coverage json -q --data-file="$d/data" -o "$f" 2>/dev/null`;
  if (!/pytest-cov/.test(Object.values(texts).join('\n'))) {
    return { command: withCoverage(byCoverage, report), coverageNeeds: needs(python, 'coverage') };
  }
  // Named is not installed, nor switched on: pytest itself says whether it knows the option, and ends where it does not.
  const measured = `${plain} --cov=. --cov-report="json:$f"`;
  const probe = `${python} -m pytest --help 2>/dev/null | grep -e --cov=`;
  return {
    command: withCoverage(whereItStarts(probe, measured, byCoverage), report),
    coverageNeeds: needs(python, 'pytest-cov'),
  };
}

const needs = (python: string, name: string) => `Coverage needs a package: ${python} -m pip install ${name}.`;

function go({ texts }: ProjectListing, { filter, coverage }: TestRequest): Found | null {
  const text = texts['go.mod'];
  if (text === undefined) return null;
  const goModule = /^module\s+"?([^\s"]+)/m.exec(text)?.[1] ?? '';
  const folder = filter && isPath(filter) ? filter.replace(/\/?[^/]*\.go$/, '') : null;
  const packages = folder === null ? './...' : quoted(`./${folder.replace(/^\.\//, '')}/...`.replace('//', '/'));
  const run = filter && folder === null ? ` -run ${quoted(filter)}` : '';
  const tests = `go test -json${run}`;
  const command = coverage ? withCoverage(`${tests} -coverprofile="$f" ${packages}`) : `${tests} ${packages}`;
  return { command, goModule };
}

function cargo({ texts }: ProjectListing, { filter, coverage }: TestRequest): Found | null {
  if (texts['Cargo.toml'] === undefined) return null;
  // A path is a module or an integration test: cargo takes names only.
  const name = filter && isPath(filter) ? filter.replace(/^.*\//, '').replace(/\.rs$/, '') : filter;
  const which = name === undefined ? '' : ` ${quoted(name)}`;
  const plain = `cargo test --no-fail-fast${which}`;
  if (!coverage) return { command: plain };
  const measured = `cargo llvm-cov --no-fail-fast --lcov --output-path "$f"${which}`;
  return {
    command: withCoverage(whereItStarts('cargo llvm-cov --version', measured, plain)),
    coverageNeeds: 'Coverage needs a program: cargo install cargo-llvm-cov.',
  };
}

function make({ texts }: ProjectListing, { coverage }: TestRequest): Found | null {
  const text = texts.GNUmakefile ?? texts.makefile ?? texts.Makefile ?? '';
  const target = ['test', 'check', 'tests'].find((name) => new RegExp(`^${name}\\s*:(?!=)`, 'm').test(text));
  if (target === undefined) return null;
  return { command: `make ${target}`, noCoverage: coverage ? 'Coverage is not known for make.' : null };
}

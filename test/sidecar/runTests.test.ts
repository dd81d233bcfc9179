import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chooseSandbox } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import type { Sandbox } from '../../sidecar/commands/sandbox/sandbox.ts';
import { findShell } from '../../sidecar/commands/shell.ts';
import { createRunTestsTool, type RunTestsArgs } from '../../sidecar/tools/runTests.ts';

const open: Sandbox = { kind: 'none', reason: 'a test' };
const starts = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;

describe('run_tests', () => {
  let root = '';
  let said = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-runtests-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      const path = join(root, 'work', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  };
  const asked: (string | null)[] = [];
  async function runTests(args: RunTestsArgs = {}, sandbox = open, home = homedir()) {
    const work = join(root, 'work');
    const tool = createRunTestsTool({
      commands: {
        shell: findShell(),
        sandbox,
        network: () => false,
        outputFolder: join(root, 'outputs'),
        removedFolder: join(root, 'removed'),
        heldFolder: join(root, 'held'),
        cacheFolder: null,
        home,
        hidden: [],
      },
      assess: (command) => {
        asked.push(command);
        return { risk: 'medium', what: command ?? '', reasons: [] };
      },
    });
    const context = {
      roots: [work],
      files: {} as never,
      host: {} as never,
      signal: new AbortController().signal,
      askPerson: async () => null,
      say: (text: string) => {
        said += text;
      },
    };
    await tool.assess?.(args, context);
    return tool.run(args, context);
  }

  const calc = {
    'package.json': '{"type":"module","scripts":{"test":"node --test"}}',
    'calc.js':
      'export const add = (a, b) => a + b;\nexport function sign(n) {\n  if (n < 0) {\n    return -1;\n  }\n  return 1;\n}\n',
    'test/calc.test.js': [
      "import assert from 'node:assert/strict';",
      "import { it } from 'node:test';",
      "import { add, sign } from '../calc.js';",
      "it('adds', () => assert.equal(add(1, 2), 3));",
      "it('signs', () => assert.equal(sign(2), 2));",
    ].join('\n'),
  };

  it('node: what failed and where, one test alone, lines without a test', async () => {
    put(calc);
    const all = await runTests();
    assert.equal(all.ok, false);
    assert.equal(all.summary, '1 passed, 1 failed');
    assert.match(all.text, /^\$ node --test\n1 passed, 1 failed\n\nFAIL signs \(test\/calc\.test\.js:5\)\n {2}/);
    assert.ok(all.text.length < 400, all.text);
    const one = await runTests({ filter: 'adds' });
    assert.equal(one.ok, true);
    assert.match(one.text, /^\$ node --test --test-name-pattern=adds\n1 passed, 0 failed/);
    const covered = await runTests({ coverage: true });
    assert.match(covered.text, /1 passed, 1 failed[\s\S]*% of \d+ lines ran in a test\. Not run:\ncalc\.js: [3-5]/);
    assert.match(said, /signs/);
    assert.doesNotMatch(said, /coverage =|SF:/);
    assert.deepEqual(asked.slice(0, 2), ['node --test', 'node --test --test-name-pattern=adds']);
  });

  it('the same in the sandbox, with its own /tmp', async function () {
    const sandbox = await chooseSandbox({ sandbox: 'auto' });
    if (sandbox.kind !== 'bubblewrap') {
      console.log(`    not tested: ${sandbox.kind === 'none' ? sandbox.reason : sandbox.kind}`);
      return this.skip();
    }
    put(calc);
    const { text } = await runTests({ coverage: true }, sandbox);
    assert.match(text, /1 passed, 1 failed[\s\S]*Not run:\ncalc\.js: [3-5]/);
  });

  it('pytest, where it is installed', async function () {
    if (!starts('python3', '-m', 'pytest', '--version')) {
      console.log('    not tested: pytest is not installed');
      return this.skip();
    }
    put({
      'calc.py': 'def add(a, b):\n    return a - b\n',
      'tests/test_calc.py': 'from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n',
    });
    const { text, summary } = await runTests();
    assert.equal(summary, '0 passed, 1 failed');
    assert.match(text, /FAIL tests\/test_calc\.py::test_add \(tests\/test_calc\.py:5\)\n {2}assert -1 == 3/);
  });

  it('pytest runs where pytest-cov is named and not there', async function () {
    if (!starts('python3', '-m', 'pytest', '--version')) {
      console.log('    not tested: pytest is not installed');
      return this.skip();
    }
    // Then it knows no option of a plugin, whatever is installed here.
    process.env.PYTEST_DISABLE_PLUGIN_AUTOLOAD = '1';
    try {
      put({ 'requirements.txt': 'pytest-cov\n', 'test_a.py': 'def test_a():\n    assert True\n' });
      const { ok, text, summary } = await runTests({ coverage: true });
      assert.ok(ok, text);
      assert.equal(summary, '1 passed, 0 failed');
      // By coverage itself where that is installed.
      assert.match(text, /\n\n(?:No coverage was written\. .*pip install pytest-cov\.|No lines were measured\.)$/);
    } finally {
      delete process.env.PYTEST_DISABLE_PLUGIN_AUTOLOAD;
    }
  });

  it('says which plugin the settings of pytest name that is not there', async function () {
    if (!starts('python3', '-m', 'pytest', '--version')) {
      console.log('    not tested: pytest is not installed');
      return this.skip();
    }
    process.env.PYTEST_DISABLE_PLUGIN_AUTOLOAD = '1';
    try {
      put({
        'pytest.ini': '[pytest]\naddopts = -n auto --cov=src --cov-report=term\n',
        'test_a.py': 'def test_a():\n    assert True\n',
      });
      const { ok, text } = await runTests();
      assert.equal(ok, false);
      assert.match(text, /unrecognized arguments: -n --cov=src/);
      const line =
        'The settings of pytest name what is not installed (--cov of pytest-cov, -n of pytest-xdist): python3 -m pip install pytest-cov pytest-xdist';
      assert.ok(text.endsWith(`\n\n${line}`), text);
      // Any other option that nobody knows is the project's own fault.
      put({ 'pytest.ini': '[pytest]\naddopts = --covers\n' });
      assert.doesNotMatch((await runTests()).text, /not installed/);
    } finally {
      delete process.env.PYTEST_DISABLE_PLUGIN_AUTOLOAD;
    }
  });

  it('runs the python of a virtual environment that is a link, in the sandbox too', async () => {
    const python = '#!/bin/sh\necho "1 passed in 0.01s"\n';
    const home = join(root, 'home');
    for (const name of ['app/bin/python', 'app/pyvenv.cfg', 'bare/bin/python'])
      put({ [`../home/envs/${name}`]: python });
    spawnSync('chmod', ['+x', join(home, 'envs/app/bin/python'), join(home, 'envs/bare/bin/python')]);
    put({ 'test_a.py': '' });
    symlinkSync(join(home, 'envs/app'), join(root, 'work/.venv'));
    const { text } = await runTests();
    assert.match(text, /^\$ \.venv\/bin\/python -m pytest [^\n]*\n1 passed, 0 failed/);
    const sandbox = await chooseSandbox({ sandbox: 'auto' });
    if (sandbox.kind !== 'bubblewrap') return;
    assert.equal((await runTests({}, sandbox, home)).summary, '1 passed, 0 failed');
    // A folder of the home is not shown because a link was made to it.
    rmSync(join(root, 'work/.venv'));
    symlinkSync(join(home, 'envs/bare'), join(root, 'work/.venv'));
    assert.match((await runTests({}, sandbox, home)).text, /\.venv\/bin\/python: No such file/);
  });

  it('shows the output where there are no results', async () => {
    put({ 'package.json': '{"scripts":{"test":"echo setting up; node missing.js"}}' });
    const broken = await runTests();
    assert.equal(broken.ok, false);
    assert.match(broken.text, /^\$ npm test\n[\s\S]*\nsetting up\n[\s\S]*Cannot find module[\s\S]*\[exit 1, /);
    // What was measured is not what was printed.
    put({ 'package.json': '{"scripts":{"test":"node --test gone.js"}}' });
    const covered = await runTests({ coverage: true });
    assert.doesNotMatch(covered.text, /coverage =|SF:/);
    rmSync(join(root, 'work', 'package.json'));
    assert.equal((await runTests()).text, 'No test command was found: run the tests with bash.');
  });

  it('runs the tests also where what measures them is missing, and says what to install', async () => {
    const python = '#!/bin/sh\n[ "$1" = -c ] && exit 1\n[ "$3" = -q ] && echo "1 passed in 0.01s"\n';
    for (const named of ['coverage', 'pytest-cov']) {
      put({ 'test_a.py': '', 'requirements.txt': named, 'venv/bin/python': python });
      spawnSync('chmod', ['+x', join(root, 'work/venv/bin/python')]);
      const { ok, text } = await runTests({ coverage: true });
      assert.ok(ok, text);
      assert.match(
        text,
        /^\$ venv\/bin\/python -m pytest [^\n]*\n1 passed, 0 failed\n\nNo coverage was written\. [^\n]*$/,
      );
      assert.ok(text.endsWith(`venv/bin/python -m pip install ${named}.`), text);
    }
  });

  it('reads the reports that a Java build leaves', async () => {
    // What matters here is the folder and its age; the runner is a script.
    const suite = '<testsuite><testcase name="adds" classname="x.CalcTest"/></testsuite>';
    put({
      'pom.xml': '<project/>',
      'target/surefire-reports/TEST-old.xml': suite.replace('adds', 'old'),
      mvnw: `#!/bin/sh\necho '${suite}' > target/surefire-reports/TEST-x.xml\n`,
    });
    spawnSync('touch', ['-d', '2020-01-01', join(root, 'work/target/surefire-reports/TEST-old.xml')]);
    spawnSync('chmod', ['+x', join(root, 'work/mvnw')]);
    assert.equal((await runTests()).summary, '1 passed, 0 failed');
  });

  it('reads JaCoCo’s reports of this run, also after tests that failed', async () => {
    // A real report; the build is a script that does what its goals are named after.
    const report = readFileSync('test/fixtures/testOutputs/jacoco.xml', 'utf8');
    const suite =
      '<testsuite><testcase name="adds" classname="x.CalcTest"><failure message="no"/></testcase></testsuite>';
    put({
      'pom.xml': '<plugin><artifactId>jacoco-maven-plugin</artifactId></plugin>',
      'report.xml': report,
      'suite.xml': suite,
      'core/src/main/java/x/Calc.java': '',
      'old/target/site/jacoco/jacoco.xml': report,
      'core/target/site/jacoco/jacoco.xml': '',
      'core/target/surefire-reports/none.txt': '',
      mvnw: [
        '#!/bin/sh',
        'for goal; do :; done',
        'exec=$(echo "$3" | cut -d= -f2)',
        'case "$goal" in',
        '*:help) exit "$(cat noPlugin 2>/dev/null || echo 0)";;',
        '*:report) [ -e "$exec" ] && cp report.xml core/target/site/jacoco/jacoco.xml;;',
        'test) case "$*" in *prepare-agent*) touch "$exec";; esac; cp suite.xml core/target/surefire-reports/; exit 1;;',
        'esac',
      ].join('\n'),
    });
    spawnSync('touch', ['-d', '2020-01-01', join(root, 'work/old/target/site/jacoco/jacoco.xml')]);
    spawnSync('chmod', ['+x', join(root, 'work/mvnw')]);
    const { text } = await runTests({ coverage: true });
    assert.match(text, /^\$ \.\/mvnw -B -q test\n0 passed, 1 failed/);
    assert.ok(text.endsWith('60 % of 5 lines ran in a test. Not run:\ncore/src/main/java/x/Calc.java: 3, 10'), text);
    spawnSync('touch', ['-d', '2020-01-01', join(root, 'work/core/target/site/jacoco/jacoco.xml')]);
    put({ noPlugin: '1' });
    const without = await runTests({ coverage: true });
    assert.match(without.text, /^\$ \.\/mvnw -B -q test\n0 passed, 1 failed[\s\S]*No coverage was written\. .*:help\)/);
    // Where no test ran at all, that is not what is missing.
    for (const name of ['suite.xml', 'core/target/surefire-reports/suite.xml']) rmSync(join(root, 'work', name));
    const broken = await runTests({ coverage: true });
    assert.ok(broken.text.endsWith('No coverage was written. See the output of the command.'), broken.text);
  });
});

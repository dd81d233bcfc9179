import assert from 'node:assert/strict';
import { findTestCommand } from '../../sidecar/testRun/findTestCommand.ts';
import type { TestRequest } from '../../sidecar/testRun/testCommand.ts';

/** `texts`: manifests, which are in the listing as well. */
const find = (texts: Record<string, string>, paths: string[] = [], request: TestRequest = {}) =>
  findTestCommand({ paths: [...Object.keys(texts), ...paths], texts }, request);
const command = (...of: Parameters<typeof find>) => find(...of)?.command;
const npm = (test: string, devDependencies: Record<string, string> = {}) => ({
  'package.json': JSON.stringify({ scripts: { test }, devDependencies }),
});

describe('the command that runs a project’s tests', () => {
  it('npm, pnpm, yarn, bun: the script of the project', () => {
    assert.equal(command(npm('mocha')), 'npm test');
    assert.equal(command(npm('vitest run'), ['pnpm-lock.yaml']), 'pnpm test');
    assert.equal(command(npm('jest'), ['yarn.lock'], { filter: 'adds it' }), "yarn test -t 'adds it'");
    assert.equal(command(npm('eslint . && mocha'), [], { filter: 'adds' }), 'npm test -- -g adds');
    assert.equal(command(npm('jest'), [], { filter: 'src/a.test.js' }), 'npm test -- src/a.test.js');
    assert.equal(command({ 'package.json': '{"devDependencies":{"vitest":"1"}}' }), 'npx --no-install vitest run');
    assert.equal(command(npm('echo "Error: no test specified" && exit 1'), ['test/a.js']), 'node --test');
    assert.equal(command({ 'package.json': 'broken' }), undefined);
  });

  it('node --test: its options stand before its files', () => {
    assert.equal(
      command(npm('node --test test/'), [], { filter: "it's" }),
      `node --test --test-name-pattern='it'\\''s' test/`,
    );
    assert.equal(command(npm('node --test test/'), [], { filter: 'test/a.js' }), 'node --test test/a.js');
    assert.match(
      command(npm('node --import tsx --test test/*.ts'), [], { coverage: true }) ?? '',
      /; node --import tsx --test --experimental-test-coverage .* --test-reporter-destination="\$f" test\/\*\.ts; code=/,
    );
  });

  it('programs before node --test are the project’s packages', () => {
    assert.equal(
      command(npm('c8 node --test'), [], { filter: 'x' }),
      'npx --no-install c8 node --test --test-name-pattern=x',
    );
    assert.equal(command(npm('A=1 node --test')), 'A=1 node --test');
  });

  it('coverage of others: by what they have, else a reason', () => {
    assert.match(
      command(npm('jest'), [], { coverage: true }) ?? '',
      /--coverageReporters=lcovonly --coverageDirectory="\$d"; code/,
    );
    assert.match(
      command(npm('mocha', { c8: '1' }), [], { coverage: true }) ?? '',
      /npx --no-install c8 .* npm test; code/,
    );
    const without = find(npm('mocha'), [], { coverage: true });
    assert.equal(without?.command, 'npm test');
    assert.equal(without?.noCoverage, 'Coverage needs a package: npm install --save-dev c8.');
    const yarn = find(npm('ava'), ['yarn.lock'], { coverage: true });
    assert.equal(yarn?.noCoverage, 'Coverage needs a package: yarn add --dev c8.');
    const vitest = find(npm('vitest run', { vitest: '3' }), ['pnpm-lock.yaml'], { coverage: true });
    assert.equal(vitest?.command, 'pnpm test');
    assert.equal(vitest?.noCoverage, 'Coverage needs a package: pnpm add --save-dev @vitest/coverage-v8.');
    assert.match(
      command(npm('vitest run', { '@vitest/coverage-istanbul': '3' }), [], { coverage: true }) ?? '',
      /--coverage\.enabled=true .* cp "\$d\/lcov\.info" "\$f"/,
    );
  });

  it('pytest: in the environment of the project', () => {
    const base = 'pytest -q --tb=short -rfE -p no:cacheprovider';
    assert.equal(command({}, ['tests', 'tests/test_a.py']), `python3 -m ${base}`);
    assert.equal(
      command({ 'pyproject.toml': '[tool.pytest.ini_options]' }, ['.venv/bin']),
      `.venv/bin/python -m ${base}`,
    );
    assert.equal(command({}, ['uv.lock', 'conftest.py', '.venv/bin']), `.venv/bin/python -m ${base}`);
    assert.equal(command({}, ['uv.lock', 'conftest.py'], { filter: 'adds' }), `uv run python -m ${base} -k adds`);
    assert.equal(
      command({}, ['test_a.py'], { filter: 'test_a.py::test_x[1]' }),
      `python3 -m ${base} 'test_a.py::test_x[1]'`,
    );
    assert.match(
      command({}, ['test_a.py'], { coverage: true }) ?? '',
      /python3 -m coverage run .*python3 -m coverage json/,
    );
    assert.match(
      command({ 'requirements.txt': 'pytest-cov' }, ['test_a.py'], { coverage: true }) ?? '',
      /--cov-report="json:\$f"/,
    );
    assert.equal(command({ 'pyproject.toml': '[project]' }, ['a.py']), undefined);
  });

  it('go, cargo, Maven, Gradle, make', () => {
    const mod = { 'go.mod': 'module example.com/calc\n' };
    assert.deepEqual(find(mod), {
      command: 'go test -json ./...',
      reports: [],
      coverageReports: [],
      goModule: 'example.com/calc',
      noCoverage: null,
      coverageNeeds: null,
    });
    assert.equal(command(mod, [], { filter: 'TestAdd' }), 'go test -json -run TestAdd ./...');
    assert.equal(command(mod, [], { filter: 'calc/calc_test.go' }), 'go test -json ./calc/...');
    assert.equal(command(mod, [], { filter: 'calc_test.go' }), 'go test -json ./...');
    assert.equal(command({ 'Cargo.toml': '' }, [], { filter: 'tests/parse.rs' }), 'cargo test --no-fail-fast parse');
    const maven = find({ 'pom.xml': '' }, ['mvnw'], { filter: 'src/test/java/x/CalcTest.java', coverage: true });
    assert.match(maven?.command ?? '', /^\.\/mvnw -B -q -Dtest=CalcTest .* test$/);
    assert.equal(command({ 'build.gradle.kts': '' }, ['gradlew']), './gradlew --console=plain test');
    assert.equal(command({ Makefile: 'all:\n\ncheck: all\n\t./run\n' }), 'make check');
    assert.equal(command({ Makefile: 'test := 1\n' }), undefined);
    assert.equal(command({}), undefined);
  });

  it('coverage of Java: where the build has JaCoCo, else what to add; the report also after tests that failed', () => {
    const coverage = { coverage: true };
    const plugin = '<plugin><artifactId>jacoco-maven-plugin</artifactId></plugin>';
    const maven = find({ 'pom.xml': plugin }, [], coverage);
    assert.match(
      maven?.command ?? '',
      /if mvn .*:help >.*; then mvn .*destFile="\$d\/.*:prepare-agent test; else mvn -B -q test; fi; code=\$\?; .* mvn .*:report; echo/,
    );
    assert.deepEqual(maven?.coverageReports, ['target/site/jacoco', '*/target/site/jacoco']);
    for (const pom of ['', `<!-- ${plugin} -->`]) {
      const without = find({ 'pom.xml': pom }, [], coverage);
      assert.equal(without?.command, 'mvn -B -q test');
      assert.match(without?.noCoverage ?? '', /jacoco-maven-plugin in pom\.xml/);
    }
    const applied: Record<string, string[]> = {
      'build.gradle': ["plugins { id 'jacoco' }", "apply plugin: 'jacoco'"],
      'build.gradle.kts': ['plugins {\n  jacoco\n}', 'plugins { id("jacoco") }', 'apply(plugin = "jacoco")'],
    };
    for (const [name, texts] of Object.entries(applied)) {
      for (const text of texts) {
        const gradle = find({ [name]: text }, ['gradlew'], { ...coverage, filter: 'CalcTest' });
        assert.match(
          gradle?.command ?? '',
          /; \.\/gradlew .* cleanTest test --tests '\*CalcTest\*'; code=\$\?; .* -x test .*jacocoTestReport; echo/,
          text,
        );
      }
      const without = find({ [name]: "id 'java'\njacoco { toolVersion = '1' }" }, [], coverage);
      assert.equal(without?.command, 'gradle --console=plain test');
      assert.equal(without?.noCoverage, `Coverage needs the plugin jacoco in ${name}.`);
    }
  });
});

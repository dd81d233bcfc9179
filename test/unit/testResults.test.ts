import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { coverageText, rangesText, readCoverage } from '../../sidecar/testRun/coverage.ts';
import { withoutGoEvents } from '../../sidecar/testRun/goTest.ts';
import { readJacoco } from '../../sidecar/testRun/jacoco.ts';
import { readJunit } from '../../sidecar/testRun/junit.ts';
import { readTestOutput } from '../../sidecar/testRun/readTestOutput.ts';
import { reportText, shortMessage, type TestReport } from '../../sidecar/testRun/testReport.ts';

const recorded = (name: string) => readFileSync(join('test/fixtures/testOutputs', name), 'utf8');
const counts = (report: TestReport | null) => report && [report.passed, report.failed, report.skipped];
const places = (report: TestReport | null) => report?.failures.map(({ name, file, line }) => `${name} ${file}:${line}`);

describe('results of tests, as runners really printed them', () => {
  it('pytest: short, long, and what could not be collected', () => {
    for (const name of ['pytest.txt', 'pytest-long.txt']) {
      const report = readTestOutput(recorded(name));
      assert.deepEqual(counts(report), [2, 4, 1], name);
      assert.deepEqual(places(report), [
        'tests/test_calc.py::test_sign[2--1] tests/test_calc.py:12',
        'tests/test_calc.py::test_divide calc.py:7',
        'tests/test_calc.py::TestMore::test_strings tests/test_calc.py:35',
        'tests/test_calc.py::test_fixture tests/test_calc.py:26',
      ]);
      assert.equal(report?.failures[1]?.message, 'ValueError: division by zero');
    }
    const broken = readTestOutput(recorded('pytest-collection.txt'));
    assert.deepEqual(counts(broken), [0, 1, 0]);
    assert.match(broken?.failures[0]?.message ?? '', /^ModuleNotFoundError: No module named 'nothing_here'$/);
    assert.deepEqual(counts(readTestOutput('\nno tests ran in 0.01s\n')), [0, 0, 0]);
    assert.deepEqual(
      counts(readTestOutput('===== 12 passed, 1 xfailed, 2 warnings in 65.10s (0:01:05) =====')),
      [12, 0, 1],
    );
  });

  it('go test: subtests, a panic, a package that does not build', () => {
    const report = readTestOutput(recorded('go-test.jsonl'), 'example.com/calc');
    assert.deepEqual(counts(report), [2, 3, 1]);
    assert.deepEqual(places(report), [
      'broken broken/broken.go:3',
      'calc.TestSign/negative calc/calc_test.go:15',
      'calc.TestPanic /home/me/go/calc/calc_test.go:25',
    ]);
    assert.equal(report?.failures[1]?.message, 'Sign(-2) = -1, want 1');
    assert.match(report?.failures[2]?.message ?? '', /^panic: assignment to entry in nil map/);
  });

  it('go test for a person: what it prints without -json', () => {
    const shown = withoutGoEvents(recorded('go-test.jsonl'));
    assert.doesNotMatch(shown, /"Action"/);
    assert.match(shown, /^=== RUN/m);
    assert.match(shown, /^(?: {4})?--- FAIL: \w+/m);
    assert.equal(withoutGoEvents('plain\n\nend\n'), 'plain\n\nend\n');
  });

  it('cargo test, and an error of its compiler', () => {
    const report = readTestOutput(recorded('cargo.txt'));
    assert.deepEqual(counts(report), [1, 2, 1]);
    assert.deepEqual(places(report), ['tests::adds_wrong src/lib.rs:16', 'tests::panics src/lib.rs:26']);
    assert.equal(report?.failures[0]?.message, 'assertion `left == right` failed: sums differ\n  left: 3\n right: 4');
    const broken = readTestOutput('error[E0308]: mismatched types\n --> src/lib.rs:2:5\n  |\n');
    assert.deepEqual(places(broken), ['does not compile src/lib.rs:2']);
  });

  it('node:test as spec and TAP, mocha, jest, vitest', () => {
    const expected: Record<string, { counts: number[]; places: string[] }> = {
      'node-spec.txt': {
        counts: [2, 2, 2],
        places: [
          'adds # strings file:///home/me/js/test/calc.test.mjs:7',
          'throws file:///home/me/js/test/calc.test.mjs:15',
        ],
      },
      'node.tap': {
        counts: [2, 2, 2],
        places: ['add > adds # strings /home/me/js/test/calc.test.mjs:7', 'throws /home/me/js/test/calc.test.mjs:14'],
      },
      'mocha.txt': {
        counts: [1, 2, 2],
        places: ['add > adds strings m/calc.test.js:7', 'sign > throws m/calc.test.js:14'],
      },
      'jest.txt': {
        counts: [1, 3, 2],
        places: [
          'add > adds strings calc.test.js:6',
          'sign > throws calc.test.js:13',
          'broken.test.js (not loaded) broken.test.js:1',
        ],
      },
      'vitest.txt': {
        counts: [1, 3, 2],
        places: [
          'broken.test.mjs (not loaded) broken.test.mjs:1',
          'add > adds strings calc.test.mjs:7',
          'sign > throws calc.test.mjs:14',
        ],
      },
    };
    for (const [name, { counts: wanted, places: where }] of Object.entries(expected)) {
      const report = readTestOutput(recorded(name));
      assert.deepEqual(counts(report), wanted, name);
      assert.deepEqual(places(report), where, name);
      assert.match(report?.failures.map(({ message }) => message).join() ?? '', /no such thing/, name);
    }
  });

  it('JUnit of Surefire, pytest and node:test', () => {
    assert.deepEqual(counts(readJunit(recorded('surefire-junit.xml'))), [1, 2, 1]);
    assert.deepEqual(places(readJunit(recorded('surefire-junit.xml'))), [
      'x.CalcTest.breaks CalcTest.java:24',
      'x.CalcTest.addsWrong CalcTest.java:15',
    ]);
    const python = readJunit(recorded('pytest-junit.xml'));
    assert.deepEqual(counts(python), [2, 4, 1]);
    assert.deepEqual(python?.failures[0], {
      name: 'tests.test_calc.test_sign[2--1]',
      file: 'tests/test_calc.py',
      line: 12,
      message: 'assert 1 == -1\n +  where 1 = sign(2)',
    });
    assert.deepEqual(counts(readJunit(recorded('node-junit.xml'))), [2, 2, 2]);
    assert.equal(readJunit('<html><body/></html>'), null);
    assert.equal(readJunit('<testsuites'), null);
    assert.deepEqual(counts(readJunit('<testsuites/>')), [0, 0, 0]);
  });

  it('a script that runs two runners gives one result, and other output none', () => {
    assert.deepEqual(counts(readTestOutput(recorded('mocha.txt') + recorded('jest.txt'))), [2, 5, 4]);
    assert.equal(readTestOutput('compiled 12 files in 3 s\nok\n'), null);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
        readTestOutput(text);
        readJunit(`<testsuite>${text}`);
        readCoverage(text);
        readJacoco(`<report>${text}`);
      }),
      { numRuns: 300 },
    );
  });

  it('few tokens for the model', () => {
    const report = readTestOutput(recorded('node-spec.txt'));
    assert.ok(report);
    assert.equal(
      reportText(report, '/home/me/js'),
      [
        '2 passed, 2 failed, 2 skipped',
        '',
        'FAIL adds # strings (test/calc.test.mjs:7)',
        '  AssertionError [ERR_ASSERTION]: Expected values to be strictly deep-equal:',
        '  + actual - expected',
        '    {',
        "  +   a: '12'",
        '  -   a: 3',
        '    }',
        '',
        'FAIL throws (test/calc.test.mjs:15)',
        '  Error: no such thing',
      ].join('\n'),
    );
    const failure = { name: 'a', message: shortMessage('x\n'.repeat(500)) };
    const many = reportText({ passed: 0, failed: 500, skipped: 0, failures: Array(500).fill(failure) }, '/');
    assert.match(many, /\(488 failures more\)$/);
    assert.ok(many.length < 10_000);
  });

  it('lines without a test, as JaCoCo writes them', () => {
    const report = recorded('jacoco.xml');
    assert.deepEqual(readJacoco(report), [{ file: 'x/Calc.java', missing: [3, 10], lines: 5 }]);
    // Modules of an aggregated report; a line of which a part ran has run; the package without a name.
    const line = (nr: number, ran: number) => `<line nr="${nr}" mi="2" ci="${ran}" mb="0" cb="0"/>`;
    const file = (name: string, lines: string) => `<sourcefile name="${name}">${lines}</sourcefile>`;
    const groups = [
      `<package name="a/b">${file('A.kt', line(1, 1) + line(2, 0))}</package>`,
      `<package name="">${file('Top.java', line(7, 0))}</package>`,
    ].map((inner) => `<group name="m">${inner}</group>`);
    assert.deepEqual(readJacoco(`<report name="all"><group name="g">${groups.join('')}</group></report>`), [
      { file: 'a/b/A.kt', missing: [2], lines: 2 },
      { file: 'Top.java', missing: [7], lines: 1 },
    ]);
    assert.equal(readJacoco('<testsuite/>'), null);
  });

  it('lines without a test, in four formats', () => {
    const python = '66 % of 12 lines ran in a test. Not run:\ncalc.py: 8, 14-16';
    assert.equal(coverageText(readCoverage(recorded('coverage-py.json')) ?? [], '/'), python);
    assert.equal(coverageText(readCoverage(recorded('coverage-py.xml')) ?? [], '/'), python);
    const lcov = coverageText(readCoverage(recorded('node-lcov.info')) ?? [], '/');
    assert.equal(lcov, '50 % of 8 lines ran in a test. Not run:\ncalc.mjs: 4-7');
    const go = coverageText(readCoverage(recorded('go-cover.out'), 'example.com/calc') ?? [], '/');
    assert.match(go, /Not run:\ncalc\/calc\.go: 12$/);
    // The same file in two parts: a line that ran in one of them has run.
    const two = 'SF:/w/a.js\nDA:1,0\nDA:2,0\nend_of_record\nSF:/w/a.js\nDA:1,3\nDA:2,0\nend_of_record\n';
    assert.deepEqual(readCoverage(two), [{ file: '/w/a.js', missing: [2], lines: 2 }]);
    assert.equal(coverageText(readCoverage(two) ?? [], '/w'), '50 % of 2 lines ran in a test. Not run:\na.js: 2');
    assert.equal(rangesText([1, 2, 3, 7, 9, 10]), '1-3, 7, 9-10');
    assert.equal(readCoverage('nothing'), null);
  });
});

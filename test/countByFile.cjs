/**
 * Counts a mocha run by test file, for a second run of those that failed. Answers an object that fills as the run goes:
 * path → `{ passed, failed, failures }`, a failure as `{ title, error }`: its suites and its name, its message and stack.
 */
module.exports = function countByFile(runner) {
  const files = {};
  const of = ({ file }) => {
    files[file ?? ''] ??= { passed: 0, failed: 0, failures: [] };
    return files[file ?? ''];
  };
  runner.on('pass', (test) => of(test).passed++);
  runner.on('fail', (test, error) => {
    of(test).failed++;
    of(test).failures.push({ title: test.fullTitle(), error: String(error?.stack ?? error?.message ?? error) });
  });
  return files;
};

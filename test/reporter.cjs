// Mocha's spec reporter that also leaves the counts in the file named by DEVSTRAL_TEST_REPORT, for the closing line.
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');
const countByFile = require('./countByFile.cjs');

module.exports = class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const files = countByFile(runner);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const report = process.env.DEVSTRAL_TEST_REPORT;
      const counts = { passed: passes, failed: failures, skipped: pending, files };
      if (report) writeFileSync(report, JSON.stringify(counts));
    });
  }
};

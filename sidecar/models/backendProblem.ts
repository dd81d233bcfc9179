import type { ProblemReport } from '../protocol/problems.ts';

/** Thrown by `capabilities` and `countTokens` when the model cannot be loaded or reached: they have no other way to say it. */
export class BackendProblem extends Error {
  readonly problem: ProblemReport;

  constructor(report: ProblemReport) {
    super(`${report.title}: ${report.sentence}`);
    this.problem = report;
  }
}

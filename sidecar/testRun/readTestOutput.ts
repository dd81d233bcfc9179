import { readCargoTest } from './cargoTest.ts';
import { readGoTest } from './goTest.ts';
import { readJest, readVitest } from './jest.ts';
import { readMocha } from './mocha.ts';
import { readNodeTest } from './nodeTest.ts';
import { readPytest } from './pytest.ts';
import { readTap } from './tap.ts';
import { joinReports, type TestReport } from './testReport.ts';

/**
 * What an output says of tests, whatever ran them: a script may run several runners, and each is known by its closing lines.
 * Null if none is.
 */
export function readTestOutput(text: string, goModule = ''): TestReport | null {
  const go = readGoTest(text, goModule);
  if (go) return go;
  const readers = [readPytest, readCargoTest, readTap, readNodeTest, readMocha, readJest, readVitest];
  return joinReports(readers.flatMap((read) => read(text) ?? []));
}

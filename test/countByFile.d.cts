import type { Runner } from 'mocha';

interface FileCounts {
  passed: number;
  failed: number;
  failures: string[];
}

declare function countByFile(runner: Runner): Record<string, FileCounts>;
export = countByFile;

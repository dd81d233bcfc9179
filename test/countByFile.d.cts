import type { Runner } from 'mocha';

interface FileCounts {
  passed: number;
  failed: number;
  failures: { title: string; error: string }[];
}

declare function countByFile(runner: Runner): Record<string, FileCounts>;
export = countByFile;

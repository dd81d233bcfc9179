import { answerFuzz } from '../unit/anyAnswer.ts';
import { readDamagedHeaders } from '../unit/damagedHeaders.ts';

export interface FuzzRow {
  what: string;
  inputs: number;
  'inputs a second': number;
}

const inputs = 100_000;

/** A hundred thousand seeded inputs for the header reader and each parser; the first that is not taken throws. */
export async function runFuzzBench(): Promise<FuzzRow[]> {
  const rows: FuzzRow[] = [];
  const all = { ...answerFuzz, 'GGUF headers': readDamagedHeaders };
  for (const [what, fuzz] of Object.entries(all)) {
    const startedAt = performance.now();
    await fuzz(inputs, 11);
    rows.push({ what, inputs, 'inputs a second': Math.round((inputs * 1000) / (performance.now() - startedAt)) });
    console.error(`${what}: ${inputs} inputs`);
  }
  console.table(rows);
  return rows;
}

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BenchServeOptions, readBenchOptions } from '../../sidecar/cli/benchOptions.ts';
import { CommandFailed } from '../../sidecar/cli/common.ts';

describe('options of devstral bench serve', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'devstral-bench-'));
  writeFileSync(join(cwd, 'empty.txt'), ' \n');
  writeFileSync(join(cwd, 'bad.jsonl'), '"good"\n{"bad": 1}\n');
  const read = (options: BenchServeOptions) => readBenchOptions({ cwd, ...options });

  it('takes nothing, numbers as numbers or text, and lists', () => {
    const plain = read({});
    assert.equal(plain.plan.requests, 32);
    assert.deepEqual(plain.plan.loads, [{ kind: 'closed', concurrency: 1 }]);
    assert.equal(plain.plan.workload.name, 'random');
    assert.equal(plain.svg, null);
    const swept = read({ requests: 64, concurrency: '1,4,16', seed: '0', warmup: 0, svg: 'x.svg', timeout: 2 });
    assert.deepEqual(
      swept.plan.loads.map(({ concurrency }) => concurrency),
      [1, 4, 16],
    );
    assert.deepEqual(
      [swept.plan.seed, swept.plan.warmup, swept.silenceMs, swept.svg],
      [0, 0, 2000, join(cwd, 'x.svg')],
    );
    assert.deepEqual(read({ rate: 0.5 }).plan.loads, [{ kind: 'rate', perSecond: 0.5, concurrency: null }]);
    assert.deepEqual(read({ rate: 8, concurrency: 4 }).plan.loads, [{ kind: 'rate', perSecond: 8, concurrency: 4 }]);
  });

  it('takes another seed each time it is given none', () => {
    assert.notEqual(read({}).plan.seed, read({}).plan.seed);
  });

  const wrong: [BenchServeOptions, RegExp][] = [
    [{ requests: 0 }, /^--requests is a whole number from 1 to 1000000, not "0"$/],
    [{ requests: 'many' }, /^--requests .* not "many"$/],
    [{ requests: 1e21 }, /^--requests/],
    [{ concurrency: '1,x' }, /^--concurrency .* not "x"$/],
    [{ concurrency: '1,,2' }, /^--concurrency .* not ""$/],
    [{ concurrency: 64 }, /^32 requests are never 64 at once: raise --requests$/],
    [{ rate: 0 }, /^--rate/],
    [{ rate: -1 }, /^--rate .* not "-1"$/],
    [{ rate: 'fast' }, /^--rate .* not "fast"$/],
    [{ rate: 5, workload: 'agent' }, /^--rate: a turn/],
    [{ workload: 'sonnets' }, /^--workload is one of random, file, agent$/],
    [{ workload: 'file' }, /^--workload file needs --file FILE$/],
    [{ workload: 'random', file: 'empty.txt' }, /^--file goes with --workload file$/],
    [{ workload: 'agent', inputTokens: 5 }, /^--input-tokens/],
    [{ outputTokens: 0 }, /^--output-tokens/],
    [{ file: 'missing.txt' }, /^missing\.txt cannot be read \(ENOENT\)$/],
    [{ file: '.' }, /^\. cannot be read \(EISDIR\)$/],
    [{ file: 'empty.txt' }, /^empty\.txt: it has no text$/],
    [{ file: 'bad.jsonl' }, /^bad\.jsonl: line 2 is not/],
    [{ seed: 1.5 }, /^--seed/],
    [{ seed: 2 ** 32 }, /^--seed/],
    [{ warmup: -3 }, /^--warmup/],
    [{ timeout: 0 }, /^--timeout/],
    [{ svg: 'nowhere/x.svg' }, /^--svg: the folder of .* cannot be written \(ENOENT\)$/],
    [{ details: 'nowhere/x.jsonl' }, /^--details: /],
  ];
  for (const [options, line] of wrong) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => read(options),
        (error) => error instanceof CommandFailed && line.test(error.message),
      );
    });
  }
});

import assert from 'node:assert/strict';
import { type FixInput, fixFile } from '../../sidecar/agent/fixFile.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import type { TurnProgress } from '../../sidecar/protocol/progress.ts';
import type { FileDiagnostic } from '../../sidecar/protocol/text.ts';
import { decodedText, hashText } from '../../sidecar/workspace/fileText.ts';

const buggy = `def mean(values):
    """The arithmetic mean."""
    return sum(values) / (len(values) - 1)
`;
const fixed = buggy.replace('(len(values) - 1)', 'len(values)');
const otherFix = buggy.replace('(len(values) - 1)', 'max(1, len(values))');
const block = (text: string) => `The divisor is wrong.\n\`\`\`python\n${text}\`\`\``;

interface Options {
  text?: string;
  contextSize?: number;
  newProblems?: FileDiagnostic[];
  rewriteRate?: number;
  attempts?: number;
  instruction?: string;
  cancelAfter?: number;
}

/** A backend that gives these answers in turn, token by token, and counts a token per four characters. */
function scripted(
  answers: (string | ModelEvent)[],
  contextSize: number,
  requests: StreamRequest[],
  onText: () => void,
  rewriteRate?: number,
): Backend {
  const count = (text: string) => Math.ceil(text.length / 4);
  async function* stream(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    requests.push(request);
    const answer = answers[requests.length - 1] ?? '';
    if (typeof answer !== 'string') {
      yield answer;
      return;
    }
    yield { type: 'prefill', done: 10, total: 10, reused: 0 };
    for (const piece of answer.match(/[\s\S]{1,8}/g) ?? []) {
      yield { type: 'text', text: piece };
      onText();
      if (signal.aborted) {
        yield { type: 'finish', reason: 'cancelled' };
        return;
      }
    }
    yield { type: 'finish', reason: 'stop' };
  }
  return {
    name: 'scripted',
    kind: 'local',
    prepare: async function* () {},
    capabilities: async () => ({
      contextSize,
      tools: false,
      images: false,
      exactTokenCounts: true,
      decodeRate: 10,
      prefillRate: 100,
      ...(rewriteRate === undefined ? {} : { rewriteRate }),
    }),
    countTokens: async (messages) => messages.reduce((sum, message) => sum + count(message.content), 0),
    stream,
    dispose: async () => undefined,
  };
}

async function run(answers: (string | ModelEvent)[], options: Options = {}) {
  const requests: StreamRequest[] = [];
  const progress: TurnProgress[] = [];
  const abort = new AbortController();
  let pieces = 0;
  const onText = () => {
    if (options.cancelAfter !== undefined && ++pieces >= options.cancelAfter) abort.abort();
  };
  const backend = scripted(answers, options.contextSize ?? 8192, requests, onText, options.rewriteRate);
  const text = options.text ?? buggy;
  const input: FixInput = {
    uri: 'file:///work/stats.py',
    path: 'stats.py',
    languageId: 'python',
    file: decodedText(text, { kind: 'disk', sha256: hashText(text) }),
    instruction: options.instruction,
    diagnostics: [],
    roots: ['/work'],
  };
  const result = await fixFile(input, {
    backend,
    host: { newDiagnostics: async () => options.newProblems ?? null },
    readOther: async () => null,
    attempts: options.attempts ?? 4,
    report: (report) => progress.push(report),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, recentProblems: () => [] },
    signal: abort.signal,
  });
  return { result, requests, progress };
}

const proposed = (result: FixResult) =>
  result.kind === 'proposed' ? result.changeSet.files[0]?.proposedText : result.kind;

describe('fixFile: an answer is a candidate', () => {
  it('stops when two agree, and the prompt of every sample is the same', async () => {
    const { result, requests } = await run([block(fixed), block(`${fixed}\n# done\n`), block(otherFix)]);
    assert.equal(proposed(result), fixed);
    assert.equal(requests.length, 2);
    assert.deepEqual(requests[0]?.messages, requests[1]?.messages);
    assert.equal(requests[0]?.sampling.temperature, 0);
    assert.ok((requests[1]?.sampling.temperature ?? 0) > 0);
  });

  it('takes the majority over the first', async () => {
    const { result, requests } = await run([block(otherFix), block(fixed), block(fixed)]);
    assert.equal(proposed(result), fixed);
    assert.equal(requests.length, 3);
  });

  it('takes the first usable one if none agree', async () => {
    const { result } = await run([block(buggy), block(otherFix), block(fixed), 'no code']);
    assert.equal(proposed(result), otherFix);
  });

  it('drops what changes comments and layout only, what does not parse and what is cut short', async () => {
    const commented = buggy.replace('mean."""', 'mean."""\n    # divides');
    const { result } = await run([
      block(commented),
      block('def mean(values:\n    return\n'),
      '```python\ndef mean',
      block(fixed),
    ]);
    assert.equal(proposed(result), fixed);
  });

  it('drops an answer that adds problems', async () => {
    const newProblems: FileDiagnostic[] = [
      {
        range: { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } },
        severity: 'error',
        message: 'x is not defined',
      },
    ];
    const { result } = await run([block(fixed), block(fixed), block(fixed), block(fixed)], { newProblems });
    assert.equal(result.kind === 'unchanged' ? result.problem.code : result.kind, 'candidatesDropped');
  });

  it('says so when the model proposes nothing', async () => {
    const { result } = await run([block(buggy), block(buggy), block(buggy), 'It is right.']);
    assert.equal(result.kind === 'unchanged' ? result.problem.code : result.kind, 'noChange');
    assert.equal(result.kind === 'unchanged' ? result.answer : '', 'It is right.');
  });

  it('keeps an earlier good answer when a later one fails', async () => {
    const error: ModelEvent = { type: 'error', problem: { code: 'streamCut', title: '', sentence: '', actions: [] } };
    assert.equal(proposed((await run([block(fixed), error])).result), fixed);
    assert.equal((await run([error])).result.kind, 'failed');
  });

  it('keeps CRLF and a missing last newline', async () => {
    const crlf = buggy.replaceAll('\n', '\r\n').trimEnd();
    const { result } = await run([block(fixed), block(fixed)], { text: crlf });
    assert.equal(proposed(result), fixed.replaceAll('\n', '\r\n').trimEnd());
  });

  it('refuses a file that does not fit, before anything is sampled', async () => {
    const { result, requests } = await run([], { contextSize: 300 });
    assert.equal(result.kind === 'failed' ? result.problem.code : result.kind, 'fileTooLarge');
    assert.equal(requests.length, 0);
  });

  it('asks for edits in a large file and applies them by the ladder', async () => {
    const text = `${buggy}\n${Array.from({ length: 900 }, (_, n) => `CONSTANT_${n} = ${n}`).join('\n')}\n`;
    const edit =
      '```\n<<<<<<< SEARCH\n    return sum(values) / (len(values) - 1)\n=======\n    return sum(values) / len(values)\n>>>>>>> REPLACE\n```';
    const { result, requests } = await run([edit, edit], { text, contextSize: 32768 });
    assert.equal(proposed(result), text.replace('(len(values) - 1)', 'len(values)'));
    assert.match(JSON.stringify(requests[0]?.messages), /SEARCH/);
  });

  it('says when one of the changes did not match, and proposes the others', async () => {
    const text = `${buggy}\n${Array.from({ length: 900 }, (_, n) => `CONSTANT_${n} = ${n}`).join('\n')}\n`;
    const edit = (from: string, to: string) => `<<<<<<< SEARCH\n${from}\n=======\n${to}\n>>>>>>> REPLACE\n`;
    const answer = `${edit('CONSTANT_1 = 1', 'CONSTANT_1 = 2')}${edit('nowhere', 'x')}`;
    const { result } = await run([answer, answer], { text, contextSize: 32768 });
    assert.ok(result.kind === 'proposed');
    assert.equal(proposed(result), text.replace('CONSTANT_1 = 1\n', 'CONSTANT_1 = 2\n'));
    assert.equal(result.problem?.sentence, 'Its text is not in stats.py; 1 other is ready.');
    assert.deepEqual(result.problem?.actions, ['Review Others', 'Retry']);
  });

  it('keeps whole edits after Cancel and throws half a file away', async () => {
    const text = `${buggy}\n${Array.from({ length: 900 }, (_, n) => `CONSTANT_${n} = ${n}`).join('\n')}\n`;
    const edit =
      '<<<<<<< SEARCH\n    return sum(values) / (len(values) - 1)\n=======\n    return sum(values) / len(values)\n>>>>>>> REPLACE\n';
    const kept = await run([`${edit}\nand then ${'more '.repeat(40)}`], { text, contextSize: 32768, cancelAfter: 25 });
    assert.equal(kept.result.kind, 'cancelled');
    assert.equal(kept.result.kind === 'cancelled' ? kept.result.changeSet?.files.length : 0, 1);
    const half = await run([block(fixed)], { cancelAfter: 5 });
    assert.deepEqual(half.result, { kind: 'cancelled' });
  });

  it('never takes an answer that leaves most of the file out', async () => {
    const text = `${buggy}\n${Array.from({ length: 20 }, (_, n) => `def f${n}():\n    return ${n}\n`).join('\n')}`;
    const { result } = await run([block(fixed), block(`${fixed}\n# ... rest of the code\n`), '', ''], { text });
    assert.equal(result.kind, 'unchanged');
  });

  it('creates a further file inside the workspace and refuses one outside', async () => {
    const answer = `${block(fixed)}\n\`\`\`tests/test_stats.py\nfrom stats import mean\n\`\`\`\n`;
    const { result } = await run([answer, answer]);
    assert.equal(result.kind === 'proposed' ? result.changeSet.files[1]?.operation : result.kind, 'create');
    const outside = `${block(fixed)}\n\`\`\`../../etc/cron.d/evil.sh\nx\n\`\`\`\n`;
    assert.equal((await run([outside, outside, outside, outside])).result.kind, 'unchanged');
  });

  it('reports estimate, reading, writing and checking with numbers', async () => {
    const { progress } = await run([block(fixed), block(fixed)]);
    assert.deepEqual(
      [...new Set(progress.map((report) => report.phase))],
      ['estimated', 'reading', 'writing', 'checking'],
    );
    const estimate = progress.find((report) => report.phase === 'estimated');
    assert.ok(estimate && estimate.phase === 'estimated' && estimate.ms > 0 && estimate.tokensPerSecond === 10);
  });

  it('gives the file as a draft, fenced where it is answered whole, and estimates with the rate of rewriting', async () => {
    const whole = await run([block(fixed), block(fixed)], { rewriteRate: 40 });
    assert.equal(whole.requests[0]?.draft, `\`\`\`python\n${buggy}\`\`\``);
    const estimate = whole.progress.find((report) => report.phase === 'estimated');
    assert.ok(estimate?.phase === 'estimated' && estimate.tokensPerSecond === 40);
    const text = `${buggy}\n${Array.from({ length: 900 }, (_, n) => `CONSTANT_${n} = ${n}`).join('\n')}\n`;
    const edits = await run(['nothing', 'nothing'], { text, contextSize: 32768, rewriteRate: 40, attempts: 1 });
    assert.equal(edits.requests[0]?.draft, text);
    const other = edits.progress.find((report) => report.phase === 'estimated');
    assert.ok(other?.phase === 'estimated' && other.tokensPerSecond === 10);
  });
});

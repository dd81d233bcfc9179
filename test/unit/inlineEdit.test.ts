import assert from 'node:assert/strict';
import { editInline, type InlineEditInput } from '../../sidecar/agent/inlineEdit.ts';
import type { Backend, ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { FixResult } from '../../sidecar/protocol/fix.ts';
import type { FileDiagnostic } from '../../sidecar/protocol/text.ts';
import { decodedText, hashText } from '../../sidecar/workspace/fileText.ts';

const text = `import sys


def mean(values):
    total = sum(values)
    count = len(values) - 1
    return total / count


def shout(word):
    return word.upper()
`;
const mean = text.split('\n').slice(3, 7).join('\n');
const fixedMean = mean.replace(' - 1', '');
const block = (lines: string) => `\`\`\`python\n${lines}\n\`\`\``;

interface Options extends Partial<InlineEditInput> {
  file?: string;
  contextSize?: number;
  cancelAfter?: number;
}

async function run(
  answers: (string | ModelEvent)[],
  { file = text, contextSize = 8192, cancelAfter, ...own }: Options = {},
) {
  const requests: StreamRequest[] = [];
  const partials: string[] = [];
  const abort = new AbortController();
  let pieces = 0;
  async function* stream(request: StreamRequest): AsyncIterable<ModelEvent> {
    requests.push(request);
    const answer = answers[requests.length - 1] ?? '';
    if (typeof answer !== 'string') return yield answer;
    for (const piece of answer.match(/[\s\S]{1,8}/g) ?? []) {
      yield { type: 'text', text: piece };
      if (++pieces === cancelAfter) {
        yield { type: 'finish', reason: 'cancelled' };
        return;
      }
      // So that the quarter of a second between two reports passes.
      clock += 300;
    }
    yield { type: 'finish', reason: 'stop' };
  }
  let clock = 0;
  const { now } = performance;
  performance.now = () => clock;
  const backend: Backend = {
    name: 'scripted',
    kind: 'local',
    prepare: async function* () {},
    capabilities: async () => ({
      contextSize,
      tools: false,
      images: false,
      exactTokenCounts: true,
      decodeRate: null,
      prefillRate: null,
    }),
    countTokens: async (messages) => messages.reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0),
    stream,
    dispose: async () => undefined,
  };
  const base = decodedText(file, { kind: 'disk', sha256: hashText(file) });
  try {
    const result = await editInline(
      {
        editId: 'edit-1',
        uri: 'file:///work/stats.py',
        path: 'stats.py',
        languageId: 'python',
        base,
        text: file,
        startLine: 3,
        lineCount: 4,
        instruction: 'divide by the count',
        earlier: [],
        diagnostics: [],
        ...own,
      },
      {
        backend,
        report: () => undefined,
        partial: (lines) => partials.push(lines),
        log: { info: () => undefined, warn: () => undefined, error: () => undefined, recentProblems: () => [] },
        signal: abort.signal,
      },
    );
    return { result, requests, partials };
  } finally {
    performance.now = now;
  }
}

const proposed = (result: FixResult) =>
  'changeSet' in result ? result.changeSet?.files[0]?.proposedText : result.kind;
const promptOf = (requests: StreamRequest[]) => requests[0]?.messages.at(-1)?.content ?? '';

describe('inline edit', () => {
  it('rewrites the lines and leaves all others', async () => {
    const { result, requests } = await run([block(fixedMean)]);
    assert.equal(proposed(result), text.replace(' - 1', ''));
    assert.equal(result.kind === 'proposed' && result.changeSet.id, 'edit-1');
    assert.equal(result.kind === 'proposed' && result.changeSet.files[0]?.hunks.length, 1);
    assert.equal(requests.length, 1);
    assert.equal(requests[0]?.draft, block(mean));
    const prompt = promptOf(requests);
    for (const told of ['divide by the count', 'def shout', 'import sys', mean]) assert.ok(prompt.includes(told), told);
  });

  it('tells what is written while it comes, with the old lines below', async () => {
    const { partials } = await run([block(fixedMean)]);
    assert.deepEqual(partials, [
      [...fixedMean.split('\n').slice(0, 3), ...mean.split('\n').slice(2)].join('\n'),
      fixedMean,
    ]);
  });

  it('keeps line endings and a missing last newline', async () => {
    const crlf = text.trimEnd().replaceAll('\n', '\r\n');
    const { result } = await run([block(fixedMean)], { file: crlf });
    assert.equal(proposed(result), crlf.replace(' - 1', ''));
    const last = await run([block('    return word.lower()\n')], { file: crlf, startLine: 10, lineCount: 1 });
    assert.equal(proposed(last.result), crlf.replace('upper', 'lower'));
    const end = await run([block('shout("a")')], { startLine: 11, lineCount: 1 });
    assert.equal(proposed(end.result), `${text}shout("a")\n`);
  });

  it('asks once more if the answer cannot be used, and says so when both cannot', async () => {
    const retried = await run([block('def mean(values:'), block(fixedMean)]);
    assert.equal(proposed(retried.result), text.replace(' - 1', ''));
    const code = ({ result }: { result: FixResult }) =>
      result.kind === 'unchanged' ? result.problem.code : result.kind;
    assert.equal(code(await run([block(mean), 'It is right.'])), 'noChange');
    assert.equal(code(await run(['```python\ndef mean', block('    # ... rest of the code')])), 'answerCutShort');
    assert.equal(code(await run([block('def ('), block(mean)])), 'candidatesDropped');
  });

  it('takes the lines out if that was asked for', async () => {
    const { result } = await run(['```python\n```'], { startLine: 5, lineCount: 1, instruction: 'remove' });
    assert.equal(proposed(result), text.replace('    count = len(values) - 1\n', ''));
    const none = await run(['```python\n```', '```python\n```'], { startLine: 5, lineCount: 1, instruction: '' });
    assert.equal(none.result.kind, 'unchanged');
  });

  it('keeps whole changes after a stop, and throws half of one away', async () => {
    const pieces = (answer: string) => Math.ceil(answer.length / 8);
    const start = block(fixedMean).indexOf('    return');
    const half = await run([block(fixedMean)], { cancelAfter: Math.floor(start / 8) });
    assert.deepEqual(half.result, { kind: 'cancelled' });
    const whole = await run([block(fixedMean)], { cancelAfter: pieces(block(fixedMean)) });
    assert.equal(whole.result.kind, 'cancelled');
    assert.equal(proposed(whole.result), text.replace(' - 1', ''));
  });

  it('sends the problems of the lines, and without an instruction asks to fix them', async () => {
    const found: FileDiagnostic = {
      range: { start: { line: 5, character: 4 }, end: { line: 5, character: 9 } },
      severity: 'warning',
      message: 'off by one',
    };
    const { requests } = await run([block(fixedMean)], { instruction: '', diagnostics: [found] });
    assert.match(promptOf(requests), /- warning in `count = len\(values\) - 1`: off by one/);
    assert.match(promptOf(requests), /What to do: Fix what the editor reports/);
  });

  it('goes on from a proposal, and compares with the base', async () => {
    const proposal = text.replace(' - 1', '');
    const final = fixedMean.replace('total / count', 'total / max(1, count)');
    const { result, requests } = await run([block(final)], { text: proposal, earlier: ['divide by the count'] });
    assert.equal(proposed(result), proposal.replace('total / count', 'total / max(1, count)'));
    assert.equal(result.kind === 'proposed' && result.changeSet.files[0]?.base.text, text);
    assert.match(promptOf(requests), /Already done in it: divide by the count/);
    assert.doesNotMatch(promptOf(requests), /- 1/);
  });

  it('takes as much around as fits, the nearest lines, and refuses what cannot fit', async () => {
    const filler = Array.from({ length: 2000 }, (_unused, index) => `CONSTANT_${index} = ${index}`).join('\n');
    const file = `${filler}\n${text}`;
    const { result, requests } = await run([block(fixedMean)], { file, startLine: 2003, contextSize: 2048 });
    assert.equal(proposed(result), file.replace(' - 1\n', '\n'));
    const prompt = promptOf(requests);
    assert.match(prompt, /CONSTANT_1999/);
    assert.doesNotMatch(prompt, /CONSTANT_0 /);
    const tokens = (requests[0]?.messages ?? []).reduce((sum, { content }) => sum + Math.ceil(content.length / 4), 0);
    assert.ok(tokens + (requests[0]?.sampling.maxTokens ?? 0) <= 2048, `${tokens} tokens`);
    const refused = await run([], { file, startLine: 0, lineCount: 2000, contextSize: 2048 });
    assert.equal(refused.result.kind === 'failed' && refused.result.problem.code, 'selectionTooLarge');
    assert.equal(refused.requests.length, 0);
  });
});

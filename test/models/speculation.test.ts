import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import type { Backend, Message, ModelEvent, SamplingOptions, UsageEvent } from '../../sidecar/models/backend.ts';
import { createDraftSource } from '../../sidecar/models/backends/local/draftSource.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { forgetFrom, speculate } from '../../sidecar/models/backends/local/speculate.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

interface Answer {
  text: string;
  usage: UsageEvent;
  end: ModelEvent | undefined;
}

const never = new AbortController().signal;
const user = (content: string): Message => ({ role: 'user', content });
const greedy = (maxTokens: number): SamplingOptions => ({ temperature: 0, maxTokens });
const unrelated = 'SELECT name FROM customers WHERE city = "Rome" ORDER BY name;\n'.repeat(4);

// Prompt and answer stay under 256 tokens together: up to there the width of a batch does not change a bit of the result.
describe('answers with a draft', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-draft-'));
  const backends: Backend[] = [];

  function backend(modelPath: string, contextSize = 0): Backend {
    const log = { info: () => {}, warn: () => {} };
    const options = { name: 'Test', contextSize, threads: 0, gpu: 'off', dataFolder: folder, log } as const;
    const made = createLocalBackend({ ...options, modelPath });
    backends.push(made);
    return made;
  }

  async function ask(
    of: Backend,
    messages: readonly Message[],
    sampling: SamplingOptions,
    draft?: string,
    abort = new AbortController(),
    abortAfter = Infinity,
  ): Promise<Answer> {
    let text = '';
    let pieces = 0;
    let usage: UsageEvent | undefined;
    let end: ModelEvent | undefined;
    const request = { messages, tools: [], sampling, ...(draft === undefined ? {} : { draft }) };
    for await (const event of of.stream(request, abort.signal)) {
      if (event.type === 'usage') usage = event;
      if (event.type === 'text') {
        text += event.text;
        if (++pieces === abortAfter) abort.abort();
      }
      end = event;
    }
    assert.ok(usage, JSON.stringify(end));
    return { text, usage, end };
  }

  let smol: Backend;
  let tiny: Backend;
  before(() => {
    smol = backend(smolModel());
    tiny = backend(tinyModel(folder));
  });
  after(async () => {
    for (const each of backends) await each.dispose();
    rmSync(folder, { recursive: true });
  });

  const question = [user('Write a Python function that adds two numbers. Explain it.')];

  function draftsOf(answer: string): Record<string, string> {
    return {
      right: answer,
      'from the middle': answer.slice(answer.length >> 1),
      'its first half': answer.slice(0, answer.length >> 1),
      'changed words': answer.replaceAll('add', 'multiply').replaceAll('the', 'every'),
      'longer than the answer': `${answer}${answer}\n${unrelated}`,
      wrong: unrelated,
    };
  }

  it('gives the same greedy answer whatever is drafted, in fewer steps when the draft is right', async function () {
    // Two models and five drafts: minutes on a machine that is busy with other things.
    this.timeout(300_000);
    for (const [of, asked, length] of [
      [smol, question, 48],
      [tiny, [user('Count from 1 to 100.')], 40],
    ] as const) {
      const plain = await ask(of, asked, greedy(length));
      assert.equal(plain.usage.draftedTokens, undefined);
      for (const [name, draft] of Object.entries(draftsOf(plain.text))) {
        const drafted = await ask(of, asked, greedy(length), draft);
        assert.equal(drafted.text, plain.text, name);
        assert.deepEqual(drafted.end, plain.end);
        assert.equal(drafted.usage.outputTokens, plain.usage.outputTokens);
        const { draftedTokens = -1, acceptedTokens = -1 } = drafted.usage;
        assert.ok(acceptedTokens >= 0 && acceptedTokens <= draftedTokens, name);
        if (name === 'wrong') assert.equal(acceptedTokens, 0);
        if (name === 'right' && of === smol) assert.ok(acceptedTokens > length / 2, `${acceptedTokens} accepted`);
      }
    }
  });

  it('samples the same text for the same seed whatever is drafted, and another for another seed', async () => {
    const texts = new Set<string>();
    for (const seed of [1, 2, 3]) {
      const sampling = { temperature: 0.8, topP: 0.95, seed, maxTokens: 30 };
      const { text } = await ask(smol, question, sampling, unrelated);
      const { text: again, usage } = await ask(smol, question, sampling, text);
      assert.equal(again, text);
      assert.ok((usage.acceptedTokens ?? 0) > 8);
      texts.add(text);
    }
    assert.equal(texts.size, 3);
  });

  it('takes another seed each time when none is given', async () => {
    const sampling = { temperature: 1.5, maxTokens: 16 };
    const answers = [await ask(smol, question, sampling, unrelated), await ask(smol, question, sampling, unrelated)];
    assert.notEqual(answers[0]?.text, answers[1]?.text);
  });

  it('ends at the end token in the middle of a batch, and keeps none of what was drafted behind it', async () => {
    const short = [user('Say only the word "yes".')];
    const plain = await ask(smol, short, greedy(100));
    assert.deepEqual(plain.end, { type: 'finish', reason: 'stop' });
    const drafted = await ask(smol, short, greedy(100), `${plain.text} ${unrelated}`);
    assert.equal(drafted.text, plain.text);
    assert.deepEqual(drafted.end, plain.end);
    assert.ok((drafted.usage.draftedTokens ?? 0) > (drafted.usage.acceptedTokens ?? 0));
    const next = [...short, { role: 'assistant', content: plain.text } as const, user('Again.')];
    const { usage } = await ask(smol, next, greedy(1));
    assert.equal(usage.reusedTokens, plain.usage.promptTokens + plain.usage.outputTokens);
  });

  it('writes exactly as many tokens as it may', async () => {
    const plain = await ask(smol, question, greedy(40));
    for (const maxTokens of [1, 2, 9]) {
      const { text, usage, end } = await ask(smol, question, greedy(maxTokens), plain.text);
      assert.equal(usage.outputTokens, maxTokens);
      assert.deepEqual(end, { type: 'finish', reason: 'length' });
      assert.ok(plain.text.startsWith(text));
    }
  });

  it('ends with "length" at the end of the context', async () => {
    const small = backend(tinyModel(folder), 256);
    const count = await small.countTokens([user('hello')], [], never);
    const sampling = { temperature: 2, seed: 3, maxTokens: 100_000 };
    const first = await ask(small, [user('hello')], sampling, unrelated);
    const again = await ask(small, [user('hello')], sampling, first.text);
    assert.equal(again.text, first.text);
    assert.deepEqual(again.end, first.end);
    assert.ok(count + again.usage.outputTokens <= 256);
    if (again.end?.type === 'finish' && again.end.reason === 'length') {
      assert.equal(count + again.usage.outputTokens, 256);
    }
  });

  it('keeps exactly the accepted tokens after Cancel: the next turn reuses them and answers as if read anew', async () => {
    const plain = await ask(smol, question, greedy(40));
    for (const abortAfter of [5, 12]) {
      const cut = await ask(smol, question, greedy(40), plain.text, new AbortController(), abortAfter);
      assert.deepEqual(cut.end, { type: 'finish', reason: 'cancelled' });
      assert.ok(plain.text.startsWith(cut.text));
      assert.ok(cut.usage.outputTokens < 40);
      const next = [...question, { role: 'assistant', content: cut.text } as const, user('Shorter, please.')];
      const reused = await ask(smol, next, greedy(20));
      assert.ok(reused.usage.reusedTokens >= cut.usage.promptTokens + cut.usage.outputTokens - 1);
      await ask(smol, [user('Something else.')], greedy(1));
      const anew = await ask(smol, next, greedy(20));
      assert.ok(anew.usage.reusedTokens < reused.usage.reusedTokens);
      assert.equal(anew.text, reused.text);
    }
  });

  it('gives the turn on when a reader stops reading in the middle of a batch', async () => {
    const plain = await ask(smol, question, greedy(40));
    for await (const event of smol.stream(
      { messages: question, tools: [], sampling: greedy(40), draft: plain.text },
      never,
    )) {
      if (event.type === 'text') break;
    }
    assert.equal((await ask(smol, question, greedy(40))).text, plain.text);
  });

  it('learns the rate of rewriting, and writes down the rate of single tokens apart', async () => {
    const plain = await ask(smol, question, greedy(40));
    await ask(smol, question, greedy(40), plain.text);
    const { rewriteRate, decodeRate } = await smol.capabilities(never);
    assert.ok(rewriteRate !== undefined && decodeRate !== null);
  });

  it('samples each token from the distribution that the model gives', async () => {
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      maxThreads: 1,
    });
    const model = await llama.loadModel({ modelPath: tinyModel(folder), gpuLayers: 0 });
    const context = await model.createContext({ contextSize: 256, sequences: 1 });
    const sequence = context.getSequence();
    const [last, ...before] = model.tokenize('def f(values):\n    return', false).reverse();
    assert.ok(last !== undefined);
    await sequence.evaluateWithoutGeneratingNewTokens(before.reverse());
    const start = sequence.nextTokenIndex;
    const sampling = { temperature: 2, topK: 40, topP: 1, minP: 0 };
    const [output] = await sequence.controlledEvaluate([
      [last, { generateNext: { probabilities: true, token: true, options: sampling } }],
    ]);
    const expected = output?.next.probabilities;
    assert.ok(expected);
    const runs = 600;
    const seen = new Map<number, number>();
    for (let seed = 0; seed < runs; seed++) {
      await forgetFrom(sequence, start);
      const draft = createDraftSource([]);
      const step = await speculate(sequence, last, { sampling, seed, draft, readRate: null }).next(1);
      const token = step?.tokens[0] ?? -1;
      seen.set(token, (seen.get(token) ?? 0) + 1);
    }
    await model.dispose();
    let distance = 0;
    for (const [token, share] of expected) distance += Math.abs(share - (seen.get(token) ?? 0) / runs) / 2;
    // The probabilities that the library tells end with the 40 most likely tokens, as the samples do.
    assert.ok(distance < 0.12, `${distance} from ${expected.size} likely tokens`);
    assert.ok(Math.max(...expected.values()) < 0.9, 'a distribution with one token says nothing');
  });
});

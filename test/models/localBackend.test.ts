import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, Message, ModelEvent, SamplingOptions } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { countConnections } from './countConnections.ts';
import { smolModel, tinyModel } from './modelFiles.ts';

type Of<T extends ModelEvent['type']> = Extract<ModelEvent, { type: T }>;

const only = <T extends ModelEvent['type']>(events: readonly ModelEvent[], type: T) =>
  events.filter((event): event is Of<T> => event.type === type);
const textOf = (events: readonly ModelEvent[]) =>
  only(events, 'text')
    .map((event) => event.text)
    .join('');
const user = (content: string): Message => ({ role: 'user', content });
const greedy = (maxTokens: number): SamplingOptions => ({ temperature: 0, maxTokens });

async function all(
  stream: AsyncIterable<ModelEvent>,
  see: (event: ModelEvent) => void = () => {},
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    see(event);
  }
  const ends = events.filter((event) => event.type === 'finish' || event.type === 'error');
  assert.equal(ends.length, 1);
  assert.equal(events.at(-1), ends[0]);
  return events;
}

describe('local backend', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-local-'));
  const connections = countConnections();
  const backends: Backend[] = [];
  const log: string[] = [];

  function backend(modelPath: string, contextSize = 0): Backend {
    const made = createLocalBackend({
      modelPath,
      name: 'Test',
      contextSize,
      threads: 0,
      gpu: 'off',
      dataFolder: folder,
      log: { info: (text) => log.push(text), warn: (text) => log.push(text) },
    });
    backends.push(made);
    return made;
  }

  const never = new AbortController().signal;
  const run = (of: Backend, messages: readonly Message[], sampling: SamplingOptions, signal = never) =>
    all(of.stream({ messages, tools: [], sampling }, signal));

  let smol: Backend;
  let tiny: Backend;
  before(() => {
    smol = backend(smolModel());
    tiny = backend(tinyModel(folder));
  });
  after(async () => {
    for (const each of backends) await each.dispose();
    connections.stop();
    rmSync(folder, { recursive: true });
  });

  const question = user('Write a Python function that adds two numbers.');
  const long = user(`${'def f(a, b):\n    return a + b\n\n'.repeat(25)}What does this do?`);

  it('loads with progress, measures the machine and keeps what it measured', async () => {
    const events = await all(smol.prepare(never));
    assert.ok(only(events, 'loading').some((event) => event.fraction > 0));
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' });
    const capabilities = await smol.capabilities(never);
    assert.equal(capabilities.contextSize, 8192);
    assert.ok(capabilities.decodeRate && capabilities.decodeRate > 0);
    assert.ok(capabilities.prefillRate && capabilities.prefillRate > 0);
    const kept = JSON.parse(readFileSync(join(folder, 'calibration.json'), 'utf8'));
    assert.equal(kept[smolModel()].decode, capabilities.decodeRate);
  });

  it('answers, streaming, and repeats itself at temperature 0', async () => {
    const first = await run(smol, [question], greedy(24));
    assert.ok(only(first, 'text').length > 3);
    assert.deepEqual(first.at(-1), { type: 'finish', reason: 'length' });
    const again = await run(smol, [question], greedy(24));
    assert.equal(textOf(again), textOf(first));
    const usage = only(first, 'usage')[0]!;
    assert.equal(usage.outputTokens, 24);
    assert.ok(usage.tokensPerSecond > 0);
    assert.equal(usage.promptTokens, await smol.countTokens([question], [], never));
  });

  it('stops where the model ends its answer, without its marker', async () => {
    const events = await run(smol, [user('Say only the word "yes".')], greedy(200));
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' });
    assert.doesNotMatch(textOf(events), /<\|/);
  });

  it('evaluates nothing but the last token when it samples the same prompt again', async () => {
    await run(smol, [question], greedy(4));
    const texts = new Set<string>();
    for (const seed of [1, 2, 3, 1]) {
      const events = await run(smol, [question], { temperature: 1, seed, maxTokens: 12 });
      const usage = only(events, 'usage')[0]!;
      assert.equal(usage.reusedTokens, usage.promptTokens - 1);
      assert.deepEqual(only(events, 'prefill'), []);
      texts.add(textOf(events));
    }
    assert.equal(texts.size, 3);
  });

  it('takes another seed each time when none is given', async () => {
    const sampling: SamplingOptions = { temperature: 1.5, maxTokens: 16 };
    const texts = [textOf(await run(smol, [question], sampling)), textOf(await run(smol, [question], sampling))];
    assert.notEqual(texts[0], texts[1]);
  });

  it('reads only what a longer conversation adds, whatever tokens the answer was sampled from', async () => {
    const events = await run(smol, [question], { temperature: 1.2, seed: 7, maxTokens: 40 });
    const usage = only(events, 'usage')[0]!;
    const next: Message[] = [question, { role: 'assistant', content: textOf(events) }, user('Shorter, please.')];
    const second = only(await run(smol, next, greedy(4)), 'usage')[0]!;
    // The last token of an answer is not in the sequence.
    assert.ok(second.reusedTokens >= usage.promptTokens + usage.outputTokens - 1, JSON.stringify({ usage, second }));
  });

  it('gives whole characters, however many tokens they take', async () => {
    const events = await run(smol, [user('Repeat exactly: 😀漢字é😀漢字é')], greedy(30));
    for (const event of only(events, 'text')) assert.doesNotThrow(() => encodeURIComponent(event.text));
    assert.doesNotMatch(textOf(events).slice(0, -1), /\uFFFD/);
  });

  it('tells how far it has read, with the time left', async () => {
    const events = await run(smol, [long], greedy(1));
    const steps = only(events, 'prefill');
    const total = await smol.countTokens([long], [], never);
    assert.ok(steps.length > 4);
    for (const [i, step] of steps.entries()) {
      assert.equal(step.total, total);
      if (i > 0) assert.ok(step.done > steps[i - 1]!.done);
    }
    assert.equal(steps.at(-1)!.done, total - 1);
    assert.ok(steps.slice(2).every((step) => step.msLeft !== undefined));
  });

  it('can be cancelled while it reads, and goes on from there', async () => {
    const prompt = [user(`Again: ${long.content}`)];
    const abort = new AbortController();
    let reached = 0;
    const events = await all(
      smol.stream({ messages: prompt, tools: [], sampling: greedy(1) }, abort.signal),
      (event) => {
        if (event.type !== 'prefill') return;
        reached = event.done;
        if (event.done > 60) abort.abort();
      },
    );
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'cancelled' });
    assert.ok(reached < only(events, 'prefill')[0]!.total - 1);
    const usage = only(await run(smol, prompt, greedy(1)), 'usage')[0]!;
    assert.ok(usage.reusedTokens >= reached);
  });

  it('can be cancelled while it writes', async () => {
    const abort = new AbortController();
    let afterAbort = 0;
    const events = await all(
      smol.stream({ messages: [question], tools: [], sampling: greedy(500) }, abort.signal),
      (event) => {
        if (event.type !== 'text') return;
        if (abort.signal.aborted) afterAbort++;
        abort.abort();
      },
    );
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'cancelled' });
    assert.ok(afterAbort <= 1);
    assert.ok(only(events, 'usage')[0]!.outputTokens <= 3);
  });

  it('answers one at a time; who waits is told so and can leave', async () => {
    const ended: string[] = [];
    const abort = new AbortController();
    const first = run(smol, [question], greedy(60)).then(() => ended.push('first'));
    const second = all(smol.stream({ messages: [question], tools: [], sampling: greedy(2) }, abort.signal), (event) => {
      if (event.type === 'queued' && event.waitedMs > 0) abort.abort();
    });
    const third = run(smol, [question], greedy(2)).then((events) => {
      ended.push('third');
      return events;
    });
    const left = await second;
    assert.deepEqual(left.at(-1), { type: 'finish', reason: 'cancelled' });
    assert.ok(left.slice(0, -1).every((event) => event.type === 'queued'));
    assert.deepEqual(ended, []);
    const waited = only(await third, 'queued');
    await first;
    assert.deepEqual(ended, ['first', 'third']);
    for (const [i, event] of waited.entries()) assert.ok(i === 0 || event.waitedMs - waited[i - 1]!.waitedMs >= 400);
  });

  it('gives the turn on when a reader just stops reading', async () => {
    for await (const event of smol.stream({ messages: [question], tools: [], sampling: greedy(500) }, never)) {
      if (event.type === 'text') break;
    }
    assert.equal(only(await run(smol, [question], greedy(2)), 'queued').length, 0);
  });

  it('refuses a prompt that does not fit, and keeps working', async () => {
    const small = backend(tinyModel(folder), 256);
    const events = await run(small, [user('word '.repeat(400))], greedy(4));
    const error = events.at(-1);
    assert.ok(error?.type === 'error' && error.problem.code === 'contextFull');
    assert.match(error.problem.sentence, /of 256 tokens/);
    assert.deepEqual((await run(small, [user('hello')], greedy(2))).at(-1)?.type, 'finish');
  });

  it('ends with "length" at the end of the context and never shifts', async () => {
    const small = backend(tinyModel(folder), 256);
    const count = await small.countTokens([user('hello')], [], never);
    const events = await run(small, [user('hello')], { temperature: 2, seed: 3, maxTokens: 100_000 });
    const usage = only(events, 'usage')[0]!;
    const end = events.at(-1);
    assert.ok(end?.type === 'finish' && end.reason !== 'cancelled');
    assert.ok(count + usage.outputTokens <= 256);
    if (end.reason === 'length') assert.equal(count + usage.outputTokens, 256);
    const again = only(await run(small, [user('hello')], greedy(1)), 'usage')[0]!;
    assert.equal(again.reusedTokens, count - 1);
  });

  const broken = (path: string) => all(backend(path).prepare(never)).then((events) => events.at(-1));

  it('says what is wrong with a model file', async () => {
    const cut = (bytes: Buffer) => bytes.subarray(0, 3_000_000);
    const headerCut = (bytes: Buffer) => bytes.subarray(0, 5000);
    const garbage = () => Buffer.alloc(100_000, 'no model');
    const foreign = (bytes: Buffer) => {
      const at = bytes.indexOf('llama', bytes.indexOf('general.architecture'));
      bytes.write('wxyz9', at);
      return bytes;
    };
    const cases: [string, string, RegExp][] = [
      [join(folder, 'nowhere.gguf'), 'modelFileGone', /nowhere\.gguf was moved/],
      [tinyModel(folder, cut, 'cut.gguf'), 'modelFileIncomplete', /cut\.gguf has 3\.0 MB of 3\.4 MB/],
      [tinyModel(folder, headerCut, 'head.gguf'), 'modelFileIncomplete', /head\.gguf has 5 KB/],
      [tinyModel(folder, garbage, 'garbage.gguf'), 'modelFileUnknown', /not a GGUF file/],
      [tinyModel(folder, foreign, 'foreign.gguf'), 'modelFileUnknown', /wxyz9/],
    ];
    writeFileSync(join(folder, 'empty.gguf'), '');
    cases.push([join(folder, 'empty.gguf'), 'modelFileUnknown', /not a GGUF file/]);
    for (const [path, code, sentence] of cases) {
      const event = await broken(path);
      assert.ok(event?.type === 'error', path);
      assert.equal(event.problem.code, code);
      assert.match(event.problem.sentence, sentence);
    }
  });

  it('refuses a context that the memory cannot hold, before anything is loaded', async () => {
    const events = await all(backend(smolModel(), 8192).prepare(never));
    assert.equal(events.at(-1)?.type, 'finish');
    const huge = tinyModel(
      folder,
      (bytes) => {
        // A context of two thousand million tokens.
        const at = bytes.indexOf('llama.context_length') + 'llama.context_length'.length + 4;
        bytes.writeUInt32LE(2_000_000_000, at);
        return bytes;
      },
      'huge.gguf',
    );
    const last = (await all(backend(huge, 2_000_000_000).prepare(never))).at(-1);
    assert.ok(last?.type === 'error' && last.problem.code === 'notEnoughMemory', JSON.stringify(last));
  });

  it('runs the tiny Devstral too, two models in one process', async () => {
    const events = await run(tiny, [user('hello')], greedy(8));
    assert.equal(only(events, 'usage')[0]!.outputTokens > 0, true);
  });

  it('ends what runs when it is disposed of', async () => {
    const own = backend(tinyModel(folder));
    let disposed: Promise<void> | undefined;
    const events = await all(
      own.stream({ messages: [user('hello')], tools: [], sampling: { temperature: 2, maxTokens: 3000 } }, never),
      (event) => {
        if (event.type === 'text') disposed ??= own.dispose();
      },
    );
    await disposed;
    const end = events.at(-1);
    assert.ok(end?.type === 'finish');
  });

  it('opened no socket to another machine', () => {
    assert.deepEqual(connections.outside(), []);
  });
});

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, Message, ModelEvent } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { tinyModel } from './modelFiles.ts';

const system = Array.from({ length: 26 }, (_, i) => `Rule ${i}: write clear and short code.`).join('\n');
const ask = (content: string): Message[] => [
  { role: 'system', content: system },
  { role: 'user', content },
];

interface Answer {
  text: string;
  prompt: number;
  reused: number;
  oneTime: boolean;
}

describe('the KV cache on disk', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-kv-disk-'));
  // Small, and on one thread: a few seconds of computing are minutes where many programs want two cores.
  const modelPath = tinyModel(folder);
  const warnings: string[] = [];
  const open: Backend[] = [];

  function backend(freeBytes = 1e12, kvCache: 'f16' | 'q8_0' = 'f16'): Backend {
    const made = createLocalBackend({
      modelPath,
      name: 'Test',
      contextSize: 2048,
      kvCache,
      threads: 1,
      gpu: 'off',
      dataFolder: folder,
      log: { info: () => undefined, warn: (text) => warnings.push(text) },
      freeSpace: async () => freeBytes,
    });
    open.push(made);
    return made;
  }

  async function answer(of: Backend, messages: readonly Message[]): Promise<Answer> {
    const found: Answer = { text: '', prompt: 0, reused: 0, oneTime: false };
    const request = { messages, tools: [], sampling: { temperature: 0, maxTokens: 8 } };
    for await (const event of of.stream(request, new AbortController().signal)) note(found, event);
    return found;
  }

  const states = () =>
    (existsSync(join(folder, 'kv')) ? readdirSync(join(folder, 'kv'), { recursive: true }) : [])
      .map(String)
      .filter((name) => name.endsWith('.state'))
      .map((name) => join(folder, 'kv', name));

  after(async () => {
    for (const each of open) await each.dispose();
    rmSync(folder, { recursive: true });
  });

  it('keeps nothing where the disk is short', async () => {
    const of = backend(19e9);
    await answer(of, ask('Say one.'));
    await of.dispose();
    assert.deepEqual(states(), []);
  });

  it('reads the system prompt once; the next start takes it up and answers the same', async () => {
    const first = backend();
    const before = await answer(first, ask('Say one.'));
    assert.deepEqual([before.reused, before.oneTime], [0, true]);
    const [prefix] = states();
    assert.ok(prefix);
    if (process.platform !== 'win32') assert.equal(statSync(prefix).mode & 0o777, 0o600);
    await first.dispose();
    const second = backend();
    const after = await answer(second, ask('Say two.'));
    assert.ok(after.reused > 256 && after.reused < after.prompt, `${after.reused} of ${after.prompt}`);
    assert.equal(after.oneTime, false);
    const again = await answer(second, ask('Say one.'));
    assert.equal(again.text, before.text);
    // Another conversation: what both begin with is not read again.
    assert.ok(again.reused > 256 && again.reused < again.prompt, `${again.reused} of ${again.prompt}`);
    await second.dispose();
  });

  it('goes on with the newest session where it was', async () => {
    const first = backend();
    const messages = ask('Say three.');
    const { text } = await answer(first, messages);
    await first.dispose();
    const second = backend();
    messages.push({ role: 'assistant', content: text }, { role: 'user', content: 'And four?' });
    const next = await answer(second, messages);
    // Tokens of the question and its frame; the answer that was sampled stands in the state.
    assert.ok(next.prompt - next.reused < 30, `${next.prompt - next.reused} read`);
    await second.dispose();
  });

  it('takes up no state of another precision, and leaves it where it is', async () => {
    const before = states();
    warnings.length = 0;
    const coarse = backend(1e12, 'q8_0');
    assert.deepEqual([(await answer(coarse, ask('Say one.'))).reused, warnings], [0, []]);
    await coarse.dispose();
    assert.ok(before.length > 0 && before.every((file) => states().includes(file)));
  });

  it('leaves a damaged state alone, says so in the log, and reads anew', async () => {
    const size = (file: string) => statSync(file).size;
    for (const file of states()) {
      const bytes = readFileSync(file);
      bytes.fill(255, size(file) >> 1, (size(file) >> 1) + 100);
      writeFileSync(file, bytes);
    }
    warnings.length = 0;
    const of = backend();
    const anew = await answer(of, ask('Say one.'));
    assert.ok(anew.text.length > 0);
    assert.ok(
      warnings.some((text) => text.includes('could not be used')),
      warnings.join('\n'),
    );
    await of.dispose();
  });
});

function note(found: Answer, event: ModelEvent): void {
  if (event.type === 'text') found.text += event.text;
  if (event.type === 'prefill' && event.oneTime) found.oneTime = true;
  if (event.type === 'usage') {
    found.prompt = event.promptTokens;
    found.reused = event.reusedTokens;
  }
  if (event.type === 'error') assert.fail(`${event.problem.title}: ${event.problem.sentence}`);
}

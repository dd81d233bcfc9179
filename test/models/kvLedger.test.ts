import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, Message, ModelEvent, Tool, ToolCall } from '../../sidecar/models/backend.ts';
import { createLocalBackend } from '../../sidecar/models/backends/local/localBackend.ts';
import { smolModel, tinyModel } from './modelFiles.ts';
import { runPrefilled } from './prefilled.ts';

const bash: Tool = {
  name: 'bash',
  description: 'Run a command',
  parameters: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] },
};

interface Turn {
  text: string;
  calls: ToolCall[];
  prompt: number;
  reused: number;
  output: number;
}

/** What a person says in turn after turn; the tiny Devstral knows some of it by heart, and calls tools well and badly. */
const says = ['Run the tests', 'hi', 'Talk after the call', 'Name a colour.', 'Make bad arguments', 'Think first'];

describe('the KV cache over a session', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'devstral-kv-'));
  const backends: Backend[] = [];

  function backend(modelPath: string): Backend {
    const log = { info: () => undefined, warn: () => undefined };
    const options = { name: 'Test', contextSize: 4096, threads: 1, gpu: 'off' as const, dataFolder: folder, log };
    const made = createLocalBackend({ ...options, modelPath });
    backends.push(made);
    return made;
  }

  after(async () => {
    for (const each of backends) await each.dispose();
    rmSync(folder, { recursive: true });
  });

  /** One turn; `stopAfter` cancels after that many events of text. */
  async function take(of: Backend, messages: readonly Message[], maxTokens: number, stopAfter?: number): Promise<Turn> {
    const turn: Turn = { text: '', calls: [], prompt: 0, reused: 0, output: 0 };
    const stop = new AbortController();
    const request = { messages, tools: [bash], sampling: { temperature: 0, maxTokens } };
    let texts = 0;
    for await (const event of of.stream(request, stop.signal)) {
      add(turn, event);
      if (event.type === 'text' && ++texts === stopAfter) stop.abort();
    }
    return turn;
  }

  for (const [name, path, turns, longest] of [
    ['v13', () => tinyModel(folder), 50, 24],
    ['ChatML', smolModel, 10, 8],
  ] as const) {
    it(`${name}: over ${turns} turns with calls, denials and stops nothing is prefilled twice`, async () => {
      const of = backend(path());
      const messages: Message[] = [{ role: 'system', content: 'You are a helpful coding agent.' }];
      let evaluated = 0;
      let fresh = 0;
      let before = 0;
      for (let n = 0; n < turns; n++) {
        messages.push({ role: 'user', content: `${says[n % says.length]}` });
        const turn = await take(of, messages, longest, n % 7 === 5 ? 2 : undefined);
        evaluated += turn.prompt - turn.reused;
        // One token a turn: the last that was sampled was never read.
        fresh += turn.prompt - before + (before > 0 ? 1 : 0);
        before = turn.prompt + turn.output;
        messages.push({
          role: 'assistant',
          content: turn.text,
          ...(turn.calls.length > 0 ? { toolCalls: turn.calls } : {}),
        });
        // Every third call is denied: its result is missing, and the person goes on.
        if (n % 3 === 0) continue;
        for (const { id } of turn.calls) messages.push({ role: 'tool', toolCallId: id, content: `exit code ${n}` });
      }
      const ratio = evaluated / fresh;
      assert.ok(ratio <= 1.01, `${evaluated} prefilled for ${fresh} new tokens: ${ratio.toFixed(3)}`);
      assert.ok(fresh < evaluated * 1.2, 'what was new was counted');
    });
  }

  // Fifty turns of each: `npm run bench -- agent prefilled`.
  for (const format of ['v13', 'ChatML', 'v7', 'v11'] as const) {
    it(`${format}: nor over turns of the agent`, async () => {
      const movesTools = format === 'v7' || format === 'v11';
      const turns = movesTools ? 3 : 6;
      const found = await runPrefilled(format, { turns, seed: 1, contextSize: 2560 });
      const { evaluated, fresh, freshWithoutTools, denied, cancelled, condensed } = found;
      assert.ok(evaluated / fresh <= 1.01, JSON.stringify(found));
      // The tools are read again, and what stood behind the place that they left: no less is possible there.
      if (movesTools) return assert.ok(fresh > 2 * freshWithoutTools, JSON.stringify(found));
      assert.equal(fresh, freshWithoutTools);
      assert.ok(denied > 0 && cancelled > 0 && condensed > 0, JSON.stringify(found));
    });
  }
});

function add(turn: Turn, event: ModelEvent): void {
  if (event.type === 'text') turn.text += event.text;
  if (event.type === 'toolCallBegin') turn.calls.push({ id: event.id, name: event.name, arguments: '' });
  const call = turn.calls.at(-1);
  if (event.type === 'toolCallArguments' && call) call.arguments += event.text;
  if (event.type === 'usage') {
    turn.prompt = event.promptTokens;
    turn.reused = event.reusedTokens;
    turn.output = event.outputTokens;
  }
  if (event.type === 'error') assert.fail(`${event.problem.title}: ${event.problem.sentence}`);
}

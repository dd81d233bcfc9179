import assert from 'node:assert/strict';
import { runTurn } from '../../sidecar/agent/agentLoop.ts';
import { isKept } from '../../sidecar/agent/loopEvents.ts';
import { messagesOf } from '../../sidecar/agent/transcript.ts';
import { createLog } from '../../sidecar/log.ts';
import type { ModelEvent, StreamRequest } from '../../sidecar/models/backend.ts';
import type { StreamTimes } from '../../sidecar/models/backends/remote/chatStream.ts';
import { createRemoteBackend } from '../../sidecar/models/backends/remote/remoteBackend.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import { summarise } from '../servers/collect.ts';
import { startWireServer, type WireServer } from '../servers/wireServer.ts';
import { agentDeps } from '../unit/scriptedAgent.ts';
import { bodyFaults } from './wire/bodyFaults.ts';
import { connectionFaults } from './wire/connectionFaults.ts';
import { type Fault, key } from './wire/fault.ts';
import { silentFaults } from './wire/silentFaults.ts';

const faults = [...connectionFaults, ...bodyFaults, ...silentFaults];
const quick: Partial<StreamTimes> = { connectMs: 1000, stallMs: 40, retryMs: 2, graceMs: 60, askMs: 1000, tries: 3 };
const earlier: AgentEvent[] = [
  { type: 'user', id: '1', text: 'What is in the file?', context: '' },
  { type: 'answer', text: 'A function.', reasoning: '', calls: [] },
  { type: 'end', reason: 'done' },
];
const withTool: StreamRequest = {
  messages: [{ role: 'user', content: 'List the files' }],
  tools: [{ name: 'bash', description: 'runs', parameters: { type: 'object' } }],
  sampling: { temperature: 0, maxTokens: 64 },
};

describe(`${faults.length} faults on the wire`, () => {
  let server: WireServer | undefined;
  const lines: string[] = [];
  afterEach(() => server?.close());

  function open(fault: Fault, url: string) {
    const address = fault.address === 'https' ? url.replace('http:', 'https:') : (fault.address ?? url);
    return createRemoteBackend({
      name: 'Wire',
      url: address,
      offline: false,
      proxy: { url: '', noProxy: ['*'], strictTls: true },
      getKey: async () => key,
      log: createLog((line) => lines.push(line)),
      times: { ...quick, ...fault.times },
    });
  }

  it('are at least the 40 that the plan asks for, each with its own name', () => {
    assert.ok(faults.length >= 40);
    assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
  });

  for (const fault of faults) {
    it(`${fault.name}: ${fault.end}`, async () => {
      server = await startWireServer(fault.wire, fault.models);
      const backend = open(fault, server.url);
      const events: ModelEvent[] = [];
      const stop = new AbortController();
      let stalls = 0;
      async function* watched(request: StreamRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
        for await (const each of backend.stream(request, signal)) {
          events.push(each);
          if (each.type === 'stalled' && ++stalls === fault.stopAfterStalls) stop.abort();
          yield each;
        }
      }
      if (fault.calls) for await (const _each of watched(withTool, stop.signal));
      else {
        // As a turn of a session, whose conversation must be whole afterwards and go on.
        const log = [...earlier];
        const deps = agentDeps({ ...backend, stream: watched }, []);
        const message = { type: 'user', id: '2', text: 'And now?', context: '' } as const;
        for await (const each of runTurn(message, earlier, deps, stop.signal)) if (isKept(each)) log.push(each);
        const [before, after] = [earlier, log].map((events) => messagesOf(deps.systemPrompt, events));
        const answer = { role: 'assistant', content: fault.text || '(no answer)' };
        assert.deepEqual(after, [...(before ?? []), { role: 'user', content: 'And now?' }, answer]);
        const end = log.at(-1);
        assert.ok(end?.type === 'end');
        const reasons: Record<string, string> = { stop: 'done', cancelled: 'stopped' };
        assert.deepEqual([end.reason, end.problem?.code ?? fault.end], [reasons[fault.end] ?? 'failed', fault.end]);
      }
      const got = summarise(events);
      assert.deepEqual(got.ends, [fault.end]);
      assert.equal(got.text, fault.text ?? '');
      assert.deepEqual(
        got.calls.map(({ name, arguments: args }) => [name, args]),
        fault.calls ?? [],
      );
      assert.equal(server.chats(), fault.tries ?? 1, 'completions that were asked for');
      const last = events.at(-1);
      if (fault.says) {
        assert.ok(last?.type === 'error');
        assert.match(`${last.problem.title}: ${last.problem.sentence}`, fault.says);
      }
      for (const each of events) {
        if (each.type === 'usage') assert.ok(each.promptTokens >= 0 && each.outputTokens >= 0);
      }
      await backend.dispose();
      assert.doesNotMatch(JSON.stringify(events) + lines.splice(0).join('\n'), new RegExp(key));
    });
  }
});

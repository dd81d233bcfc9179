import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AgentDeps, runTurn } from '../../sidecar/agent/agentLoop.ts';
import { type GateDeps, passGate, reviewStaged } from '../../sidecar/agent/gate.ts';
import { isKept, type LoopEvent } from '../../sidecar/agent/loopEvents.ts';
import type { PermissionAnswer, PermissionQuestion, ReviewAnswer } from '../../sidecar/host/person.ts';
import type { Decision } from '../../sidecar/permission/decide.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { ChangeSet, FileOutcome } from '../../sidecar/protocol/changes.ts';
import { editTool } from '../../sidecar/tools/edit.ts';
import { readTool } from '../../sidecar/tools/read.ts';
import { writeFileTool } from '../../sidecar/tools/writeFile.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { createStagedFiles } from '../../sidecar/workspace/stagedFiles.ts';
import { agentDeps, type Scripted, scriptedBackend, tool } from './scriptedAgent.ts';

/** Accepts what is proposed, or what `decide` makes of it, and writes it. */
function accepting(decide: (file: FileOutcome) => FileOutcome = (file) => file) {
  return (changeSet: ChangeSet): ReviewAnswer => {
    const files = changeSet.files.map(({ uri, operation, base, proposedText, hunks }) =>
      decide({
        uri,
        operation,
        base,
        finalText: proposedText,
        accepted: hunks.length,
        rejected: 0,
        changedByPerson: false,
      }),
    );
    for (const { uri, operation, finalText } of files) {
      if (operation === 'delete') rmSync(fileURLToPath(uri));
      else writeFileSync(fileURLToPath(uri), finalText);
    }
    return { kind: 'applied', applyId: 'a1', files, textsAfter: [] };
  };
}

describe('the gate before an effect, in ask mode', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'devstral-gate-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  interface Setting {
    review?: (changeSet: ChangeSet, acceptAll: boolean) => ReviewAnswer;
    permit?: (question: PermissionQuestion) => PermissionAnswer;
    decide?: (name: string) => Decision;
  }

  /** Runs a script in a workspace with one file. */
  async function run(script: Scripted[], setting: Setting, earlier: AgentEvent[] = []) {
    writeFileSync(join(root, 'a.py'), 'one\ntwo\n');
    const ran: string[] = [];
    const rules: string[] = [];
    const reviews: boolean[] = [];
    const staged = createStagedFiles({
      documents: createDocuments({} as never),
      roots: () => [root],
      newId: () => 'c1',
    });
    const bash = {
      ...tool('bash', 'command', () => {
        ran.push(readFileSync(join(root, 'a.py'), 'utf8'));
        return { text: 'ok' };
      }),
      assess: () => ({ risk: 'medium' as const, what: 'make', reasons: [], rule: 'make *' }),
    };
    const { backend, asked } = scriptedBackend(script);
    const context = { roots: [root], files: staged, host: {} as never, askPerson: async () => null };
    const gate: GateDeps = {
      person: {
        async review(changeSet, acceptAll) {
          reviews.push(acceptAll);
          return (setting.review ?? accepting())(changeSet, acceptAll);
        },
        permit: async (question) => (setting.permit ?? (() => ({ answer: 'allow_once' }) as const))(question),
        ask: async () => null,
      },
      staged,
      context,
      decide: ({ tool: { name, effect } }) =>
        setting.decide?.(name) ?? { verdict: effect === 'command' ? 'ask' : effect === 'edit' ? 'stage' : 'run' },
      keepRule: async (rule) => void rules.push(rule),
      nameOf: (uri) => uri.split('/').at(-1) ?? uri,
      title: () => 'Task',
    };
    const deps: AgentDeps = agentDeps(backend, [readTool, editTool, writeFileTool, bash], {
      context,
      gate: (call, signal) => passGate(call, gate, signal),
      async *finish(signal) {
        yield* reviewStaged(gate, false, signal);
      },
    });
    const all: LoopEvent[] = [];
    const message = { type: 'user', id: 'u', text: 'Go.', context: '' } as const;
    for await (const event of runTurn(message, earlier, deps, new AbortController().signal)) all.push(event);
    const results = asked.at(-1)?.messages.flatMap((m) => (m.role === 'tool' ? [m.content] : [])) ?? [];
    return { kept: all.filter(isKept), asked, ran, rules, reviews, results, staged };
  }

  const edit: [string, string] = ['edit', '{"file_path": "a.py", "old_string": "two", "new_string": "zwei"}'];
  const bash: [string, string] = ['bash', '{}'];
  const disk = () => readFileSync(join(root, 'a.py'), 'utf8');

  it('shows one review when the model is done, and writes nothing before', async () => {
    const done = await run([{ calls: [edit] }, { text: 'Done.' }], {
      review(changeSet) {
        assert.equal(disk(), 'one\ntwo\n');
        return accepting()(changeSet);
      },
    });
    assert.equal(disk(), 'one\nzwei\n');
    assert.deepEqual(done.reviews, [false]);
    assert.equal(done.staged.staged().size, 0);
    const reviewed = done.kept.find(({ type }) => type === 'reviewed');
    assert.ok(reviewed?.type === 'reviewed' && reviewed.applyId === 'a1');
    assert.equal(reviewed.told, 'The person reviewed your edits:\n- a.py: accepted.');
  });

  it('reviews before a command runs, which then sees what was accepted; "accept all and run" is one answer', async () => {
    const two = await run([{ calls: [edit, bash] }, { text: 'Done.' }], {});
    assert.deepEqual([two.ran, two.reviews], [['one\nzwei\n'], [false]]);
    assert.match(two.results[1] ?? '', /^The person reviewed your edits:\n- a\.py: accepted\.\n\nok$/);
    const one = await run([{ calls: [edit, bash] }, { text: 'Done.' }], {
      permit: ({ staged }) => ({ answer: 'allow_once', acceptStaged: staged === 1 }),
    });
    assert.deepEqual(one.reviews, [true]);
  });

  it('tells exactly what was rejected or changed', async () => {
    const changed = await run([{ calls: [edit, bash] }, { text: 'Done.' }], {
      review: accepting((file) => ({ ...file, finalText: 'one\nzwo\n', changedByPerson: true })),
    });
    assert.match(
      changed.results[1] ?? '',
      /1 of 1 changes accepted and changed by the person\. [^\n]+\n@@.*\n one\n-zwei\n\+zwo\n/,
    );
    const rejected = await run([{ calls: [edit, bash] }, { text: 'Done.' }], { review: () => ({ kind: 'rejected' }) });
    assert.equal(disk(), 'one\ntwo\n');
    assert.match(rejected.results[1] ?? '', /^The person rejected your edits of a\.py/);
    assert.deepEqual(rejected.ran, ['one\ntwo\n'], 'the command was allowed');
  });

  it('runs nothing while a review is left open, after a no, and where the mode says no', async () => {
    const left = await run([{ calls: [edit, bash] }, { text: 'Done.' }], { review: () => ({ kind: 'left' }) });
    assert.deepEqual([left.ran, left.staged.staged().size], [[], 1]);
    assert.match(left.results[1] ?? '', /wait for review/);
    const no = await run([{ calls: [bash] }, { text: 'Done.' }], {
      permit: () => ({ answer: 'reject_once', word: 'use pytest' }),
    });
    assert.deepEqual(no.results, ['The person did not allow this. They say: use pytest']);
    const plan = await run([{ calls: [edit, bash] }, { text: 'Done.' }], {
      decide: (name) => ({ verdict: 'refuse', reason: `No ${name} in plan mode.` }),
    });
    assert.deepEqual(
      [plan.results, plan.ran, plan.reviews],
      [['No edit in plan mode.', 'No bash in plan mode.'], [], []],
    );
  });

  it('keeps a rule for "always", and the next turn is told what a review at the end decided', async () => {
    const always = await run([{ calls: [bash] }, { text: 'Done.' }], { permit: () => ({ answer: 'allow_always' }) });
    assert.deepEqual(always.rules, ['make *']);
    const first = await run([{ calls: [edit] }, { text: 'Done.' }], { review: () => ({ kind: 'rejected' }) });
    const second = await run([{ text: 'I see.' }], {}, first.kept);
    assert.match(
      String(second.asked[0]?.messages.at(-1)?.content),
      /^The person rejected your edits of a\.py.*\n\nGo\.$/s,
    );
  });
});

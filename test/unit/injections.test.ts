import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandAssessment, foreignToolAssessment, pathAssessment } from '../../sidecar/permission/assess.ts';
import { decide } from '../../sidecar/permission/decide.ts';
import { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { Assessment, Effect } from '../../sidecar/tools/tool.ts';
import { type Injection, injections, obey } from './injectedTurns.ts';
import { tenth } from './seeded.ts';

describe('calls of a model that obeys what it reads', () => {
  const cases = injections;
  let top = '';
  let root = '';
  before(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-inject-')));
    root = join(top, 'app');
    mkdirSync(join(root, 'src'), { recursive: true });
    mkdirSync(join(top, 'elsewhere'));
    writeFileSync(join(top, 'elsewhere', 'secret.txt'), '');
    symlinkSync('../elsewhere', join(root, 'out'));
  });
  after(() => rmSync(top, { recursive: true }));

  async function judged(call: Injection['call']): Promise<{ effect: Effect; assessment: Assessment }> {
    const roots = [root];
    switch (call.tool) {
      case 'bash':
        return { effect: 'command', assessment: await commandAssessment(call.command, { roots }) };
      case 'read':
        return { effect: 'read', assessment: pathAssessment(call.path, 'read', roots) };
      case 'edit':
        return { effect: 'edit', assessment: pathAssessment(call.path, 'write', roots) };
      case 'fetch':
        return { effect: 'network', assessment: { risk: 'high', what: call.url, reasons: ['Opens the network'] } };
      case 'mcp': {
        const { server, name: tool, declaration } = call;
        return { effect: 'network', assessment: foreignToolAssessment({ server, tool, declaration }) };
      }
    }
  }

  it('are 100, of every kind, each text once', () => {
    assert.equal(cases.length, 100);
    assert.equal(new Set(cases.map(({ text }) => text)).size, 100);
    assert.equal(new Set(cases.map(({ kind }) => kind)).size, 5);
  });

  for (const mode of AgentMode.options) {
    it(`are asked about or refused in ${mode}, with nobody there refused`, async () => {
      const wrong: string[] = [];
      for (const { call, must, why } of cases) {
        const { effect, assessment } = await judged(call);
        const question = { mode, effect, assessment, rules: [] };
        const { verdict } = decide({ ...question, person: true });
        const alone = decide({ ...question, person: false }).verdict;
        const said = JSON.stringify(call);
        if (verdict !== must[mode]) wrong.push(`${verdict}, not ${must[mode]}: ${said}`);
        const excused = mode === 'auto' && why !== undefined && assessment.risk !== 'high';
        if (!excused && (verdict === 'run' || verdict === 'stage' || alone !== 'refuse'))
          wrong.push(`would run: ${said}`);
      }
      assert.deepEqual(wrong, []);
    });
  }
});

describe('a model that obeys what it reads, through the whole loop', () => {
  const some = tenth(injections, 1);
  for (const mode of AgentMode.options) {
    it(`writes, runs and sends nothing without consent in ${mode}: ${some.length} of ${injections.length}`, async () => {
      for (const injection of some) await obey(injection, mode);
    });
  }
});

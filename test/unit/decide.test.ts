import assert from 'node:assert/strict';
import { commandAssessment, foreignToolAssessment } from '../../sidecar/permission/assess.ts';
import { decide } from '../../sidecar/permission/decide.ts';
import { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { Assessment, Effect, Risk } from '../../sidecar/tools/tool.ts';

const effects: Effect[] = ['none', 'read', 'disk', 'edit', 'command', 'network'];
const risks: Risk[] = ['low', 'medium', 'high'];
const rated = (risk: Risk): Assessment => ({ risk, what: 'x', reasons: [] });

/** Mode, effect: what happens at low, medium and high risk. */
const expected: Record<AgentMode, Record<Effect, string>> = {
  plan: {
    none: 'run run run',
    read: 'run run ask',
    disk: 'run run ask',
    edit: 'refuse refuse refuse',
    command: 'refuse refuse refuse',
    network: 'ask refuse refuse',
  },
  ask: {
    none: 'run run run',
    read: 'run run ask',
    disk: 'run run ask',
    edit: 'stage stage ask',
    command: 'ask ask ask',
    network: 'ask ask ask',
  },
  'accept-edits': {
    none: 'run run run',
    read: 'run run ask',
    disk: 'run run ask',
    edit: 'run run ask',
    command: 'ask ask ask',
    network: 'ask ask ask',
  },
  auto: {
    none: 'run run run',
    read: 'run run ask',
    disk: 'run run ask',
    edit: 'run run ask',
    command: 'run run ask',
    network: 'run run ask',
  },
};

describe('decide', () => {
  for (const mode of AgentMode.options) {
    it(`does what the mode ${mode} says for every effect and risk`, () => {
      for (const effect of effects) {
        const found = risks.map(
          (risk) => decide({ mode, effect, assessment: rated(risk), rules: [], person: true }).verdict,
        );
        assert.equal(found.join(' '), expected[mode][effect], effect);
      }
    });

    it(`never asks and never runs more in ${mode} when nobody is there`, () => {
      for (const effect of effects) {
        for (const risk of risks) {
          const question = { mode, effect, assessment: rated(risk), rules: [] };
          const [there, gone] = [decide({ ...question, person: true }), decide({ ...question, person: false })];
          assert.equal(gone.verdict, there.verdict === 'ask' ? 'refuse' : there.verdict);
          if (gone.verdict === 'refuse') assert.ok(gone.reason.length > 20);
        }
      }
    });

    it(`refuses in ${mode} what nobody can allow`, () => {
      for (const effect of effects) {
        const assessment = { ...rated('low'), refused: "Changes git's own files", rule: 'x' };
        const found = decide({ mode, effect, assessment, rules: ['x'], person: true });
        assert.deepEqual(found, {
          verdict: 'refuse',
          reason: "Not allowed: Changes git's own files. No one can allow this here.",
        });
      }
    });
  }

  it('takes a call without an assessment at its worst, unless it only reads', () => {
    const verdicts = effects.map((effect) => decide({ mode: 'auto', effect, rules: [], person: true }).verdict);
    assert.equal(verdicts.join(' '), 'run run run ask ask ask');
  });

  it('lets a stored rule answer for a command, but not in plan', async () => {
    const assessment = await commandAssessment('npm test', { roots: ['/tmp'] });
    const question = { effect: 'command' as const, assessment, rules: ['npm test'] };
    assert.equal(assessment.rule, 'npm test');
    for (const person of [true, false]) {
      assert.equal(decide({ ...question, mode: 'ask', person }).verdict, 'run');
      assert.equal(decide({ ...question, mode: 'accept-edits', person }).verdict, 'run');
      assert.equal(decide({ ...question, mode: 'plan', person }).verdict, 'refuse');
    }
    assert.equal(decide({ ...question, mode: 'ask', rules: ['npm run *'], person: true }).verdict, 'ask');
  });

  it('asks before packages are installed, also in auto, unless a rule of the person allows it', async () => {
    for (const [command, verdict] of [
      ['npm install zod@4', 'ask'],
      ['cd src; pnpm add -D zod', 'ask'],
      ['npm test && npm install', 'ask'],
      ['bash -c "npm ci"', 'ask'],
      ['npm test', 'run'],
    ] as const) {
      const assessment = await commandAssessment(command, { roots: ['/tmp'] });
      assert.equal(assessment.risk, 'medium', command);
      const question = { effect: 'command', mode: 'auto', assessment, rules: [] } as const;
      assert.equal(decide({ ...question, person: true }).verdict, verdict, command);
      assert.equal(decide({ ...question, person: false }).verdict, verdict === 'ask' ? 'refuse' : 'run', command);
    }
    const assessment = await commandAssessment('npm install zod@4', { roots: ['/tmp'] });
    assert.deepEqual(assessment.reasons, ['Runs install scripts and opens the network']);
    assert.equal(assessment.rule, 'npm install *');
    const ruled = { effect: 'command', mode: 'auto', assessment, rules: ['npm install *'] } as const;
    assert.equal(decide({ ...ruled, person: false }).verdict, 'run');
  });

  it('lets no rule answer for edits and reads', () => {
    for (const effect of ['edit', 'read', 'disk'] as const) {
      const assessment = { ...rated('high'), rule: 'x' };
      assert.equal(decide({ mode: 'auto', effect, assessment, rules: ['x'], person: true }).verdict, 'ask');
    }
  });

  it('rates a foreign tool by its declaration, what is not said at its worst', () => {
    const verdict = (declaration: object, rules: string[] = [], mode: AgentMode = 'auto') => {
      const assessment = foreignToolAssessment({ server: 'docs', tool: 'search', declaration });
      return decide({ mode, effect: 'network', assessment, rules, person: true }).verdict;
    };
    assert.equal(verdict({}), 'ask');
    assert.equal(verdict({ readOnlyHint: true }), 'ask');
    assert.equal(verdict({ readOnlyHint: true, openWorldHint: false }), 'run');
    assert.equal(verdict({ destructiveHint: false, openWorldHint: false }), 'run');
    assert.equal(verdict({ openWorldHint: false }), 'ask');
    assert.equal(verdict({ destructiveHint: false }), 'ask');
    const rule = ['mcp docs/search'];
    assert.equal(verdict({ readOnlyHint: true, openWorldHint: false }, [], 'ask'), 'ask');
    assert.equal(verdict({ readOnlyHint: true, openWorldHint: false }, rule, 'ask'), 'run');
    assert.equal(verdict({}, rule, 'ask'), 'ask');
    assert.equal(verdict({ readOnlyHint: true, openWorldHint: false }, [], 'plan'), 'ask');
  });
});

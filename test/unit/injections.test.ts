import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { commandAssessment, foreignToolAssessment, pathAssessment } from '../../sidecar/permission/assess.ts';
import { decide } from '../../sidecar/permission/decide.ts';
import { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import type { Assessment, Effect } from '../../sidecar/tools/tool.ts';

const Call = z.discriminatedUnion('tool', [
  z.object({ tool: z.literal('bash'), command: z.string() }),
  z.object({ tool: z.enum(['read', 'edit']), path: z.string() }),
  z.object({ tool: z.literal('fetch'), url: z.string() }),
  z.object({
    tool: z.literal('mcp'),
    server: z.string(),
    name: z.string(),
    declaration: z.object({
      readOnlyHint: z.boolean().optional(),
      destructiveHint: z.boolean().optional(),
      openWorldHint: z.boolean().optional(),
    }),
  }),
]);
const Cases = z.array(
  z.strictObject({
    kind: z.enum(['file', 'output', 'name', 'mcp', 'web']),
    /** What stands in the file, output, name, result or page. */
    text: z.string(),
    /** What a model that obeys it would call. */
    call: Call,
    must: z.record(AgentMode, z.enum(['run', 'ask', 'refuse'])),
    /** Why it is right that it runs without a question. */
    why: z.string().optional(),
  }),
);

describe('calls of a model that obeys what it reads', () => {
  const cases = Cases.parse(JSON.parse(readFileSync('test/fixtures/injections.json', 'utf8')));
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

  async function judged(call: z.infer<typeof Call>): Promise<{ effect: Effect; assessment: Assessment }> {
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

import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';
import type { Sandbox } from '../../sidecar/commands/sandbox/sandbox.ts';
import { findShell } from '../../sidecar/commands/shell.ts';
import type { PermissionQuestion } from '../../sidecar/host/person.ts';
import { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import { createFetchUrlTool } from '../../sidecar/tools/fetchUrl.ts';
import { describedTool } from '../../sidecar/tools/mcp/mcpTool.ts';
import type { AnyTool } from '../../sidecar/tools/tool.ts';
import { sessionTools } from '../../sidecar/tools/toolSet.ts';
import { type Scripted, scriptedBackend } from './scriptedAgent.ts';
import { openTestSession, pathBelow, personWho } from './testSession.ts';

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
const Verdict = z.enum(['run', 'ask', 'refuse']);

/** `test/fixtures/injections.json`. */
export const Injection = z.strictObject({
  kind: z.enum(['file', 'output', 'name', 'mcp', 'web']),
  /** What stands in the file, output, name, result or page. */
  text: z.string(),
  /** What a model that obeys it would call. */
  call: Call,
  must: z.record(AgentMode, Verdict),
  /** Why it is right that it runs without a question. */
  why: z.string().optional(),
});
export type Injection = z.infer<typeof Injection>;

export const injections = z.array(Injection).parse(JSON.parse(readFileSync('test/fixtures/injections.json', 'utf8')));

const page = 'https://pages.example/article';
const log = 'cat build.log';

interface Workspace {
  top: string;
  root: string;
}

/** The workspace of the cases: files that they name, secrets in it and beside it, a link out of it. */
function makeWorkspace(): Workspace {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-obey-')));
  const root = join(top, 'app');
  for (const path of [
    'app/src/a.ts',
    'app/.env',
    'app/certs/server.pem',
    'app/.git/config',
    'elsewhere/secret.txt',
    'other-project/config.json',
  ]) {
    mkdirSync(dirname(join(top, path)), { recursive: true });
    writeFileSync(join(top, path), `canary of ${path}\n`);
  }
  symlinkSync('../elsewhere', join(root, 'out'));
  return { top, root };
}

/** Where the text of a case comes from: what stands in the workspace, and the call that brings it before the model. */
function carrierOf({ kind, text }: Injection, { root }: Workspace): [name: string, args: object] {
  if (kind === 'output') {
    writeFileSync(join(root, 'build.log'), `${text}\n`);
    return ['bash', { command: log }];
  }
  if (kind === 'mcp') return ['mcp__notes__lookup', {}];
  if (kind === 'web') return ['fetch_url', { url: page }];
  if (kind === 'name' && !text.startsWith('..')) {
    mkdirSync(dirname(join(root, text)), { recursive: true });
    writeFileSync(join(root, text), '');
    return ['list', {}];
  }
  writeFileSync(join(root, 'notes.md'), `${text}\n`);
  return ['read', { file_path: 'notes.md' }];
}

/** The calls that the text asks for. */
function obeyed(call: Injection['call']): [name: string, args: object][] {
  switch (call.tool) {
    case 'bash':
      return [['bash', { command: call.command }]];
    case 'read':
      return [['read', { file_path: call.path }]];
    case 'edit':
      return [
        ['write_file', { file_path: call.path, content: 'as it was told\n' }],
        ['edit', { file_path: call.path, old_string: 'canary', new_string: 'as it was told' }],
      ];
    case 'fetch':
      return [['fetch_url', { url: call.url }]];
    case 'mcp':
      return [[`mcp__${call.server}__${call.name}`, { all: true }]];
  }
}

/** What the question has to show of a call: the whole command or address, the path and where it really leads. */
function named(call: Injection['call'], { root }: Workspace): string[] {
  switch (call.tool) {
    case 'bash':
      return [call.command];
    case 'fetch':
      return [call.url, new URL(call.url).host];
    case 'mcp':
      return [`${call.server}/${call.name} {"all":true}`];
    default: {
      const path = join(root, call.path);
      return [call.path, ...(call.path.startsWith('out/') ? [realpathSync(path)] : [])];
    }
  }
}

export interface Obeyed {
  /** Calls that had an effect or brought what was asked about, beside the one that carried the text. */
  ran: string[];
  asked: number;
  refused: number;
}

/**
 * One case in one mode, through a whole session with a model that does what it reads; throws where a promise is broken. In
 * a sandbox what the gate lets through runs, and commands of medium risk are let through in auto.
 */
export async function obey(injection: Injection, mode: AgentMode, sandbox: Sandbox = noSandbox): Promise<Obeyed> {
  const place = makeWorkspace();
  const { top, root } = place;
  const carrier = carrierOf(injection, place);
  const calls = obeyed(injection.call);
  const before = treeOf(top);
  const data = mkdtempSync(join(tmpdir(), 'devstral-obey-data-'));
  const begun: string[] = [];
  const isCarrier = (name: string, args: object) =>
    name === carrier[0] && JSON.stringify(args) === JSON.stringify(carrier[1]);
  const tools = toolsFor(injection, place, data, sandbox).map((tool): AnyTool => {
    const { run } = tool;
    return {
      ...tool,
      run: async (args, context) => {
        if (isCarrier(tool.name, args))
          return tool.effect === 'network' ? textResult(injection.text) : run(args, context);
        begun.push(`${tool.name} ${JSON.stringify(args)}`);
        if (tool.effect === 'command' && sandbox.kind !== 'none') return run(args, context);
        // Nothing of a case may ever happen here, also when it gets through.
        return tool.effect === 'command' || tool.effect === 'network' ? textResult('done') : run(args, context);
      },
    };
  });
  // They wanted that page, and want nothing of what it says.
  const wanted = (question: PermissionQuestion) => question.assessment.what === page;
  const { person, asked, reviewed } = personWho((question) => ({
    answer: wanted(question) ? 'allow_once' : 'reject_once',
  }));
  const script: Scripted[] = [
    { text: 'I look.', calls: [[carrier[0], JSON.stringify(carrier[1])]] },
    { text: 'It says what to do.', calls: calls.map(([name, args]) => [name, JSON.stringify(args)]) },
    { text: 'Done.' },
  ];
  const { backend, asked: prompts } = scriptedBackend(script);
  const rules = [log, 'mcp notes/lookup'];
  const { turn, log: kept } = await openTestSession({
    ...{ root, data, backend, tools, mode, person, rules },
    settings: { sandbox: sandbox.kind === 'none' ? 'off' : 'auto' },
  });
  const events = await turn('Look at it.');
  await kept.close();
  const where = `${mode}: ${JSON.stringify(injection.call)}`;

  const results =
    prompts.at(-1)?.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : [])) ?? [];
  const isThere = mode !== 'plan' || (injection.kind !== 'output' && injection.kind !== 'web');
  if (isThere && injection.kind !== 'name')
    assert.ok(results[0]?.includes(stripVTControlCharacters(injection.text)), `${where}: it read the text`);
  // Without a sandbox a command is asked about in auto.
  const isAsked = sandbox.kind === 'none' && injection.must[mode] === 'run' && injection.call.tool === 'bash';
  const must = isAsked ? 'ask' : injection.must[mode];
  const questions = asked.filter((question) => !wanted(question));
  assert.equal(questions.length, must === 'ask' ? calls.length : 0, `${where}: questions`);
  for (const { assessment, title } of questions) {
    const shown = [title, assessment.what, assessment.where, ...assessment.reasons].join('\n');
    for (const part of named(injection.call, place))
      assert.ok(shown.includes(part), `${where}: ${shown} without ${part}`);
    assert.ok(assessment.reasons.length > 0 || assessment.risk === 'low', `${where}: no reason`);
  }
  assert.equal(events.filter(({ type }) => type === 'end').length, 1, where);
  assert.deepEqual(begun, must === 'run' ? calls.map(([name, args]) => `${name} ${JSON.stringify(args)}`) : [], where);
  assert.deepEqual(
    reviewed.map(({ files }) => files.map(({ uri }) => pathBelow(root, uri))),
    [],
    `${where}: staged`,
  );
  assert.deepEqual(treeOf(top), before, `${where}: files`);
  rmSync(top, { recursive: true });
  rmSync(data, { recursive: true });
  return { ran: begun, asked: questions.length, refused: must === 'refuse' ? calls.length : 0 };
}

const noSandbox: Sandbox = { kind: 'none', reason: 'a test' };

function toolsFor({ call }: Injection, { root }: Workspace, data: string, sandbox: Sandbox): AnyTool[] {
  const commands = {
    shell: findShell(),
    sandbox,
    network: () => false,
    outputFolder: join(data, 'outputs'),
    removedFolder: join(data, 'removed'),
    heldFolder: join(data, 'held'),
    cacheFolder: null,
    home: sandbox.kind === 'none' ? root : homedir(),
    hidden: [],
  };
  const foreign = (server: string, name: string, annotations: object) =>
    describedTool(
      { name, inputSchema: { type: 'object' }, annotations },
      { server, name: `mcp__${server}__${name}`, run: async () => textResult('never') },
    ) ?? assert.fail();
  return [
    ...sessionTools({ root, host: {}, commands }),
    createFetchUrlTool({ proxy: { url: '', noProxy: [], strictTls: true }, allowPrivate: false }),
    foreign('notes', 'lookup', { readOnlyHint: true, openWorldHint: false }),
    ...(call.tool === 'mcp' ? [foreign(call.server, call.name, call.declaration)] : []),
  ];
}

const textResult = (text: string) => ({ ok: true, text, summary: '' });

/** Every path below a folder with its text or link. */
function treeOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'utf8') : entry.isSymbolicLink() ? 'link' : 'folder'];
    }),
  );
}

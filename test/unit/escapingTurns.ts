import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentMode } from '../../sidecar/protocol/agentMode.ts';
import { sessionTools } from '../../sidecar/tools/toolSet.ts';
import { canary, escapeIn, makeEscapeWorkspace } from './pathEscapes.ts';
import { type Scripted, scriptedBackend } from './scriptedAgent.ts';
import { disk, openTestSession, personWho } from './testSession.ts';

/** Every file tool with a path that leads outside, as what is written and as what is read. */
function callsFor(path: string): [name: string, args: object][] {
  const patch = `*** Begin Patch\n*** Add File: ${path}\n+escaped\n*** End Patch`;
  return [
    ['write_file', { file_path: path, content: 'escaped\n' }],
    ['edit', { file_path: path, old_string: canary, new_string: 'escaped' }],
    ['edit', { file_path: path, old_string: canary, new_string: 'escaped', replace_all: true }],
    ['move_file', { file_path: 'src/a.ts', to: path }],
    ['move_file', { file_path: path, to: 'src/taken.ts' }],
    ['move_file', { file_path: path }],
    ['insert_lines', { file_path: path, insert_line: 0, new_string: 'escaped' }],
    ['search_replace', { file_path: path, content: `<<<<<<< SEARCH\n${canary}\n=======\nescaped\n>>>>>>> REPLACE` }],
    ['apply_patch', { patch }],
    ['read', { file_path: path }],
    ['grep', { pattern: canary, path }],
    ['glob', { pattern: '**/*', path }],
    ['list', { path }],
  ];
}

/**
 * One way out through all file tools in a whole session, with a person who says yes to everything. Answers how many calls
 * there were; throws if anything beside the workspace's own files was changed or read.
 */
export async function tryEscape(named: string, mode: AgentMode): Promise<number> {
  const top = makeEscapeWorkspace();
  const root = join(top, 'app');
  const data = mkdtempSync(join(tmpdir(), 'devstral-escape-data-'));
  const before = others(top);
  const calls = callsFor(escapeIn(top, named));
  const script: Scripted[] = [
    ...calls.map(([name, args]): Scripted => ({ calls: [[name, JSON.stringify(args)]] })),
    { text: 'Done.' },
  ];
  const { backend, asked } = scriptedBackend(script);
  const { apply } = disk({ data });
  const { person } = personWho(
    () => ({ answer: 'allow_once' }),
    async (changeSet) => {
      const applied = await apply(changeSet);
      return applied.kind === 'applied' ? { ...applied, files: [], textsAfter: [] } : { kind: 'left' };
    },
  );
  const tools = sessionTools({ root, host: {}, commands: noCommands }).filter(({ effect }) => effect !== 'command');
  const { turn, log } = await openTestSession({ root, data, backend, tools, mode, person });
  await turn('Go.');
  await log.close();
  const where = `${mode}: ${JSON.stringify(named)}`;
  assert.equal(asked.length, script.length, `${where}: it went on to the end`);
  const results = asked.at(-1)?.messages.flatMap((message) => (message.role === 'tool' ? [message.content] : [])) ?? [];
  assert.equal(results.length, calls.length, where);
  assert.deepEqual(others(top), before, `${where}: what lies outside`);
  for (const [at, result] of results.entries()) {
    const [name] = calls[at] ?? [];
    const shows = `${where}: ${JSON.stringify(calls[at])} shows ${result}`;
    assert.doesNotMatch(result, /canary of (?:outside|app-secret)|root:x:/, shows);
    // Names of what lies outside, each alone in its line.
    if (name === 'list' || name === 'glob')
      assert.doesNotMatch(result, /^(?:.*\/)?(?:secret\.txt|key|passwd)$/m, shows);
  }
  rmSync(top, { recursive: true });
  rmSync(data, { recursive: true });
  return calls.length;
}

const noCommands = { shell: { kind: 'bash', path: '/bin/bash' }, sandbox: { kind: 'none', reason: '' } } as never;

/** All that lies outside of the workspace, git's own files, and the links: what no call may change. */
function others(top: string): Record<string, string> {
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  const found: Record<string, string> = {};
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const below = path.slice(top.length + 1);
    if (entry.isSymbolicLink()) found[below] = readlinkSync(path);
    else if (!below.startsWith('app/') || /(^|\/)\.git(\/|$)/.test(below)) {
      found[below] = entry.isFile() ? readFileSync(path, 'utf8') : 'folder';
    }
  }
  return found;
}

import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { URI } from 'vscode-uri';
import type { LanguageServers } from '../../sidecar/host/host.ts';
import { createTerminalHost } from '../../sidecar/host/terminalHost.ts';
import type { SymbolPlace } from '../../sidecar/protocol/host.ts';
import { diagnosticsTool } from '../../sidecar/tools/diagnostics.ts';
import { readCall } from '../../sidecar/tools/readCall.ts';
import { symbolsTool } from '../../sidecar/tools/symbols.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';
import { createStagedFiles } from '../../sidecar/workspace/stagedFiles.ts';

describe('tools that ask language servers', () => {
  let root = '';
  let uri = '';
  let asked: unknown[] = [];
  let answer: SymbolPlace[] = [];
  let languages: LanguageServers;

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-lsp-')));
    writeFileSync(join(root, 'a.py'), 'class Area:\n    def area(self):\n        return 1\n\nprint(Area().area())\n');
    uri = URI.file(join(root, 'a.py')).toString();
    asked = [];
    answer = [];
    const range = { start: { line: 4, character: 0 }, end: { line: 4, character: 5 } };
    languages = {
      diagnostics: async () => [
        {
          uri,
          found: [
            { range, severity: 'error', message: 'wrong', source: 'py', code: 'E1' },
            { range, severity: 'hint', message: 'unused' },
          ],
        },
        { uri: 'file:///elsewhere/b.py', found: [{ range, severity: 'error', message: 'not ours' }] },
      ],
      symbols: async (params) => {
        asked.push(params);
        return answer;
      },
    };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  async function call(name: string, args: object, host: object = { languages }) {
    const read = readCall(
      { id: 'a', name, arguments: JSON.stringify(args) },
      [diagnosticsTool, symbolsTool],
      new Map(),
    );
    if (read.kind === 'bad') return { ok: false, text: read.text, summary: 'bad' };
    const documents = createDocuments({} as never);
    const files = createStagedFiles({ documents, roots: () => [root], newId: () => 'c' });
    return read.tool.run(read.args, { roots: [root], files, host, signal: new AbortController().signal } as never);
  }

  it('shows problems of the workspace, without hints', async () => {
    assert.deepEqual(await call('diagnostics', {}), {
      ok: true,
      text: 'a.py:5: error: wrong (py E1)',
      summary: '1 problem',
    });
    assert.equal((await call('diagnostics', { path: '../x' })).text, '../x is outside of the workspace.');
    const terminal = await call('diagnostics', {}, createTerminalHost({ env: {} }));
    assert.equal(terminal.text, 'There are no language servers here.');
  });

  it('finds where a name stands and asks there', async () => {
    answer = [{ uri, start: { line: 1, character: 8 }, endLine: 2 }];
    const found = await call('symbols', { action: 'definition', path: 'a.py', symbol: 'area', line: 5 });
    assert.deepEqual(found, { ok: true, text: 'a.py:2: def area(self):', summary: '1 place' });
    await call('symbols', { action: 'references', path: 'a.py', symbol: 'area' });
    assert.deepEqual(asked, [
      { action: 'definition', uri, at: { line: 4, character: 13 } },
      { action: 'references', uri, at: { line: 1, character: 8 } },
    ]);
    const absent = await call('symbols', { action: 'definition', path: 'a.py', symbol: 'are' });
    assert.equal(absent.text, 'are does not stand in a.py.');
  });

  it('finds a name without a path by the symbols of the workspace', async () => {
    answer = [{ uri, start: { line: 1, character: 4 }, endLine: 2, name: 'area', kind: 'Method' }];
    assert.equal((await call('symbols', { action: 'workspace', symbol: 'area' })).text, 'Method area a.py:2');
    await call('symbols', { action: 'references', symbol: 'area' });
    assert.deepEqual(asked.at(-1), { action: 'references', uri, at: { line: 1, character: 8 } });
    answer = [];
    assert.match((await call('symbols', { action: 'references', symbol: 'none' })).text, /^No symbol of the workspace/);
  });

  it('shows the outline of a file', async () => {
    answer = [
      { uri, start: { line: 0, character: 6 }, endLine: 2, name: 'Area', kind: 'Class', depth: 0 },
      { uri, start: { line: 1, character: 8 }, endLine: 2, name: 'area', kind: 'Method', depth: 1 },
    ];
    assert.equal((await call('symbols', { action: 'file', path: 'a.py' })).text, 'Class Area 1-3\n  Method area 2-3');
    assert.equal((await call('symbols', { action: 'file', path: 'b.py' })).text, 'There is no file b.py.');
  });
});

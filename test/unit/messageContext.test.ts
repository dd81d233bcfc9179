import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { URI } from 'vscode-uri';
import { readContext } from '../../sidecar/agent/messageContext.ts';
import { contextsInPrompt } from '../../sidecar/agent/transcript.ts';
import type { AgentEvent } from '../../sidecar/protocol/agentEvents.ts';
import type { SessionContext } from '../../sidecar/protocol/sessionContext.ts';
import { createDocuments } from '../../sidecar/workspace/documents.ts';

describe('context of a message', () => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-context-')));
  const root = join(base, 'app');
  const put = (path: string, text: string | Uint8Array) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };
  before(() => {
    put('app/src/a.py', 'one = 1\ntwo = 2\nthree = 3\n');
    put('app/src/b.ts', 'export {};');
    put('app/src/deep/c.md', '```\nfence\n```\n');
    put('app/src/.env', 'TOKEN=abc\n');
    put('app/src/picture.bin', new Uint8Array([0, 1, 2, 0]));
    put('app/src/skipped.log', 'log\n');
    put('app/.gitignore', '*.log\n');
    put('app/private/plan.txt', 'plan\n');
    put('app/.devstralignore', 'private/\n');
    put('app/long.txt', 'a line\n'.repeat(40_000));
    put('outside.txt', 'outside\n');
    symlinkSync(join(base, 'outside.txt'), join(root, 'link.txt'));
  });
  after(() => rmSync(base, { recursive: true }));

  const uri = (path: string) => URI.file(join(base, path)).toString();
  const file = (path: string): SessionContext => ({
    kind: 'file',
    uri: uri(path),
    label: path.split('/').at(-1) ?? '',
  });
  const documents = createDocuments({ readText: async () => ({ kind: 'unreadable', encoding: 'x' }) } as never);
  const read = (context: SessionContext[], earlier: string[] = []) =>
    readContext(context, { documents, roots: () => [root], earlier }, new AbortController().signal);

  it('is a file in a fence with its path and language', async () => {
    const { text, attached } = await read([file('app/src/a.py')]);
    assert.equal(text, 'src/a.py:\n\n```py\none = 1\ntwo = 2\nthree = 3\n```');
    assert.deepEqual(attached, ['a.py']);
  });

  it('is the lines of a range, whole, and says which', async () => {
    const range = { start: { line: 1, character: 2 }, end: { line: 2, character: 0 } };
    const { text } = await read([{ ...file('app/src/a.py'), range } as SessionContext]);
    assert.equal(text, 'src/a.py, line 2:\n\n```py\ntwo = 2\n```');
    const both = { start: { line: 0, character: 3 }, end: { line: 1, character: 2 } };
    const { text: two } = await read([{ ...file('app/src/a.py'), range: both } as SessionContext]);
    assert.equal(two, 'src/a.py, lines 1 to 2:\n\n```py\none = 1\ntwo = 2\n```');
  });

  it('has the text that the editor holds, not the one on disk', async () => {
    documents.open(uri('app/src/b.ts'), 'typescript', 2, 'export const unsaved = 1;\n');
    assert.match((await read([file('app/src/b.ts')])).text, /```typescript\nexport const unsaved = 1;\n```$/);
    documents.close(uri('app/src/b.ts'));
  });

  it('is a listing of a folder with sizes, and its small texts', async () => {
    const { text, attached } = await read([{ kind: 'folder', uri: uri('app/src'), label: 'src/' }]);
    assert.deepEqual(attached, ['src/']);
    const listed = text.slice(0, text.indexOf('\n\nsrc/a.py:')).split('\n');
    assert.deepEqual(listed, [
      'src/:',
      '',
      'src/.env (10 bytes)',
      'src/a.py (26 bytes)',
      'src/b.ts (10 bytes)',
      'src/deep/',
      'src/deep/c.md (14 bytes)',
      'src/picture.bin (4 bytes)',
      '(2 of 5 files are not shown here: read those you need)',
    ]);
    assert.match(text, /src\/deep\/c\.md:\n\n````md\n```\nfence\n```\n````/);
    assert.doesNotMatch(text, /TOKEN=abc/);
  });

  it('shows of a large folder what fits, and counts the rest', async () => {
    for (let i = 0; i < 12; i++) put(`app/many/f${10 + i}.txt`, `${'word '.repeat(2000)}\n`);
    const { text } = await read([{ kind: 'folder', uri: uri('app/many'), label: 'many/' }]);
    assert.match(text, /\(7 of 12 files are not shown here/);
    assert.equal(text.match(/^many\/f\d+\.txt:$/gm)?.length, 5);
    assert.ok(text.length < 65_000);
  });

  it('leaves out what may not or cannot go along, and says so', async () => {
    const notes: [SessionContext, RegExp, RegExp][] = [
      [file('outside.txt'), /outside of the workspace\. Not attached\.$/, /outside (?:of )?the workspace/],
      [file('app/link.txt'), /outside of the workspace\. Not attached\.$/, /outside (?:of )?the workspace/],
      [file('app/src/.env'), /^src\/\.env holds secrets\. Not attached\.$/, /holds secrets/],
      [file('app/private/plan.txt'), /^\.devstralignore names private\/plan\.txt\. Not attached\.$/, /devstralignore/],
      [{ kind: 'folder', uri: uri('app/private'), label: 'private/' }, /\.devstralignore names private/, /ignore/],
      [file('app/src/picture.bin'), /^src\/picture\.bin: .* Not attached\.$/, /not readable as text/i],
      [file('app/none.txt'), /^There is no none\.txt\. Not attached\.$/, /not there/],
      [file('app/long.txt'), /^long\.txt is too large to go along \(40001 lines\)/, /too large/],
      [{ kind: 'file', uri: 'untitled:Untitled-1', label: 'Untitled-1' }, /outside (?:of )?the workspace/, /outside/],
    ];
    for (const [item, said, label] of notes) {
      const { text, attached } = await read([item]);
      assert.match(text, said);
      assert.match(attached[0] ?? '', label);
    }
  });

  it('has of a long file the lines that were chosen', async () => {
    const range = { start: { line: 4, character: 0 }, end: { line: 5, character: 3 } };
    const { text } = await read([{ ...file('app/long.txt'), range } as SessionContext]);
    assert.match(text, /^long\.txt, lines 5 to 6:\n\n```txt\na line\na line\n```$/);
  });

  it('fences a text of the editor, and keeps the end of a long one', async () => {
    const { text } = await read([{ kind: 'text', label: 'Terminal', text: '$ npm test\n```' }]);
    assert.equal(text, 'Terminal:\n\n````\n$ npm test\n```\n````');
    const long = await read([{ kind: 'text', label: 'Terminal', text: `${'x'.repeat(300_000)}last` }]);
    assert.match(long.text, /^Terminal:\n\n```\n\(cut: the last 200000 characters\)\nx+last\n```$/);
  });

  it('is sent again where a condensation took it out of the prompt', () => {
    const user = (id: string) => ({ type: 'user', id, text: 'Why?', context: `file ${id}` }) as const;
    const answer: AgentEvent = { type: 'answer', text: 'So.', reasoning: '', calls: [] };
    const steer = { type: 'steer', text: 'Also', context: 'file s' } as const;
    const log: AgentEvent[] = [user('1'), answer, user('2'), answer, user('3'), answer, steer];
    assert.deepEqual(contextsInPrompt(log), ['file 1', 'file 2', 'file 3', 'file s']);
    log.push({ type: 'condensed', upTo: 4, summary: 's' }, user('4'));
    assert.deepEqual(contextsInPrompt(log), ['file 1', 'file 3', 'file s', 'file 4']);
  });

  it('names what the prompt has already word for word', async () => {
    const first = await read([file('app/src/a.py')]);
    const again = await read([file('app/src/a.py'), file('app/src/b.ts')], [`${first.text}\n\nWhy?`]);
    assert.equal(again.text, 'src/a.py: as above, unchanged.\n\nsrc/b.ts:\n\n```ts\nexport {};\n```');
    documents.open(uri('app/src/a.py'), 'python', 2, 'one = 2\n');
    const changed = await read([file('app/src/a.py')], [first.text]);
    assert.equal(changed.text, 'src/a.py:\n\n```python\none = 2\n```');
    documents.close(uri('app/src/a.py'));
  });
});

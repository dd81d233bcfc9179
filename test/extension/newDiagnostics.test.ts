import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { newDiagnostics } from '../../extension/edits/newDiagnostics.ts';

const token = new vscode.CancellationTokenSource().token;
const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail('no folder');

async function check(languageId: string, base: string, candidate: string, name = 'checked.ts') {
  const uri = vscode.Uri.joinPath(folder, name).toString();
  const added = await newDiagnostics({ uri, languageId, base, candidate }, token);
  return added?.map(({ code, message }) => `${code} ${message}`) ?? null;
}

const types = (candidate: string, base = 'export const count: number = 2 - 1;\n') =>
  check('typescript', base, candidate);

/** With the TypeScript language features of VS Code; the first question waits until their server is up. */
describe('problems that an answer adds', () => {
  it('finds a type error, which needs the types and not only the syntax', async () => {
    assert.deepEqual(await types('export const count: number = "three";\n'), [
      "2322 Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('finds a syntax error', async () => {
    const added = await types('export const count: number = (3;\n');
    assert.ok(
      added?.some((line) => /^1005 /.test(line)),
      String(added),
    );
  });

  it('finds nothing in an answer without one', async () => {
    assert.deepEqual(await types('export const count: number = 3;\n'), []);
  });

  it('does not count what was there before: other lines, imports that cannot be resolved from here', async () => {
    const base = "import { a } from './other';\nconst wrong: number = 'x';\nexport const b = a - 1;\n";
    assert.deepEqual(await types(`// moved\n\n${base.replace('a - 1', 'a')}`, base), []);
    assert.deepEqual(await types(`${base}const also: number = 'x';\n`, base), [
      "2322 Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('knows JSX and JavaScript by their language', async () => {
    assert.deepEqual(
      await check(
        'typescriptreact',
        'export const a = 1;\n',
        'export const a = <b>x</b>;\nlet n: number = "";\n',
        'a.tsx',
      ).then((all) => all?.filter((line) => /^2322/.test(line))),
      ["2322 Type 'string' is not assignable to type 'number'."],
    );
    assert.ok((await check('javascript', 'let a = 1;\n', 'let a = ;\n', 'a.js'))?.length);
  });

  it('says nothing for a language without a server, within its bound, and does not wait for it twice', async () => {
    const started = Date.now();
    assert.equal(await check('plaintext', 'a\n', 'b\n', 'a.txt'), null);
    assert.ok(Date.now() - started < 3000);
    const again = Date.now();
    assert.equal(await check('plaintext', 'a\n', 'c\n', 'a.txt'), null);
    assert.ok(Date.now() - again < 500);
  });

  it('takes the word of a server that publishes for any document', async () => {
    const own = vscode.languages.createDiagnosticCollection('test');
    const opened = vscode.workspace.onDidOpenTextDocument((document) => {
      if (document.languageId !== 'markdown') return;
      const at = document.getText().indexOf('bad');
      const place = document.positionAt(Math.max(0, at));
      own.set(document.uri, at < 0 ? [] : [new vscode.Diagnostic(new vscode.Range(place, place), 'bad word')]);
    });
    try {
      assert.deepEqual(await check('markdown', 'good\n', 'bad\n', 'a.md'), ['undefined bad word']);
      assert.deepEqual(await check('markdown', 'bad\n', 'good\n', 'a.md'), []);
    } finally {
      opened.dispose();
      own.dispose();
    }
  });

  it('opens no tab and leaves nothing unsaved', async () => {
    const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;
    const before = tabs();
    await types('export const count: number = 4;\n');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(tabs(), before);
    assert.deepEqual(
      vscode.workspace.textDocuments.filter(({ isDirty }) => isDirty).map(({ uri }) => uri.toString()),
      [],
    );
  });
});

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import { editorRipgrep } from '../../extension/agent/editorRipgrep.ts';
import { problems, symbols } from '../../extension/agent/languageTools.ts';

const token = new vscode.CancellationTokenSource().token;
const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? assert.fail('no folder');
const shapes = vscode.Uri.joinPath(folder, 'languageTools', 'shapes.ts');
const use = vscode.Uri.joinPath(folder, 'languageTools', 'use.ts');

const shapesText = `export class Circle {
  constructor(readonly radius: number) {}
  areaOfCircle(): number {
    return Math.PI * this.radius ** 2;
  }
}
`;
const useText = `import { Circle } from './shapes';
import { gone } from './gone';
export const one = new Circle('1');
export const area = one.areaOfCircle() + gone;
`;

/** With the TypeScript language features of VS Code. */
describe('what language servers tell the agent', () => {
  before(async () => {
    await vscode.workspace.fs.writeFile(shapes, Buffer.from(shapesText));
    await vscode.workspace.fs.writeFile(use, Buffer.from(useText));
  });
  after(() => vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, 'languageTools'), { recursive: true }));

  it('has the outline of a file that is not shown', async () => {
    const found = await symbols({ action: 'file', uri: shapes.toString() }, token);
    assert.deepEqual(
      found.map(({ name, kind, depth, start, endLine }) => [name, kind, depth, start.line, endLine]),
      [
        ['Circle', 'Class', 0, 0, 5],
        ['constructor', 'Constructor', 1, 1, 1],
        ['radius', 'Property', 1, 1, 1],
        ['areaOfCircle', 'Method', 1, 2, 4],
      ],
    );
  });

  it('finds definition, references and symbols of the workspace', async () => {
    const at = { line: 3, character: useText.split('\n')[3]!.indexOf('areaOfCircle') };
    const places = (found: Awaited<ReturnType<typeof symbols>>) =>
      found.map(({ uri, start }) => `${uri.split('/').at(-1)}:${start.line}`);
    assert.deepEqual(places(await symbols({ action: 'definition', uri: use.toString(), at }, token)), ['shapes.ts:2']);
    const references = places(await symbols({ action: 'references', uri: use.toString(), at }, token));
    assert.deepEqual(references.sort(), ['shapes.ts:2', 'use.ts:3']);
    const named = await symbols({ action: 'workspace', query: 'areaOfCircle' }, token);
    assert.ok(named.some(({ name, uri }) => name?.startsWith('areaOfCircle') && uri === shapes.toString()));
  });

  it('has the problems of a file that is not shown, a missing import among them', async () => {
    const [file] = await problems(use.toString(), token);
    assert.deepEqual(
      file?.found.filter(({ severity }) => severity === 'error').map(({ code, range }) => [code, range.start.line]),
      [
        ['2307', 1],
        ['2345', 2],
      ],
    );
    assert.deepEqual(await problems(shapes.toString(), token), [{ uri: shapes.toString(), found: [] }]);
    assert.deepEqual(await problems(vscode.Uri.joinPath(folder, 'none.ts').toString(), token), []);
  });

  it('finds the ripgrep that VS Code searches with', () => {
    const found = editorRipgrep() ?? assert.fail('none');
    assert.match(execFileSync(found, ['--version'], { encoding: 'utf8' }), /^ripgrep \d+/);
  });

  it('tells all that is known of files', async () => {
    const own = vscode.languages.createDiagnosticCollection('test');
    const range = new vscode.Range(0, 0, 0, 1);
    own.set(shapes, [new vscode.Diagnostic(range, 'said', vscode.DiagnosticSeverity.Warning)]);
    own.set(vscode.Uri.parse('untitled:x'), [new vscode.Diagnostic(range, 'not this')]);
    try {
      const messages = (await problems(null, token)).flatMap(({ found }) => found.map(({ message }) => message));
      assert.ok(messages.includes('said'));
      assert.ok(!messages.includes('not this'));
    } finally {
      own.dispose();
    }
  });
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { filesOf, todoApp } from '../servers/todoApp.ts';
import { createSessionHost, type SessionHost } from './sessionHost.ts';
import { waitFor } from './waitFor.ts';

/** Sixteen files are written through the editor, which takes its time on a busy computer. */
const longMs = 50_000;

describe('a whole application in the editor', () => {
  let host: SessionHost;
  before(async () => {
    host = await createSessionHost();
    await host.newSession();
  });
  after(async () => {
    await host.reset();
    await host.stop();
  });

  it('is one review, written byte for byte when it is accepted, and a second turn changes three files', async function () {
    this.timeout(3 * longMs);
    const { page } = host;
    const extension = vscode.extensions.getExtension('devstral-vscode.devstral')?.extensionPath ?? assert.fail();
    const app = todoApp(join(extension, 'test', 'fixtures'), host.relative);
    const folder = host.path('.');
    const reviewed = async (names: string[], operation: string) => {
      const { files } = await waitFor('the review', () => page.staged(), longMs);
      assert.deepEqual(files.map(({ path }) => path).sort(), names.map(host.relative).sort());
      assert.ok(files.every((file) => file.operation === operation));
      page.send({ type: 'acceptAll' });
    };

    host.script(...app.first);
    page.say('Write a to-do app with FastAPI and React.');
    await reviewed(Object.keys(app.files), 'create');
    await waitFor('the end of the turn', () => page.ends() === 1, longMs);
    assert.deepEqual(filesOf(folder), app.files);
    const told = page.kept().flatMap((event) => (event.type === 'reviewed' ? event.told.split('\n').slice(1) : []));
    assert.equal(told.length, Object.keys(app.files).length);
    assert.ok(
      told.every((line) => line.endsWith(': accepted.')),
      `also the empty file: ${told.join(' | ')}`,
    );

    host.script(...app.second);
    page.say('Give to-dos a priority.');
    const changed = Object.keys(app.files).filter((path) => app.files[path] !== app.changed[path]);
    assert.equal(changed.length, 3);
    await reviewed(changed, 'edit');
    await waitFor('the end of the second turn', () => page.ends() === 2, longMs);
    assert.deepEqual(filesOf(folder), app.changed);
    assert.deepEqual(
      page.kept().flatMap((event) => (event.type === 'end' ? [event.reason] : [])),
      ['done', 'done'],
    );
  });
});

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { createFixHost, type FixHost } from './fixHost.ts';

const places = Array.from({ length: 16 }, (_none, place) => place);
/** Functions lines apart, of which those of `mended` return something else. */
const text = (mended: (place: number) => boolean) =>
  places
    .map((place) => [`def f${place}(values):`, `    return values[${mended(place) ? 0 : 1}]`, '', '', ''].join('\n'))
    .join('');
const buggy = text(() => false);

/** Keys pressed faster than VS Code tells where the cursor is: each is about the change after that of the one before. */
describe('decisions pressed quickly', () => {
  let host: FixHost;
  let load: ChildProcess[] = [];
  before(async () => {
    // On a busy machine VS Code's word of the cursor's place comes late. (It ends by itself if nobody is left to end it.)
    const busy = 'for (const end = Date.now() + 120_000; Date.now() < end; );';
    load = Array.from({ length: Math.ceil(availableParallelism() / 2) }, () => spawn(process.execPath, ['-e', busy]));
    host = createFixHost();
    await host.start();
  });
  afterEach(() => host.reset());
  after(async () => {
    for (const each of load) each.kill();
    await host.stop();
  });

  const press = (commands: string[], gapMs: number) =>
    Promise.all(
      commands.map(async (command, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * gapMs));
        await host.run(`devstral.review.${command}`);
      }),
    );

  for (const gapMs of [16, 20, 24]) {
    it(`every ${gapMs} ms: accepts and rejects what they are about, and goes on in the next file`, async () => {
      await host.open('c.py', buggy);
      await host.open('a.py', buggy);
      const other = text((place) => place < 2);
      host.answerWith(
        text(() => true),
        { [host.relative('c.py')]: other },
      );
      await host.review();
      const inFirst = places.map((place) => (place !== 14 ? 'acceptChange' : 'rejectChange'));
      await press([...inFirst, 'acceptChange', 'acceptChange'], gapMs);
      assert.equal(
        host.text('a.py'),
        text((place) => place !== 14),
      );
      assert.equal(host.text('c.py'), other);
      assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, 'file', 'the review is over');
    });
  }
});

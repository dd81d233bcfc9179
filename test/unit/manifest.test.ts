import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command?: string }[]>;
    keybindings: { command: string }[];
    walkthroughs: {
      id: string;
      steps: { id: string; media: { image: Record<string, string> }; completionEvents: string[] }[];
    }[];
  };
}

const text = readFileSync('package.json', 'utf8');
const { contributes } = JSON.parse(text) as Manifest;
const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Record<string, string>;

describe('the manifest', () => {
  it('has a text for each of its keys', () => {
    const missing = [...text.matchAll(/"%([\w.]+)%"/g)].flatMap(([, key = '']) => (texts[key] ? [] : [key]));
    assert.deepEqual(missing, []);
  });

  it('names only commands that it has, in menus and keys', () => {
    const known = new Set(contributes.commands.map(({ command }) => command));
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map(({ command }) => command);
    assert.deepEqual(
      used.filter((command) => command?.startsWith('devstral.') && !known.has(command)),
      [],
    );
  });

  it('has a picture of at most 150 KB in each theme for each of the six steps of the walkthrough', () => {
    const [walkthrough] = contributes.walkthroughs;
    assert.equal(walkthrough?.steps.length, 6);
    for (const { media, completionEvents } of walkthrough.steps) {
      // VS Code takes all four or none.
      assert.deepEqual(Object.keys(media.image), ['dark', 'light', 'hc', 'hcLight']);
      for (const file of Object.values(media.image))
        assert.ok(existsSync(file) && statSync(file).size <= 150_000, file);
      assert.equal(completionEvents.length, 1);
    }
  });
});

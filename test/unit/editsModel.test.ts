import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { mergeTexts } from '../../sidecar/edits/threeWayMerge.ts';
import { acceptAll } from '../../sidecar/host/terminalReview.ts';
import { editTool } from '../../sidecar/tools/edit.ts';
import { createAppliedFiles } from '../../sidecar/workspace/appliedFiles.ts';
import { applyOutcomes, undoApply } from '../../sidecar/workspace/applyChanges.ts';
import { createStagedFiles } from '../../sidecar/workspace/stagedFiles.ts';
import type { WorkspaceFiles } from '../../sidecar/workspace/workspaceFiles.ts';
import { doPlainly, type PlainFiles, type Step } from './plainFiles.ts';
import { disk, never, pathBelow } from './testSession.ts';

const names = ['a.txt', 'b.txt', 'dir/c.txt', 'dir/new.txt', 'new.txt'];
const words = ['one', 'two', 'three', 'four', 'fünf', '😀'];
const start: Record<string, string> = {
  'a.txt': 'one\ntwo\nthree\nfour\n',
  'b.txt': 'one\none\n',
  'dir/c.txt': 'two\n',
};

const name = fc.constantFrom(...names);
const word = fc.constantFrom(...words);
const text = fc.array(word, { minLength: 1, maxLength: 6 }).map((lines) => `${lines.join('\n')}\n`);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('write' as const), name, text }),
  fc.record({ do: fc.constant('edit' as const), name, line: word, to: word }),
  fc.record({ do: fc.constant('remove' as const), name }),
  fc.record({ do: fc.constant('rename' as const), name, to: name }),
);
/** The person adds a line to a file beside the agent, writes it anew or deletes it. */
const byPerson = fc.record({
  do: fc.constant('person' as const),
  name,
  how: fc.constantFrom('above', 'above', 'below', 'anew', 'delete'),
  text,
});
/** Each file of the review is accepted or not. */
const review = fc.record({ do: fc.constant('review' as const), accept: fc.array(fc.boolean(), { maxLength: 5 }) });

describe('edits against a plain file system', () => {
  let root = '';
  let data = '';
  let way: ReturnType<typeof disk>;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'devstral-model-data-'));
    way = disk({ data });
  });
  afterEach(() => rmSync(data, { recursive: true }));

  /** A fresh workspace with the files of the start. */
  function begin(): PlainFiles {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-model-')));
    for (const [path, content] of Object.entries(start)) put(path, content);
    return new Map(Object.entries(start));
  }
  function put(path: string, content: string | null) {
    const full = join(root, path);
    if (content === null) return rmSync(full, { force: true });
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
  }
  const onDisk = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(root, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => {
          const path = join(entry.parentPath, entry.name);
          return [path.slice(root.length + 1), readFileSync(path, 'utf8')];
        }),
    );
  const sorted = (files: Iterable<[string, string]>) => [...files].sort(([a], [b]) => (a < b ? -1 : 1));
  const overlay = () => createStagedFiles({ documents: way.documents, roots: () => [root], newId: () => 'c' });

  async function take(files: WorkspaceFiles, one: Step): Promise<boolean> {
    if (one.do === 'write') return (await files.write(one.name, one.text, never)).kind === 'written';
    if (one.do === 'remove') return (await files.remove(one.name, never)).kind === 'written';
    if (one.do === 'rename') return (await files.rename(one.name, one.to, never)).kind === 'written';
    const context = { roots: [root], files, signal: never } as never;
    const args = { file_path: one.name, old_string: one.line, new_string: one.to };
    return (await editTool.run(args, context)).ok;
  }

  async function viewOf(files: WorkspaceFiles): Promise<[string, string][]> {
    const all: [string, string][] = [];
    for (const each of names) {
      const read = await files.read(each, never);
      if (read.kind === 'text') all.push([each, read.file.text]);
    }
    return sorted(all);
  }

  it('are the same at once, staged and accepted, and plainly', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const plain = begin();
        const applied = createAppliedFiles({ staged: overlay(), apply: way.apply, onApplied: async () => undefined });
        const first = root;
        for (const one of steps) {
          const could = doPlainly(plain, one);
          assert.equal(await take(applied, one), could, JSON.stringify(one));
          assert.deepEqual(sorted(Object.entries(onDisk())), sorted(plain));
          assert.deepEqual(await viewOf(applied), sorted(plain));
        }
        begin();
        const before = onDisk();
        const staged = overlay();
        for (const one of steps) await take(staged, one);
        assert.deepEqual(onDisk(), before, 'nothing is written before the review');
        assert.deepEqual(await viewOf(staged), sorted(plain));
        const changeSet = staged.changeSet('t');
        if (changeSet) {
          const result = await way.apply(changeSet);
          assert.equal(result.kind, 'applied', JSON.stringify(result));
          assert.deepEqual(sorted(Object.entries(onDisk())), sorted(plain));
          if (result.kind === 'applied') {
            const currentText = (uri: string) => way.documents.read(uri, never);
            const undone = await undoApply(result.applyId, { ...way, currentText, signal: never });
            assert.equal(undone.kind, 'applied', JSON.stringify(undone));
          }
        }
        assert.deepEqual(onDisk(), before, 'one undo takes back all of it');
        for (const folder of [first, root]) rmSync(folder, { recursive: true });
      }),
      { numRuns: 25, seed: 11 },
    );
  });

  /** What a review makes of one file: the person's own text is merged, or stands in the way. */
  function merged(base: string | null, current: string | null, proposed: string | null): string | null | 'no' {
    if (current === base) return proposed;
    if (proposed === null) return current === null ? null : 'no';
    if (current === null) return base === null ? proposed : 'no';
    const outcome = mergeTexts(base ?? '', current, proposed);
    return outcome.kind === 'merged' ? outcome.text : 'no';
  }

  it('stay what they were under edits of the person and reviews file by file', async () => {
    const counts = { reviews: 0, applied: 0, merged: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(step, step, byPerson, byPerson, review), { minLength: 12, maxLength: 30 }),
        async (steps) => {
          const plain = begin();
          const staged = overlay();
          /** What each staged file was when it was first written to, and what it shall be. */
          const held = new Map<string, { base: string | null; text: string | null }>();
          const view = () => {
            const files: PlainFiles = new Map(plain);
            for (const [path, { text: to }] of held) {
              if (to === null) files.delete(path);
              else files.set(path, to);
            }
            return files;
          };
          for (const one of steps) {
            if (one.do === 'person') {
              const was = plain.get(one.name) ?? '';
              const now =
                { above: `mine\n${was}`, below: `${was}mine\n`, anew: one.text, delete: null }[one.how] ?? null;
              put(one.name, now);
              if (now === null) plain.delete(one.name);
              else plain.set(one.name, now);
            } else if (one.do === 'review') {
              counts.reviews++;
              const changeSet = staged.changeSet('t');
              const files = changeSet ? acceptAll(changeSet) : [];
              assert.deepEqual(
                sorted(
                  files.map(({ uri, operation, finalText }) => [pathBelow(root, uri), `${operation} ${finalText}`]),
                ),
                sorted(
                  [...held].map(([path, { base, text: to }]) => [
                    path,
                    to === null ? 'delete ' : `${base === null ? 'create' : 'edit'} ${to}`,
                  ]),
                ),
              );
              const accepted = files.filter((_, at) => one.accept[at] !== false);
              if (accepted.length === 0) {
                staged.clear();
                held.clear();
              } else {
                const outcomes = accepted.map(({ uri }) => {
                  const path = pathBelow(root, uri);
                  const { base, text: to } = held.get(path) ?? assert.fail(path);
                  const current = plain.get(path) ?? null;
                  if (current !== base) counts.merged++;
                  return [path, merged(base, current, to)] as const;
                });
                const result = await applyOutcomes(
                  { changeSetId: 'c', files: accepted },
                  { ...way, currentText: (uri) => way.documents.read(uri, never), signal: never },
                );
                // All files or none.
                const fits = outcomes.every(([, to]) => to !== 'no');
                assert.equal(result.kind === 'applied', fits, JSON.stringify([result, outcomes]));
                if (fits) {
                  counts.applied++;
                  for (const [path, to] of outcomes) {
                    if (to === null) plain.delete(path);
                    else plain.set(path, to);
                  }
                  staged.clear();
                  held.clear();
                } else counts.refused++;
              }
            } else {
              const files = view();
              const before = new Map(files);
              const could = doPlainly(files, one);
              assert.equal(await take(staged, one), could, JSON.stringify(one));
              for (const path of could ? [one.name, ...('to' in one && one.do === 'rename' ? [one.to] : [])] : []) {
                const base = held.has(path) ? (held.get(path)?.base ?? null) : (before.get(path) ?? null);
                const to = files.get(path) ?? null;
                if (to === base) held.delete(path);
                else held.set(path, { base, text: to });
              }
            }
            assert.deepEqual(sorted(Object.entries(onDisk())), sorted(plain), JSON.stringify(one));
            assert.deepEqual(await viewOf(staged), sorted(view()), JSON.stringify(one));
          }
          rmSync(root, { recursive: true });
        },
      ),
      { numRuns: 50, seed: 12 },
    );
    // What the runs are worth.
    assert.ok(
      Object.values(counts).every((count) => count > 5),
      JSON.stringify(counts),
    );
  });
});

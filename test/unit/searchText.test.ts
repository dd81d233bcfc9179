import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { readPattern } from '../../sidecar/workspace/search/pattern.ts';
import { findRipgrep } from '../../sidecar/workspace/search/ripgrep.ts';
import { searchPlaces } from '../../sidecar/workspace/search/searchPlace.ts';
import { type SearchDeps, searchText } from '../../sidecar/workspace/search/searchText.ts';
import { ripgrepForTests } from './ripgrepForTests.ts';

const program = ripgrepForTests();
const signal = new AbortController().signal;

interface Ask {
  pattern: string;
  ignoreCase?: boolean;
  context?: number;
  glob?: string;
  path?: string;
  staged?: ReadonlyMap<string, string | null>;
  roots?: string[];
}

describe('search of text', () => {
  let root = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-search-')));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, text: string | Buffer) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  async function search(ask: Ask, ripgrep: string | null, deps: Partial<SearchDeps> = {}) {
    const read = readPattern(ask.pattern, ask.ignoreCase ?? false);
    if (read.kind === 'refused') return read;
    const staged = ask.staged ?? new Map();
    const found = await searchPlaces(ask.roots ?? [root], ask.path, staged);
    if ('reason' in found) return { kind: 'refused' as const, reason: found.reason };
    const query = { pattern: read.pattern, context: ask.context ?? 0, ...(ask.glob ? { glob: ask.glob } : {}) };
    return searchText(found.places, query, { ripgrep, staged, signal, ...deps });
  }
  /** What both find, as `path:line` of the matching lines; they must find the same to the last character. */
  async function both(ask: Ask, deps: Partial<SearchDeps> = {}): Promise<string[] | string> {
    const ours = await search(ask, null, deps);
    if (program) assert.deepEqual(await search(ask, program, deps), ours, `ripgrep on ${JSON.stringify(ask)}`);
    if (ours.kind === 'refused') return ours.reason;
    return ours.files.flatMap(({ shown, lines }) =>
      lines.filter(({ at }) => at !== null).map(({ line }) => `${shown}:${line}`),
    );
  }

  it('has a ripgrep to compare with where the editor for tests is installed', function () {
    if (!program) this.skip();
  });

  it('finds lines in the order of their paths, with what is around them', async () => {
    put('b.txt', 'one\ntwo\nthree\n');
    put('a/z.txt', 'two');
    put('a.txt', 'no\r\ntwo two\r\n');
    put('.github/x.yml', 'two\n');
    assert.deepEqual(await both({ pattern: 'two' }), ['.github/x.yml:1', 'a/z.txt:1', 'a.txt:2', 'b.txt:2']);
    assert.deepEqual(await both({ pattern: 'TWO$', ignoreCase: true, context: 1 }), [
      '.github/x.yml:1',
      'a/z.txt:1',
      'a.txt:2',
      'b.txt:2',
    ]);
    assert.deepEqual(await both({ pattern: 'two', path: 'a' }), ['a/z.txt:1']);
    assert.deepEqual(await both({ pattern: 'two', path: 'b.txt' }), ['b.txt:2']);
    assert.deepEqual(await both({ pattern: 'two', glob: '*.{yml,md}' }), ['.github/x.yml:1']);
    assert.deepEqual(await both({ pattern: 'two', glob: 'a/**' }), ['a/z.txt:1']);
    assert.equal(await both({ pattern: 'two', path: '../x' }), '../x is outside of the workspace.');
    const around = await search({ pattern: 'two', path: 'b.txt', context: 1 }, null);
    assert.deepEqual(around.kind === 'found' && around.files[0]?.lines, [
      { line: 1, text: 'one', at: null },
      { line: 2, text: 'two', at: 0 },
      { line: 3, text: 'three', at: null },
    ]);
  });

  it('leaves out what is ignored, binary, secret or reached by a link', async () => {
    mkdirSync(join(root, '.git/info'), { recursive: true });
    put('.git/info/exclude', 'mine.txt\n');
    put('.git/config', 'x');
    put('.gitignore', 'dist/\n*.log\n!keep.log\n');
    put('sub/.gitignore', '!some.log\nlocal\n');
    put('.devstralignore', 'big/**\n');
    put('.vscodeignore', 'pack.txt\n');
    put('web/.vscodeignore', '**/*.ts\n');
    put('web/package.json', '{"engines": {"vscode": "^1.100.0"}}');
    for (const path of [
      'dist/a.js',
      'a.log',
      'keep.log',
      'sub/some.log',
      'sub/local',
      'sub/local.txt',
      'big/a',
      'mine.txt',
    ])
      put(path, 'x');
    for (const path of ['pack.txt', '.env', 'web/a.ts', 'ok.txt', '.rgignore', '.ignore']) put(path, 'x');
    put('.ignore', 'ok.txt\nx');
    put('binary', Buffer.from('x\n\0'));
    put('late', Buffer.from(`x\n${'y\n'.repeat(100_000)}\0`));
    put('latin', Buffer.from('x gr\xfcn\nx\n', 'latin1'));
    put('wide', Buffer.from('\ufeffx\nx\n', 'utf16le'));
    put('marked', '\ufeffx\n');
    put('large', 'x\n'.repeat(2_700_000));
    symlinkSync(root, join(root, 'loop'));
    symlinkSync(join(root, 'ok.txt'), join(root, 'link.txt'));
    assert.deepEqual(await both({ pattern: '^x$' }), [
      '.ignore:2',
      '.rgignore:1',
      'keep.log:1',
      'latin:2',
      'marked:1',
      'ok.txt:1',
      'sub/local.txt:1',
      'sub/some.log:1',
      'web/a.ts:1',
      'wide:1',
      'wide:2',
    ]);
    assert.deepEqual(await both({ pattern: 'x', path: 'dist' }), ['dist/a.js:1'], 'an ignored folder that is named');
    assert.deepEqual(await both({ pattern: '^x$', path: 'sub', roots: [join(root, 'sub')] }), 'There is no sub.');
    assert.deepEqual(await both({ pattern: '^x$', roots: [join(root, 'sub')] }), ['local.txt:1', 'some.log:1']);
  });

  it('searches what is staged as it is staged', async () => {
    put('.gitignore', 'out\n');
    put('a.txt', 'old\n');
    put('b.txt', 'old\n');
    const staged = new Map([
      [join(root, 'a.txt'), 'new\r\nold one\r\n'],
      [join(root, 'b.txt'), null],
      [join(root, 'c/new.txt'), 'old'],
      [join(root, 'out/x'), 'old'],
    ]);
    assert.deepEqual(await both({ pattern: 'old', staged }), ['a.txt:2', 'c/new.txt:1']);
    assert.deepEqual(await both({ pattern: 'old', staged, path: 'c' }), ['c/new.txt:1']);
    assert.deepEqual(await both({ pattern: 'old', staged, path: 'b.txt' }), 'There is no b.txt.');
  });

  it('shows the first 100 lines of all and counts the others', async () => {
    for (let at = 0; at < 30; at++) put(`f${at}.txt`, 'hit\n'.repeat(at * 10));
    put('f1000.txt', `${'a'.repeat(900)}hit${'b'.repeat(900)}`);
    const found = await search({ pattern: 'hit', context: 2 }, program);
    assert.deepEqual(await search({ pattern: 'hit', context: 2 }, null), found);
    assert.ok(found.kind === 'found');
    assert.equal(found.hits, 4351);
    assert.equal(found.fileCount, 30);
    const shown = found.files.flatMap(({ lines }) => lines.filter(({ at }) => at !== null));
    assert.equal(shown.length, 100);
    assert.ok(found.files.every(({ lines }) => lines.every(({ text }) => text.length <= 202)));
    const long = await search({ pattern: 'hit', path: 'f1000.txt' }, null);
    assert.match((long.kind === 'found' && long.files[0]?.lines[0]?.text) || '', /^…a{60}hitb{137}…$/);
  });

  it('says what it does not take, and stops what would take for ever', async () => {
    put('a.txt', `${'a'.repeat(60)}b`);
    assert.match(String(await both({ pattern: 'x(?=y)' })), /^Lookaround is not supported/);
    assert.match(String(await both({ pattern: '(a)\\1' })), /^Back references/);
    assert.match(String(await both({ pattern: 'a\\nb' })), /^Lines are searched one by one/);
    assert.match(String(await both({ pattern: 'foo(' })), /^There is a \( without a \)/);
    assert.match(String(await both({ pattern: '*a' })), /^There is nothing to repeat before \*/);
    const slow = await search({ pattern: '^(a+)+$' }, null);
    assert.match(slow.kind === 'refused' ? slow.reason : '', /^The pattern takes too long on a\.txt/);
    const stopped = new AbortController();
    stopped.abort();
    await assert.rejects(search({ pattern: 'a' }, null, { signal: stopped.signal }));
    await assert.rejects(search({ pattern: 'a' }, program, { signal: stopped.signal }));
    assert.deepEqual(
      await search({ pattern: 'b' }, join(root, 'no-such-program')),
      await search({ pattern: 'b' }, null),
    );
  });

  it('takes the ripgrep of the editor before one on the path', () => {
    const name = process.platform === 'win32' ? 'rg.exe' : 'rg';
    put(name, '');
    assert.equal(findRipgrep(undefined, `relative:${join(root, 'none')}`), null);
    if (!program) return;
    assert.equal(findRipgrep(program, root), program);
    assert.equal(findRipgrep(join(root, 'gone'), dirname(program)), program);
  });

  it('finds the same with ripgrep, whatever is searched for and wherever', async function () {
    if (!program) this.skip();
    const name = fc.constantFrom('a', 'b.ts', 'c.log', 'é', '.hid');
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
    const atom = fc.constantFrom(
      'a',
      'B',
      'é',
      '.',
      '\\w',
      '\\W',
      '\\d',
      '\\D',
      '\\s',
      '\\S',
      '[^a]',
      '[a-cé]',
      '[^\\s]',
      '[\\w-.]',
      '\\{',
      '{',
      '(a|b)',
      '(?:ab)?',
      '\\b',
      '^',
      '$',
      '\\p{Lu}',
      '[[:alpha:]]',
      '٣',
      'ſ',
      '\\x41',
      '[[(]',
      '\\.',
      '-',
      '#',
    );
    const many = fc.constantFrom('', '', '*', '+', '?', '{2}', '{0,2}', '+?', '{,1}');
    const pattern = fc
      .array(fc.tuple(atom, many), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.flat().join(''));
    const piece = fc.constantFrom(
      'a',
      'b',
      'B',
      'ab',
      'A',
      'é',
      'É',
      '\r',
      '\n',
      '\r\n',
      ' ',
      '\t',
      '1',
      '٣',
      'ſ',
      'K',
      '_',
      '-',
      '{',
      '(',
      '.',
      '#',
      '\u2028',
      '\u00a0',
      '😀',
    );
    const text = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));
    const rule = fc.constantFrom(
      'a',
      'b.ts',
      '*.log',
      '!c.log',
      '/a',
      'a/',
      'a/b.ts',
      '!a',
      '**/é',
      'a/**',
      '*',
      '!.hid',
      '!*/',
    );
    const rules = fc.array(rule, { maxLength: 3 }).map((lines) => lines.join('\n'));
    const ruleFile = fc.constantFrom(
      '.gitignore',
      '.devstralignore',
      'a/.gitignore',
      'a/b.ts/.gitignore',
      '.vscodeignore',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(path, text, { maxKeys: 6 }),
        fc.dictionary(ruleFile, rules, { maxKeys: 3 }),
        fc.dictionary(path, fc.option(text), { maxKeys: 2 }),
        fc.record({ pattern, ignoreCase: fc.boolean(), context: fc.nat(2) }),
        fc.option(fc.constantFrom('*.ts', 'a/**', '*', '**/*.{ts,log}'), { nil: undefined }),
        fc.boolean(),
        async (files, ignoring, edits, query, glob, repository) => {
          rmSync(root, { recursive: true, force: true });
          mkdirSync(repository ? join(root, '.git') : root, { recursive: true });
          for (const [file, content] of [...Object.entries(files), ...Object.entries(ignoring)]) {
            try {
              put(file, content);
            } catch {
              // A file where another has its folder.
            }
          }
          const staged = new Map(Object.entries(edits).map(([file, content]) => [join(root, file), content]));
          await both({ ...query, staged, ...(glob ? { glob } : {}) });
        },
      ),
      { numRuns: 200, seed: 11 },
    );
  });
});

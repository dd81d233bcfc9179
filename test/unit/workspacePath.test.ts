import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix, win32 } from 'node:path';
import { pathToFileURL } from 'node:url';
import { relativeInside, resolveInside } from '../../sidecar/workspace/workspacePath.ts';

describe('resolveInside', () => {
  let top = '';
  let root = '';
  let other = '';
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-path-')));
    root = join(top, 'app');
    other = join(top, 'lib');
    mkdirSync(join(root, 'src'), { recursive: true });
    mkdirSync(join(other, 'src'), { recursive: true });
    mkdirSync(join(top, 'app-secret'));
    writeFileSync(join(root, 'src', 'a.py'), '');
    writeFileSync(join(other, 'src', 'only.py'), '');
    writeFileSync(join(top, 'app-secret', 'key'), '');
  });
  afterEach(() => rmSync(top, { recursive: true }));

  const inside = (named: string, relative: string, path = join(root, relative), roots = [root]) =>
    assert.deepEqual(resolveInside(roots, named), {
      kind: 'inside',
      path,
      root: roots.find((each) => path.startsWith(`${each}/`)) ?? path,
      relative,
    });
  const outside = (named: string) => assert.equal(resolveInside([root], named).kind, 'outside', named);

  it('takes relative and absolute paths and uris', () => {
    inside('src/a.py', 'src/a.py');
    inside('./src/../src/a.py', 'src/a.py');
    inside(join(root, 'src/a.py'), 'src/a.py');
    inside(pathToFileURL(join(root, 'src/a.py')).href, 'src/a.py');
    inside('app/src/a.py', 'src/a.py');
    inside('src\\a.py', 'src/a.py');
    inside('.', '', root);
  });

  it('takes files and folders that do not exist yet', () => {
    inside('new/deep/b.py', 'new/deep/b.py');
    inside('..hidden/b.py', '..hidden/b.py');
  });

  it('never leaves the root', () => {
    for (const named of [
      '../lib/src/only.py',
      'src/../../x',
      '/etc/passwd',
      join(top, 'app-secret/key'),
      '',
      '  ',
      'a\u0000b',
      'https://example.com/a.py',
      'C:\\Windows\\a.py',
      'C:/a.py',
      '\\\\server\\share\\a',
      'file:////server/share/a',
      'file:///a%00b',
    ]) {
      outside(named);
    }
  });

  it('follows links, also those of files that do not exist and those to nothing', () => {
    symlinkSync(join(top, 'lib'), join(root, 'out'));
    symlinkSync(join(root, 'src'), join(root, 'in'));
    symlinkSync(join(top, 'app-secret', 'new'), join(root, 'dangling'));
    symlinkSync(join(root, 'loop'), join(root, 'loop'));
    outside('out/src/only.py');
    outside('out/new.py');
    outside('dangling');
    outside('loop');
    inside('in/a.py', 'src/a.py');
    inside('in/new.py', 'src/new.py');
  });

  it('takes a root that is a link itself', () => {
    symlinkSync(root, join(top, 'link'));
    assert.deepEqual(resolveInside([join(top, 'link')], join(top, 'link', 'src/a.py')), {
      kind: 'inside',
      path: join(root, 'src/a.py'),
      root,
      relative: 'src/a.py',
    });
  });

  it('finds the right one of several roots', () => {
    const roots = [root, other];
    inside('src/only.py', 'src/only.py', join(other, 'src/only.py'), roots);
    inside('lib/src/only.py', 'src/only.py', join(other, 'src/only.py'), roots);
    inside('lib/src/new.py', 'src/new.py', join(other, 'src/new.py'), roots);
    inside('src/new.py', 'src/new.py', join(root, 'src/new.py'), roots);
  });
});

describe('relativeInside', () => {
  const windows = { folds: true, flavour: win32 };
  it('folds case where the file system does, and keeps the names as written', () => {
    assert.equal(relativeInside('C:\\Work\\App', 'c:\\work\\app\\Src\\A.py', windows), 'Src/A.py');
    assert.equal(relativeInside('/Work', '/work/A', { folds: true, flavour: posix }), 'A');
    assert.equal(relativeInside('/Work', '/work/A', { folds: false, flavour: posix }), null);
  });

  it('knows drives, shares and neighbours with a longer name', () => {
    assert.equal(relativeInside('C:\\app', 'D:\\app\\a', windows), null);
    assert.equal(relativeInside('C:\\app', 'C:\\application\\a', windows), null);
    assert.equal(relativeInside('\\\\host\\share', '\\\\host\\share\\x\\a', windows), 'x/a');
    assert.equal(relativeInside('/a', '/a', { folds: false, flavour: posix }), '');
  });
});

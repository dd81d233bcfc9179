import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { assessPath, createClassFinder, pathClass, pathRisk } from '../../sidecar/permission/pathRisk.ts';
import { escapeIn, makeEscapeWorkspace, oddNamesInside, pathEscapes } from './pathEscapes.ts';

describe('the risk of a path', () => {
  let top = '';
  let root = '';
  beforeEach(() => {
    top = makeEscapeWorkspace();
    root = join(top, 'app');
  });
  afterEach(() => rmSync(top, { recursive: true }));

  const named = (path: string) => escapeIn(top, path);
  /** All files outside of the workspace and git's own, without going through links. */
  const everything = (folder = top): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (folder === root && entry.name !== '.git') return [];
      return entry.isDirectory() ? [path, ...everything(path)] : [path];
    });

  it(`lets none of ${pathEscapes.length} escapes write, and none read without a question`, () => {
    assert.ok(pathEscapes.length >= 200, String(pathEscapes.length));
    const escaped: string[] = [];
    for (const path of pathEscapes) {
      const write = assessPath([root], named(path), 'write');
      const read = assessPath([root], named(path), 'read');
      if (write.verdict !== 'refuse') escaped.push(`${write.verdict} write ${path}`);
      // Git's own files may be looked at.
      const gits = read.place.kind === 'inside' && /^(?:sub\/)?\.g/iu.test(read.place.relative.normalize('NFKC'));
      if (read.verdict === 'plain' && !(gits || path.startsWith('git~1'))) escaped.push(`read ${path}`);
      for (const { verdict, reason } of [write, read]) if (verdict !== 'plain') assert.ok(reason, path);
    }
    assert.deepEqual(escaped, []);
  });

  it('takes odd names for what they are: files inside', () => {
    const before = everything();
    for (const path of oddNamesInside) {
      const { verdict, place } = assessPath([root], path, 'write');
      if (verdict !== 'plain') continue;
      assert.equal(place.kind, 'inside', path);
      mkdirSync(dirname(place.path), { recursive: true });
      writeFileSync(place.path, 'written');
      assert.ok(realpathSync(place.path).startsWith(root + sep), path);
    }
    assert.deepEqual(everything(), before);
    assert.equal(readFileSync(join(top, 'outside', 'secret.txt'), 'utf8'), 'canary of outside/secret.txt\n');
  });

  it('lets the files of the project be read and written', () => {
    for (const path of [
      'src/a.ts',
      'new/file.ts',
      'toSelf/src/a.ts',
      'app/src/a.ts',
      'package.json',
      'Makefile',
      '.gitignore',
      '.env.example',
      'src/environment.ts',
      'keys.ts',
      '.github/README.md',
      'docs/secrets.md',
      '.vscodeignore',
    ]) {
      for (const access of ['read', 'write'] as const) {
        const verdict = assessPath([root], path, access);
        assert.equal(verdict.verdict, 'plain', path);
        assert.equal(pathRisk(verdict, access), access === 'read' ? 'low' : 'medium');
      }
    }
  });

  it('asks for secrets, also behind a link', () => {
    symlinkSync('config/.env.local', join(root, 'plain.txt'));
    symlinkSync('src/a.ts', join(root, 'fake.pem'));
    for (const path of [
      '.env',
      '.env.local',
      '.ENV',
      '.env.production',
      'config/.env',
      'server.pem',
      'a/b.key',
      'id_rsa',
      'id_ed25519.pub',
      '.npmrc',
      '.netrc',
      '.pypirc',
      '.aws/credentials',
      '.ssh/config',
      'credentials.json',
      'service-account-x.json',
      'secrets.yaml',
      'terraform.tfstate',
      '.git-credentials',
      'plain.txt',
      'fake.pem',
      '.env.',
      '.env ',
      '.ENV::$DATA',
      '.e\u200bnv',
    ]) {
      for (const access of ['read', 'write'] as const) {
        const verdict = assessPath([root], path, access);
        assert.equal(verdict.verdict, 'ask', `${access} ${path}`);
        assert.equal(pathRisk(verdict, access), 'high');
      }
    }
    assert.equal(assessPath([root], '.git/config', 'read').verdict, 'ask');
  });

  it('asks before a file is written that can run code by itself', () => {
    for (const path of [
      '.vscode/tasks.json',
      '.vscode/settings.json',
      '.vscode/launch.json',
      '.vscode/extensions.json',
      '.VSCODE/Tasks.json',
      'packages/a/.vscode/tasks.json',
      'app.code-workspace',
      '.devcontainer/devcontainer.json',
      '.devcontainer.json',
      '.husky/pre-commit',
      '.github/workflows/ci.yml',
      '.GitHub/Workflows/ci.yml',
      '.gitmodules',
      '.gitattributes',
      '.gitlab-ci.yml',
      '.pre-commit-config.yaml',
      '.idea/workspace.xml',
      '.bashrc',
      '.vimrc',
      'sitecustomize.py',
      '.mcp.json',
      '.cargo/config.toml',
    ]) {
      assert.equal(assessPath([root], path, 'write').verdict, 'ask', path);
      assert.equal(assessPath([root], path, 'read').verdict, 'plain', path);
    }
  });

  it('is the same in a walk as of a whole path', () => {
    const find = createClassFinder('runs-code');
    const names = [
      '.github',
      'workflows',
      'a.yml',
      '.VSCODE',
      'tasks.json',
      '.cargo',
      'config.toml',
      '.mcp.json',
      'src',
    ];
    const paths = names.flatMap((one) => names.flatMap((two) => names.map((three) => [one, two, three])));
    for (const path of paths) {
      const walked = path.reduce<ReturnType<typeof find> | null>((above, name) => find(above, name), null);
      assert.equal(walked?.hit, pathClass(path.join('/')).has('runs-code'), path.join('/'));
    }
  });

  it('knows every root', () => {
    const other = join(top, 'outside');
    assert.equal(assessPath([root, other], '../outside/secret.txt', 'write').verdict, 'plain');
    assert.equal(assessPath([root, other], '../app-secret/key', 'write').verdict, 'refuse');
    assert.equal(assessPath([], 'src/a.ts', 'write').verdict, 'refuse');
  });
});

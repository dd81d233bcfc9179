import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type CommandDeps, runInWorkspace } from '../../sidecar/commands/runInWorkspace.ts';
import { chooseSandbox } from '../../sidecar/commands/sandbox/chooseSandbox.ts';
import { gradleHome } from '../../sidecar/commands/sandbox/gradleHome.ts';
import type { Sandbox } from '../../sidecar/commands/sandbox/sandbox.ts';
import { findShell } from '../../sidecar/commands/shell.ts';
import { createRunTestsTool } from '../../sidecar/tools/runTests.ts';

const onPosix = process.platform === 'win32' ? it.skip : it;

describe('Gradle in the sandbox', () => {
  let root = '';
  let work = '';
  let home = '';
  let cache = '';
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-gradle-')));
    [work, home, cache] = [join(root, 'work'), join(root, 'home'), join(root, 'cache')];
    for (const folder of [work, home, cache]) mkdirSync(folder);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const put = (files: Record<string, string>, folder = root) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };
  const homeOf = (env: Record<string, string> = {}, kind: Sandbox['kind'] = 'sandboxExec', roots = [work]) =>
    gradleHome({ kind }, { roots, home, cache, cwd: roots[0] ?? home }, env);
  const dists = (folder: string) => join(folder, 'wrapper/dists/gradle-8-bin/abc');
  const names = (folder: string) => readdirSync(folder).sort();

  onPosix('links distributions that are whole, not their locks; those that are gone go', () => {
    put({
      'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8/bin/gradle': '',
      'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8-bin.zip.ok': '',
      'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8-bin.zip.lck': '',
      'home/.gradle/wrapper/dists/gradle-9-bin/def/gradle-9/bin/gradle': '',
      'home/.gradle/gradle.properties': 'token=1',
    });
    const ours = homeOf().env.GRADLE_USER_HOME ?? '';
    assert.deepEqual(names(dists(ours)), ['gradle-8', 'gradle-8-bin.zip.ok']);
    assert.equal(existsSync(join(dists(ours), 'gradle-8/bin/gradle')), true);
    assert.deepEqual(names(join(ours, 'wrapper/dists')), ['gradle-8-bin']);
    assert.deepEqual(names(ours), ['wrapper']);
    assert.equal(homeOf({}, 'bubblewrap').env.GRADLE_USER_HOME, ours.replace(cache, join(home, '.cache')));
    assert.notEqual(homeOf({}, 'sandboxExec', [`${root}/other`]).env.GRADLE_USER_HOME, ours);
    rmSync(join(dists(join(home, '.gradle')), 'gradle-8'), { recursive: true });
    rmSync(join(dists(join(home, '.gradle')), 'gradle-8-bin.zip.ok'));
    homeOf();
    assert.deepEqual(names(dists(ours)), []);
    // What a command fetched itself is not mixed with what the person has.
    put({ 'gradle-8/half': '' }, dists(ours));
    put({ 'gradle-8-bin.zip.ok': '' }, dists(join(home, '.gradle')));
    homeOf();
    assert.deepEqual(names(dists(ours)), ['gradle-8']);
  });

  onPosix('makes no link where a command put one in the place of a folder', () => {
    put({ 'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8-bin.zip.ok': '' });
    const ours = homeOf().env.GRADLE_USER_HOME ?? '';
    const outside = join(root, 'outside');
    mkdirSync(outside);
    for (const place of ['wrapper/dists/gradle-8-bin/abc', 'wrapper/dists/gradle-8-bin', 'wrapper', '.']) {
      rmSync(join(ours, place), { recursive: true });
      symlinkSync(outside, join(ours, place));
      homeOf();
      assert.deepEqual(names(outside), [], place);
      rmSync(join(ours, place));
      homeOf();
    }
    assert.ok(lstatSync(join(dists(ours), 'gradle-8-bin.zip.ok')).isSymbolicLink());
  });

  onPosix('only for Gradle, only where its home is not the command’s own', () => {
    assert.deepEqual(homeOf().env, {});
    assert.deepEqual(names(cache), []);
    put({ 'work/settings.gradle.kts': '' });
    assert.deepEqual(Object.keys(homeOf().env), ['GRADLE_USER_HOME']);
    assert.deepEqual(homeOf({}, 'container').env, {});
    assert.deepEqual(homeOf({ GRADLE_USER_HOME: '.gradle-home' }).env, {});
    assert.deepEqual(homeOf({}, 'bubblewrap', [root]).env, {});
  });

  onPosix('takes the home that the person named, and hides its tokens where the sandbox would show them', () => {
    put({
      'elsewhere/gradle.properties': 'token=1',
      'elsewhere/caches/modules-2/x': '',
      'home/.local/gradle/caches/modules-2/x': '',
      'packages/modules-2/x': '',
    });
    const elsewhere = join(root, 'elsewhere');
    const { env, hidden, shown } = homeOf({ GRADLE_USER_HOME: elsewhere });
    assert.equal(env.GRADLE_RO_DEP_CACHE, join(elsewhere, 'caches'));
    assert.deepEqual([hidden, shown], [[elsewhere], [join(elsewhere, 'caches')]]);
    const inHome = homeOf({ GRADLE_USER_HOME: join(home, '.local/gradle') });
    assert.deepEqual(inHome.hidden, []);
    assert.ok(inHome.shown.includes(join(home, '.local/gradle/caches')));
    const named = homeOf({ GRADLE_USER_HOME: elsewhere, GRADLE_RO_DEP_CACHE: join(root, 'packages') });
    assert.equal(named.env.GRADLE_RO_DEP_CACHE, join(root, 'packages'));
    assert.ok(named.shown.includes(join(root, 'packages/modules-2')));
    // A folder with more than Gradle's own is never hidden.
    put({ 'gradle.properties': '' });
    assert.deepEqual(homeOf({ GRADLE_USER_HOME: root }).hidden, []);
  });

  describe('for real', () => {
    const program = '/usr/share/gradle';
    let sandbox: Sandbox;
    before(async function () {
      sandbox = await chooseSandbox({ sandbox: 'auto' });
      if (sandbox.kind === 'bubblewrap') return;
      console.log(`    not tested: ${sandbox.kind === 'none' ? sandbox.reason : sandbox.kind}`);
      this.skip();
    });

    const commands = (more: Partial<CommandDeps> = {}): CommandDeps => ({
      shell: findShell(),
      sandbox,
      network: () => false,
      outputFolder: join(root, 'outputs'),
      removedFolder: join(root, 'removed'),
      heldFolder: join(root, 'held'),
      cacheFolder: cache,
      home,
      hidden: [],
      ...more,
    });
    const asker = () => ({
      roots: [work],
      files: {} as never,
      host: {} as never,
      signal: new AbortController().signal,
      askPerson: async () => null,
      say: () => undefined,
    });
    const runTests = (more: Partial<CommandDeps> = {}) =>
      createRunTestsTool({
        commands: commands(more),
        assess: () => ({ risk: 'medium', what: '', reasons: [] }),
      }).run({}, asker());
    const project = {
      'work/build.gradle':
        "apply plugin: 'java'\ndependencies { testImplementation fileTree(dir: '/usr/share/java', includes: ['junit4.jar', 'hamcrest-core.jar']) }\n",
      'work/src/test/java/CalcTest.java':
        'import static org.junit.Assert.assertEquals;\npublic class CalcTest {\n  @org.junit.Test public void adds() { assertEquals(3, 1 + 1); }\n  @org.junit.Test public void ends() {}\n}\n',
    };
    const missing = () =>
      spawnSync('gradle', ['--version']).status === 0 && existsSync('/usr/share/java/junit4.jar')
        ? null
        : 'Debian’s gradle is not installed';

    it('the wrapper’s lock can be made, what it links is read, and nothing of it reaches the real home', async () => {
      put({
        'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8/bin/gradle': '#!/bin/sh\necho started\n',
        'home/.gradle/wrapper/dists/gradle-8-bin/abc/gradle-8-bin.zip.ok': '',
        'home/.gradle/caches/modules-2/files-2.1/a.jar': 'packed\n',
        'home/.gradle/gradle.properties': 'token=canary\n',
      });
      const command = [
        'cd $GRADLE_USER_HOME/wrapper/dists/gradle-8-bin/abc && touch gradle-8-bin.zip.lck && sh gradle-8/bin/gradle',
        'cat $GRADLE_RO_DEP_CACHE/modules-2/files-2.1/a.jar',
        'touch gradle-8/new ~/.gradle/caches/new; cat ~/.gradle/gradle.properties $GRADLE_USER_HOME/gradle.properties',
      ].join('\n');
      const run = { command, limitSeconds: 60, outsideSandbox: false, env: { HOME: home } };
      const { output } = (await runInWorkspace(commands(), run, asker())).run;
      assert.match(output, /^started\npacked\n/);
      assert.equal(output.match(/Read-only file system/g)?.length, 2, output);
      assert.doesNotMatch(output, /canary/);
      assert.deepEqual(names(dists(join(home, '.gradle'))), ['gradle-8', 'gradle-8-bin.zip.ok']);
      assert.deepEqual(names(work), []);
    });

    it('hides the tokens of a home that the person put outside of theirs', async () => {
      // Below /tmp the sandbox would hide all of it.
      const elsewhere = realpathSync(mkdtempSync(join(homedir(), '.devstral-gradle-')));
      process.env.GRADLE_USER_HOME = elsewhere;
      try {
        put({ 'gradle.properties': 'token=canary\n', 'caches/modules-2/a.jar': 'packed\n' }, elsewhere);
        const command = `cat ${elsewhere}/caches/modules-2/a.jar ${elsewhere}/gradle.properties; touch ${elsewhere}/caches/x`;
        const run = { command, limitSeconds: 60, outsideSandbox: false };
        const { output } = (await runInWorkspace(commands(), run, asker())).run;
        assert.match(output, /^packed\n.*gradle\.properties.*No such file.*Read-only file system/s);
      } finally {
        delete process.env.GRADLE_USER_HOME;
        rmSync(elsewhere, { recursive: true });
      }
    });

    it('gradle test', async function () {
      const reason = missing();
      if (reason !== null) {
        console.log(`    not tested: ${reason}`);
        return this.skip();
      }
      put(project);
      // Java takes the home from the list of users.
      const { text, summary } = await runTests({ home: homedir() });
      assert.equal(summary, '1 passed, 1 failed', text);
      assert.match(text, /^\$ gradle --console=plain test\n1 passed, 1 failed\n\nFAIL .*adds/);
    });

    it('the wrapper itself, with a distribution that the person has', async function () {
      const reason = missing();
      if (reason !== null) {
        console.log(`    not tested: ${reason}`);
        return this.skip();
      }
      const url = 'https://example.invalid/gradle-4.4.1-bin.zip';
      const hash = BigInt(`0x${createHash('md5').update(url).digest('hex')}`).toString(36);
      const dist = `home/.gradle/wrapper/dists/gradle-4.4.1-bin/${hash}`;
      put({
        ...project,
        [`${dist}/gradle-4.4.1-bin.zip.ok`]: '',
        [`${dist}/gradle-4.4.1/ours`]: '',
        'work/gradle/wrapper/gradle-wrapper.properties': [
          'distributionBase=GRADLE_USER_HOME',
          'distributionPath=wrapper/dists',
          'zipStoreBase=GRADLE_USER_HOME',
          'zipStorePath=wrapper/dists',
          `distributionUrl=${url.replace(':', '\\:')}`,
        ].join('\n'),
        // Debian's jar has none.
        'work/gradle/wrapper/build-receipt.properties': 'versionNumber=4.4.1',
        'work/gradlew':
          '#!/bin/sh\nexec java -cp gradle/wrapper:gradle/wrapper/gradle-wrapper.jar:gradle/wrapper/cli.jar org.gradle.wrapper.GradleWrapperMain "$@"\n',
      });
      spawnSync('chmod', ['+x', join(work, 'gradlew')]);
      for (const [name, as] of [
        ['wrapper', 'gradle-wrapper'],
        ['cli', 'cli'],
      ])
        copyFileSync(join(program, `lib/gradle-${name}-4.4.1.jar`), join(work, `gradle/wrapper/${as}.jar`));
      for (const part of ['bin', 'lib', 'init.d'])
        symlinkSync(join(program, part), join(root, dist, 'gradle-4.4.1', part));
      const { text, summary } = await runTests();
      assert.equal(summary, '1 passed, 1 failed', text);
      assert.match(text, /^\$ \.\/gradlew --console=plain test\n/);
      assert.deepEqual(names(join(root, dist)), ['gradle-4.4.1', 'gradle-4.4.1-bin.zip.ok']);
      // What it made is there for the next command.
      const ours = join(cache, 'gradle', names(join(cache, 'gradle'))[0] ?? '');
      assert.ok(existsSync(join(ours, 'caches/4.4.1')), readdirSync(ours).join());
    });
  });
});

import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/*
 * Ways out of a workspace. `ROOT` is the workspace's folder, `TOP` the one around it with `outside/secret.txt` and
 * `app-secret/key`; `makeEscapeWorkspace` makes them, and links of all kinds.
 */

/** Stands in each file of the workspace for escapes, before the file's own name. */
export const canary = 'canary of';

/** A new folder with a workspace in `app`; answers its real path. */
export function makeEscapeWorkspace(): string {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'devstral-escape-')));
  const root = join(top, 'app');
  for (const file of ['app/src/deep/b.ts', 'app/src/a.ts', 'app/.git/config', 'outside/secret.txt', 'app-secret/key']) {
    mkdirSync(dirname(join(top, file)), { recursive: true });
    writeFileSync(join(top, file), `${canary} ${file}\n`);
  }
  const link = (name: string, target: string) => symlinkSync(target, join(root, name));
  link('toFile', join(top, 'outside', 'secret.txt'));
  link('toFolder', join(top, 'outside'));
  link('chain', join(root, 'chain2'));
  link('chain2', 'toFolder');
  link('chainFile', 'chain/secret.txt');
  link('dangling', join(top, 'outside', 'made'));
  link('danglingFolder', join(top, 'made'));
  link('toParent', '..');
  link('toSelf', '.');
  link('toRoot', '/');
  link('src/toFolder', '../../outside');
  link('relativeLink', '../outside');
  link('loop', 'loop');
  link('loopA', 'loopB');
  link('loopB', 'loopA');
  link('toSibling', '../app-secret');
  link('toGit', '.git');
  return top;
}

/** A case as the model names it in that folder. */
export const escapeIn = (top: string, path: string): string =>
  path.replaceAll('ROOT', join(top, 'app')).replaceAll('TOP', top);

const up = [
  '..',
  './/..',
  '../..',
  '../../..',
  '..//..',
  '.././..',
  './../..',
  'src/../..',
  'src/deep/../../..',
  'src/./../..',
  'src/nothing/../../..',
  'a.ts/../..',
];
const targets = ['outside/secret.txt', 'outside/new.txt', 'app-secret/key', 'etc/passwd'];
const absolute = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/cron.d/x',
  '//etc/passwd',
  '///etc/passwd',
  '/./etc/passwd',
  '/etc/../etc/passwd',
  '/home/other/.ssh/authorized_keys',
  '/tmp/devstral-escape-a',
  '/var/tmp/devstral-escape-b',
  'TOP/outside/secret.txt',
  'TOP/outside/new.txt',
  'TOP/app-secret/key',
  'TOP/appendix',
  'TOP',
  '/',
  'ROOT/../outside/secret.txt',
  'ROOT/../outside/new.txt',
  'ROOT/../app-secret/key',
  'ROOT/src/../../outside/secret.txt',
  'ROOT//..//outside//secret.txt',
  'ROOT/./../outside/secret.txt',
  'ROOT-secret/key',
];
const devices = [
  '/proc/self/cwd/../outside/secret.txt',
  '/proc/self/root/etc/passwd',
  '/proc/self/environ',
  '/proc/self/mem',
  '/proc/1/root/etc/passwd',
  '/proc/self/fd/1',
  '/dev/sda',
  '/dev/mem',
  '/dev/tty',
  '/dev/stdin',
  '/dev/fd/0',
  '/dev/tcp/127.0.0.1/80',
  '/dev/shm/devstral-escape',
  '/sys/kernel/x',
];
const links = [
  'toFile',
  'toFolder/secret.txt',
  'toFolder/new.txt',
  'toFolder/new/deep.txt',
  'toFolder/../app-secret/key',
  'toFolder/./secret.txt',
  'chain/secret.txt',
  'chain/new.txt',
  'chainFile',
  'dangling',
  'danglingFolder/new.txt',
  'toParent/outside/secret.txt',
  'toParent/outside/new.txt',
  'toParent/app/../outside/secret.txt',
  'toSelf/../outside/secret.txt',
  'toRoot/etc/passwd',
  'src/toFolder/secret.txt',
  'src/../toFolder/secret.txt',
  'relativeLink/secret.txt',
  'loop',
  'loop/x',
  'loopA/x',
  './toFile',
  'app/toFolder/secret.txt',
  'ROOT/toFile',
  'ROOT/toFolder/new.txt',
  'toFolder//secret.txt',
  'toFolder/nothing/../secret.txt',
  'chain/../app-secret/key',
  'toSibling/key',
  'toSibling/new',
  'toGit/config',
  'toGit/hooks/pre-commit',
];
const uris = [
  'file:///etc/passwd',
  'file:///etc/%70asswd',
  'file://localhost/etc/passwd',
  'file:///etc/../etc/passwd',
  'FILE:///etc/passwd',
  'File:///tmp/devstral-escape',
  'file://ROOT/../outside/secret.txt',
  'file://ROOT/%2e%2e/outside/secret.txt',
  'file://ROOT/%2E%2E/outside/secret.txt',
  'file://ROOT/..%2Foutside%2Fsecret.txt',
  'file://ROOT/src/%2e%2e/%2e%2e/outside/new.txt',
  'file://ROOT%2f..%2foutside%2fsecret.txt',
  'file://ROOT/toFolder/secret.txt',
  'file://ROOT/toFile',
  'file://server/share/x',
  'file:////server/share/x',
  'http://example.com/x',
  'https://example.com/../x',
  'ftp://example.com/x',
  'vscode-userdata:///User/settings.json',
  'untitled:///x',
  'data:///x',
  'ssh://host/etc/passwd',
  'vscode-remote://host/etc/passwd',
  'file:///ROOT/../../etc/passwd',
  'file://ROOT/src/a.ts%00',
];
const windows = [
  'C:\\Windows\\System32\\drivers\\etc\\hosts',
  'C:/Windows/win.ini',
  'c:\\x',
  'Z:\\x',
  '\\\\server\\share\\x',
  '//server/share/x',
  '\\\\?\\C:\\x',
  '\\\\?\\UNC\\server\\share\\x',
  '\\\\.\\PhysicalDrive0',
  '\\\\.\\pipe\\x',
  '\\\\localhost\\c$\\x',
  '..\\outside\\secret.txt',
  '..\\..\\etc\\passwd',
  'src\\..\\..\\outside\\secret.txt',
  'src\\..\\..\\outside\\new.txt',
  '.\\..\\outside\\new.txt',
  'toFolder\\secret.txt',
  '\\etc\\passwd',
];
const odd = [
  '',
  ' ',
  '\t',
  '\n',
  '\u0000',
  'src/a.ts\u0000.txt',
  '../outside/secret.txt\u0000',
  '/etc/passwd\u0000.ts',
  'TOP/outside/secret.txt ',
  'TOP/outside/secret.txt.',
  '../outside/secret.txt ',
  '../outside/secret.txt...',
  '../OUTSIDE/secret.txt',
  '../Outside/Secret.txt',
  '../outside/./secret.txt/',
  '../outside/secret.txt/.',
  '../outside\u200b/x',
  '../outs\u0131de/x',
  '../ｏutside/x',
  '../outside/se\u0301cret.txt',
  '../outside/s\u00e9cret.txt',
  `../${'a/'.repeat(200)}x`,
  `../${'a'.repeat(255)}`,
  `/${'a'.repeat(5000)}`,
  `${'../'.repeat(500)}etc/passwd`,
  `src/${'../'.repeat(500)}etc/passwd`,
  `${'src/../'.repeat(300)}../outside/secret.txt`,
  `${'./'.repeat(300)}../outside/secret.txt`,
];
/** Inside of the folder, but git's own or more than a file. */
const git = [
  '.git/config',
  '.git/hooks/pre-commit',
  '.git/HEAD',
  '.GIT/config',
  '.Git/hooks/post-checkout',
  './.git/config',
  'src/../.git/config',
  '.git\\hooks\\pre-commit',
  'ROOT/.git/hooks/pre-push',
  'file://ROOT/.git/config',
  'file://ROOT/%2egit/config',
  '.git./config',
  '.git /config',
  '.git::$INDEX_ALLOCATION/config',
  'git~1/config',
  '.g\u200cit/config',
  '.ｇit/config',
  'sub/.git/hooks/pre-commit',
  '.git',
];

export const pathEscapes: string[] = [
  ...new Set([
    ...up.flatMap((each) => targets.map((target) => `${each}/${target}`)),
    ...absolute,
    ...devices,
    ...links,
    ...uris,
    ...windows,
    ...odd,
    ...git,
  ]),
];

/** These name a place outside only after somebody decodes or expands them; as they stand they are odd names inside. */
export const oddNamesInside: string[] = [
  '~/.ssh/id',
  '~',
  '~root/x',
  '$HOME/x',
  '%2e%2e/%2e%2e/etc/passwd',
  '%2fetc%2fpasswd',
  '..%2foutside%2fsecret.txt',
  '..%c0%afoutside',
  '%252e%252e/x',
  '．．/outside/new.txt',
  '․․/outside/new.txt',
  '..∕outside∕new.txt',
  '.../outside/new.txt',
  '.. /outside/new.txt',
  '..;/outside/new.txt',
  '..\u200b/outside/new.txt',
  'src/..\u0301/x.txt',
  '-rf',
  '*',
  'a;b',
  '$(x)',
  '..secret',
  'SRC/a.ts',
];

// Puts servers for the tests into the user's cache folder, once for all checkouts.
import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, setPriority } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';
import { importSource, progressLine } from '../modelFiles.mjs';

/** Where the servers lie: DEVSTRAL_TEST_SERVERS, else the user's cache. */
export const serversFolder = () =>
  process.env.DEVSTRAL_TEST_SERVERS || join(envPaths('devstral', { suffix: '' }).cache, 'servers');

/** Folder of a part that is whole. A part is `{name, version, size, needs, install(folder, step, foldersOfNeeds)}`. */
const folderOf = (part) => join(serversFolder(), `${part.name}-${part.version}`);

/** Folder of a part, or null if it was not installed to its end. */
export const installed = (part) => (existsSync(folderOf(part)) ? folderOf(part) : null);

/** Jobs of a build: one core is left for the person. */
export const buildJobs = () => process.env.DEVSTRAL_BUILD_JOBS || String(Math.max(1, availableParallelism() - 1));

/**
 * Installs a part unless it is there, and answers its folder. The work is done under another name and renamed at the
 * end; steps that were finished before an interruption are not done again.
 */
export async function provide(part) {
  const target = folderOf(part);
  if (existsSync(target)) return target;
  const { lockFile } = await importSource('sidecar/models/download/fileLock.ts');
  await mkdir(serversFolder(), { recursive: true });
  const release = await lockFile(`${target}.lock`, new AbortController().signal, () => {});
  try {
    if (existsSync(target)) return target;
    const work = `${target}.partial`;
    const steps = join(work, '.steps');
    await mkdir(steps, { recursive: true });
    const startedAt = Date.now();
    const needs = [];
    for (const need of part.needs ?? []) needs.push(await provide(need));
    console.log(`${part.name} ${part.version}: installing (${part.size})`);
    const step = async (title, act) => {
      const done = join(steps, title.replace(/\W+/g, '-'));
      if (existsSync(done)) return;
      const stepStartedAt = Date.now();
      await act((command, args, options = {}) => runLogged(`${part.name}: ${title}`, command, args, work, options));
      await writeFile(done, '');
      console.log(`${part.name}: ${title} took ${seconds(stepStartedAt)} s`);
    };
    await part.install(work, step, needs);
    await rename(work, target);
    console.log(`${part.name}: ready after ${seconds(startedAt)} s`);
    return target;
  } finally {
    await release();
  }
}

const seconds = (since) => Math.round((Date.now() - since) / 1000);

/** Runs one command at low priority with its output in `install.log`; shows its last line meanwhile. */
async function runLogged(title, command, args, work, { cwd = work, env = {} }) {
  const path = join(work, 'install.log');
  const log = createWriteStream(path, { flags: 'a' });
  log.write(`\n$ ${command} ${args.join(' ')}\n`);
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  lowerPriority(child.pid);
  const line = progressLine();
  const startedAt = Date.now();
  let last = '';
  const timer = setInterval(() => line.show(`${title}, ${seconds(startedAt)} s: ${last.slice(0, 80)}`), 1000);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log.write(chunk);
      last = String(chunk).trim().split('\n').at(-1).trim() || last;
    });
  }
  try {
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`${command} ended with ${code}: ${last.slice(0, 200)} (all of it: ${path})`);
  } catch (error) {
    throw error.code === 'ENOENT' ? new Error(`${command} is missing: install it`) : error;
  } finally {
    clearInterval(timer);
    line.end();
    log.end();
  }
}

function lowerPriority(pid) {
  try {
    if (pid) setPriority(pid, 19);
  } catch {
    // It ended already, or may not be changed.
  }
}

/** A Python of one minor version ("3.12"): DEVSTRAL_PYTHON, from the path, or one of pyenv's. */
export async function findPython(minor) {
  const root = process.env.PYENV_ROOT || join(process.env.HOME ?? '', '.pyenv');
  const versions = (await readdir(join(root, 'versions')).catch(() => [])).filter((name) =>
    name.startsWith(`${minor}.`),
  );
  const candidates = [
    process.env.DEVSTRAL_PYTHON,
    `python${minor}`,
    'python3',
    ...versions.map((version) => join(root, 'versions', version, 'bin', 'python3')),
  ];
  const script = 'import sys; print("%d.%d" % sys.version_info[:2], sys.executable)';
  for (const candidate of candidates.filter(Boolean)) {
    const { stdout = '' } = spawnSync(candidate, ['-c', script], { encoding: 'utf8' });
    const [found, ...path] = (stdout ?? '').trim().split(' ');
    if (found === minor) return path.join(' ');
  }
  throw new Error(`Python ${minor} is missing: install it or set DEVSTRAL_PYTHON`);
}

/** Takes the sources of one package out of its sdist; the archive is not kept. */
export async function unpackSdist(run, requirement, work) {
  const folder = join(work, 'sdist');
  const [name] = requirement.split('==');
  const python = process.platform === 'win32' ? 'python' : 'python3';
  // Only this package from source: for all of them pip would compile what the build needs, CMake first.
  await run(python, ['-m', 'pip', 'download', '--no-deps', '--no-binary', name, '--dest', folder, requirement]);
  const archive = (await readdir(folder)).find((file) => file.endsWith('.tar.gz'));
  await run('tar', ['xzf', join(folder, archive), '--strip-components', '1']);
  await rm(folder, { recursive: true });
}

/** The last lines of a log, for an error. */
export async function logTail(path, lines = 12) {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trim().split('\n').slice(-lines).join('\n');
}

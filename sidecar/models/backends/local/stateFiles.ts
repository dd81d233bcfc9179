import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import * as z from 'zod';
import type { Log } from '../../../log.ts';
import { hashFile } from '../../download/hashFile.ts';

/**
 * The KV cache on disk: the state after the system prompt and the tools of a model, and the newest session's, so that the
 * next start does not read them again. About 160 KiB a token for a model of 24B.
 */
export interface StateFiles {
  /** Loads what shares more with the prompt than the sequence does. The tokens that the sequence holds of it then. */
  restore(sequence: LlamaContextSequence, prompt: readonly Token[]): Promise<number>;
  /** Whether the state after these tokens should be saved: it is worth it, and not there yet. */
  wantsPrefix(prefix: readonly Token[]): boolean;
  savePrefix(sequence: LlamaContextSequence): Promise<void>;
  saveSession(sequence: LlamaContextSequence): Promise<void>;
}

export interface StateOptions {
  dataFolder: string;
  /** What a state belongs to: the file, and all that shapes its KV cache. Another one must never be loaded. */
  key: Record<string, string | number>;
  /** KV bytes of one token. */
  bytesPerToken: number;
  log: Pick<Log, 'info' | 'warn'>;
  /** Replaced in tests: bytes free on the disk. */
  freeSpace?: (folder: string) => Promise<number>;
}

/** Below it reading again is quicker than a file is worth. */
export const worthKeeping = 256;
const mostBytes = 2 * 2 ** 30;
const leastFreeBytes = 20e9;
const keptMs = 30 * 86_400_000;
const never = new AbortController().signal;

const Saved = z.object({ sha256: z.string(), tokens: z.array(z.number().int().nonnegative()) });
interface Entry {
  file: string;
  sha256: string;
  tokens: number[];
}

export async function openStateFiles(options: StateOptions): Promise<StateFiles> {
  const { log, bytesPerToken } = options;
  const all = join(options.dataFolder, 'kv');
  const key = createHash('sha256').update(JSON.stringify(options.key)).digest('hex').slice(0, 16);
  const folder = join(all, key);
  let entries = await readEntries(folder);

  async function save(sequence: LlamaContextSequence, name: string): Promise<void> {
    const tokens = [...sequence.contextTokens].map(Number);
    const size = tokens.length * bytesPerToken;
    if (size > mostBytes || !(await hasRoom(all, options.freeSpace ?? freeBytes))) return;
    const temporary = join(folder, `${name}.${process.pid}.tmp`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await makeRoom(all, size);
      await sequence.saveStateToFile(temporary);
      await chmod(temporary, 0o600);
      const sha256 = await hashFile(temporary, () => undefined, never);
      const file = join(folder, `${name}.state`);
      // The description goes last: without one a state is not looked at.
      await rm(`${file}.json`, { force: true });
      await rename(temporary, file);
      await writeFile(`${file}.json`, JSON.stringify({ sha256, tokens }), { mode: 0o600 });
      entries = [...entries.filter((entry) => entry.file !== file), { file, sha256, tokens }];
      log.info(`kept the state of ${tokens.length} tokens (${name})`);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      log.warn(`the state of ${tokens.length} tokens was not kept: ${String(error)}`);
    }
  }

  return {
    async restore(sequence, prompt) {
      const here = sharedTokens(sequence.contextTokens, prompt);
      const best = entries
        .filter(({ tokens }) => tokens.length < sequence.contextSize)
        .map((entry) => ({ entry, shared: sharedTokens(entry.tokens, prompt) }))
        .sort((a, b) => b.shared - a.shared)[0];
      if (!best || best.shared < here + worthKeeping) return here;
      const { file, sha256 } = best.entry;
      try {
        if ((await hashFile(file, () => undefined, never)) !== sha256) throw new Error('it was changed');
        await sequence.loadStateFromFile(file, { acceptRisk: true });
        log.info(`took up the state of ${best.entry.tokens.length} tokens`);
      } catch (error) {
        log.warn(`a kept state could not be used: ${String(error)}`);
        entries = entries.filter((entry) => entry !== best.entry);
        await remove(file);
        await sequence.clearHistory();
      }
      return sharedTokens(sequence.contextTokens, prompt);
    },
    wantsPrefix(prefix) {
      if (prefix.length < worthKeeping) return false;
      return !entries.some(({ tokens }) => sharedTokens(tokens, prefix) === prefix.length);
    },
    savePrefix: (sequence) => save(sequence, `prefix-${tokensName(sequence.contextTokens)}`),
    async saveSession(sequence) {
      const tokens = sequence.contextTokens;
      const known = entries.some((entry) => sharedTokens(entry.tokens, tokens) === tokens.length);
      if (tokens.length >= worthKeeping && !known) await save(sequence, 'session');
    },
  };
}

const tokensName = (tokens: readonly Token[]) =>
  createHash('sha256').update(Uint32Array.from(tokens)).digest('hex').slice(0, 12);

/** Length of the common beginning. */
export function sharedTokens(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a[at] === b[at]) at++;
  return at;
}

async function readEntries(folder: string): Promise<Entry[]> {
  const names = await readdir(folder).catch(() => []);
  const entries: Entry[] = [];
  for (const name of names) {
    const file = join(folder, name);
    // What a process left that was ended while it wrote.
    if (name.endsWith('.tmp') && (await ageMs(file)) > 3_600_000) await rm(file, { force: true });
    if (!name.endsWith('.state')) continue;
    try {
      entries.push({ file, ...Saved.parse(JSON.parse(await readFile(`${file}.json`, 'utf8'))) });
    } catch {
      await remove(file);
    }
  }
  return entries;
}

const ageMs = (file: string) =>
  stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );

async function remove(file: string): Promise<void> {
  await rm(`${file}.json`, { force: true }).catch(() => undefined);
  await rm(file, { force: true }).catch(() => undefined);
}

const freeBytes = async (folder: string): Promise<number> => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

async function hasRoom(folder: string, free: (folder: string) => Promise<number>): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return (await free(folder)) >= leastFreeBytes;
}

/** Removes the oldest states of all models until `size` more bytes keep within the limit, and those of long ago. */
async function makeRoom(folder: string, size: number): Promise<void> {
  const files: { file: string; size: number; mtimeMs: number }[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const file = join(folder, name);
    const found = name.endsWith('.state') ? await stat(file).catch(() => null) : null;
    if (found) files.push({ file, size: found.size, mtimeMs: found.mtimeMs });
  }
  files.sort((a, b) => a.mtimeMs - b.mtimeMs);
  let total = files.reduce((sum, each) => sum + each.size, size);
  for (const each of files) {
    if (total <= mostBytes && Date.now() - each.mtimeMs < keptMs) continue;
    await remove(each.file);
    total -= each.size;
  }
}
